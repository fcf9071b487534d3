import { Duration } from 'cdk8s';
import { Construct } from 'constructs';
import * as names from './core/names';

/**
 * Collects what is wrong with the properties of one construct, so that all of it is said at once, before anything is
 * written. TypeScript's types do not protect callers from JavaScript, JSON or another language, so types are checked too.
 *
 * Every sentence has the same form: the property as the user wrote it, what was given, what it must be, what to try.
 */
export class Input {
  readonly problems: string[] = [];

  /**
   * Builds a construct whose properties were checked. The problems wait for the synth, where those of all constructs are
   * said together; only where the properties are so wrong that nothing can be built they are said at once.
   */
  guard<T>(construct: Construct, build: () => T, validate: () => string[] = () => this.problems): T {
    construct.node.addValidation({ validate });
    try {
      return build();
    } catch (error) {
      throw this.problems.length === 0
        ? error
        : new Error(this.problems.map((problem) => `[${construct.node.path}] ${problem}`).join('\n'));
    }
  }

  /** Notes a problem. */
  reject(property: string, got: unknown, must: string, suggestion?: string): void {
    this.problems.push(`${property}: got ${show(got)}; must ${must}${suggestion === undefined ? '' : `; try ${suggestion}`}`);
  }

  /** Refuses properties that nobody reads: a misspelt one would be ignored in silence. */
  known(property: string, value: unknown, known: Readonly<Record<string, true>>): value is object {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.reject(property, value, 'be an object');
      return false;
    }
    for (const key of Object.keys(value)) {
      if (!(key in known)) {
        const near = names.nearest(key, Object.keys(known));
        this.reject(
          join(property, key),
          (value as Record<string, unknown>)[key],
          'be a property that exists',
          near ?? `one of ${Object.keys(known).join(', ')}`,
        );
      }
    }
    return true;
  }

  /** A string that follows a rule of Kubernetes or Istio. */
  text(property: string, value: unknown, rule: names.Rule, suggestion?: string): value is string {
    if (typeof value !== 'string') {
      this.reject(
        property,
        value,
        'be a string',
        suggestion ?? (value === undefined || value === null ? undefined : JSON.stringify(String(value))),
      );
      return false;
    }
    if (names.breaks(rule, value)) {
      this.reject(property, value, rule.must, suggestion);
      return false;
    }
    return true;
  }

  /** An integer in a range; undefined passes, for the default. */
  integer(property: string, value: unknown, low: number, high: number, suggestion?: string): boolean {
    if (value === undefined) {
      return true;
    }
    if (!Number.isSafeInteger(value) || (value as number) < low || (value as number) > high) {
      const range = high === Number.MAX_SAFE_INTEGER ? `of at least ${low}` : `from ${low} to ${high}`;
      this.reject(property, value, `be an integer ${range}`, suggestion);
      return false;
    }
    return true;
  }

  /** A list; undefined passes. */
  list(property: string, value: unknown): value is unknown[] {
    if (value !== undefined && !Array.isArray(value)) {
      this.reject(property, value, 'be a list');
    }
    return Array.isArray(value);
  }

  /** Labels, or annotations where values may be anything. */
  labels(property: string, value: unknown, options: { readonly values: 'label' | 'any'; readonly reserved?: readonly string[] }): void {
    if (value === undefined) {
      return;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.reject(property, value, 'be a map of strings');
      return;
    }
    for (const [key, text] of Object.entries(value)) {
      const at = `${property}[${JSON.stringify(key)}]`;
      if (!names.isLabelKey(key)) {
        this.reject(at, text, 'have a key of at most 63 letters, digits, "-", "_" and ".", perhaps with one DNS name and "/" before it');
      } else if (names.isReservedLabel(key) || options.reserved?.includes(key)) {
        this.reject(at, text, 'not use a key that is reserved, because its value would be overwritten or break a selector', 'another key');
      }
      if (options.values === 'label') {
        this.text(at, text, names.LABEL_VALUE);
      } else if (typeof text !== 'string') {
        this.reject(at, text, 'be a string', JSON.stringify(String(text)));
      }
    }
  }

  /** A duration of whole seconds; undefined passes. */
  duration(property: string, value: unknown): value is Duration {
    if (value === undefined) {
      return false;
    }
    try {
      (value as Duration).toSeconds();
      return true;
    } catch {
      this.reject(
        property,
        value instanceof Duration ? value.toIsoString() : value,
        'be a duration of whole seconds',
        'Duration.seconds(5)',
      );
      return false;
    }
  }
}

/** A value as the user might have written it. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value);
  }
  if (value instanceof Object && value.constructor !== Object && !Array.isArray(value)) {
    return `a ${value.constructor.name}`;
  }
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

function join(property: string, key: string): string {
  return property === '' ? key : `${property}.${key}`;
}
