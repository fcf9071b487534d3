import { Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import * as names from '../core/names';
import { type Type, isInstance, otherPlus, otherPlusMessage } from './jsii-types';

/**
 * Collects everything that is wrong with the properties of one construct, so that the user sees all problems at once, before any file
 * is written. It checks types too, because TypeScript's types do not protect callers from JavaScript, JSON or another language.
 *
 * Every message has the same form: the property as the user wrote it, the value, what the value must be, and a suggestion.
 */
export class Input {
  readonly problems: string[] = [];

  /**
   * Builds a construct from checked properties. The problems are reported at synth, together with those of all constructs. Only if
   * the properties are so wrong that `build` throws, the problems are thrown at once, in place of its error.
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

  /** Records a problem once, even if it is found for both tracks, because both are checked with the options that they share. */
  reject(property: string, got: unknown, must: string, suggestion?: string): void {
    const problem = `${property}: got ${show(got)}; must ${must}${suggestion === undefined ? '' : `; try ${suggestion}`}`;
    if (!this.problems.includes(problem)) {
      this.problems.push(problem);
    }
  }

  /** Rejects unknown properties, because a misspelt one would be ignored silently. */
  known(property: string, value: unknown, known: Readonly<Record<string, true>>): boolean {
    if (!isMap(value)) {
      this.reject(property === '' ? 'props' : property, value, 'be an object');
      return false;
    }
    for (const key of Object.keys(value)) {
      if (!Object.hasOwn(known, key)) {
        const near = names.nearest(key, Object.keys(known));
        this.reject(join(property, key), value[key], 'be a property that exists', near ?? `one of ${Object.keys(known).join(', ')}`);
      }
    }
    return true;
  }

  /** Checks for a string that follows a rule of Kubernetes or Istio. */
  text(property: string, value: unknown, rule: names.Rule, suggestion?: string): value is string {
    if (typeof value !== 'string') {
      this.reject(property, value, 'be a string', quoted(value) ?? suggestion);
      return false;
    }
    if (names.breaks(rule, value)) {
      this.reject(property, value, rule.must, suggestion);
      return false;
    }
    return true;
  }

  /** Checks for an integer in a range. Undefined passes, because the default applies. */
  integer(property: string, value: unknown, low: number, high: number, suggestion?: string): boolean {
    if (value === undefined) {
      return true;
    }
    if (!Number.isSafeInteger(value) || (value as number) < low || (value as number) > high) {
      this.reject(property, value, `be an integer ${rangeOf(low, high)}`, suggestion);
      return false;
    }
    return true;
  }

  /** Checks for an integer in a range; rejects undefined. */
  requiredInteger(property: string, value: unknown, low: number, high: number): boolean {
    if (value === undefined) {
      this.reject(property, value, `be an integer ${rangeOf(low, high)}`);
      return false;
    }
    return this.integer(property, value, low, high);
  }

  /** Checks for one of several words; undefined passes. */
  oneOf(property: string, value: unknown, words: readonly string[]): void {
    if (value !== undefined && !words.includes(value as string)) {
      const near = typeof value === 'string' ? names.nearest(value, words) : undefined;
      this.reject(property, value, `be one of ${words.join(', ')}`, near);
    }
  }

  /**
   * Checks that no object in properties is from another version of cdk8s-plus. If one is, no other check of the properties says more, so the
   * result is false and the caller ends.
   */
  ownPlus(property: string, props: unknown): boolean {
    const found = otherPlus(props, property);
    if (found) {
      this.problems.push(otherPlusMessage(found));
    }
    return found === undefined;
  }

  /** Checks for an instance of a class. Undefined is not rejected, but the result is false. */
  instance(property: string, value: unknown, type: Type, suggestion: string): boolean {
    if (value === undefined) {
      return false;
    }
    if (!isInstance(value, type)) {
      this.reject(property, value, `be ${withArticle(type.name)}`, suggestion);
      return false;
    }
    return true;
  }

  /** Like {@link instance}, for the entry of a list: rejects undefined. */
  entry(property: string, value: unknown, type: Type, suggestion: string): boolean {
    if (value === undefined) {
      this.reject(property, value, `be ${withArticle(type.name)}`, suggestion);
    }
    return this.instance(property, value, type, suggestion);
  }

  /** The entries of a list. Undefined has none; a value that is not a list is rejected and has none. */
  entries<T>(property: string, value: unknown): T[] {
    if (value !== undefined && !Array.isArray(value)) {
      this.reject(property, value, 'be a list');
    }
    return Array.isArray(value) ? (value as T[]) : [];
  }

  /** Rejects a value if an earlier value has the same `key`. */
  once(property: string, value: unknown, key: string, seen: Set<string>): void {
    if (seen.has(key)) {
      this.reject(property, value, 'be used once');
    }
    seen.add(key);
  }

  /** Checks labels, or annotations with `values: 'any'`. */
  labels(
    property: string,
    value: unknown,
    options: { readonly values: 'label' | 'any'; readonly reserved?: readonly string[]; readonly ofNodes?: boolean },
  ): void {
    if (value === undefined) {
      return;
    }
    if (!isMap(value)) {
      this.reject(property, value, 'be a map of strings');
      return;
    }
    for (const [key, text] of Object.entries(value)) {
      const at = `${property}[${JSON.stringify(key)}]`;
      if (!names.isLabelKey(key)) {
        this.reject(at, text, 'have a key of at most 63 letters, digits, "-", "_" and ".", optionally with a DNS name and "/" before it');
      } else if ((names.isReservedLabel(key) && !options.ofNodes) || options.reserved?.includes(key)) {
        this.reject(at, text, 'not use a reserved key, because its value would be overwritten or break a selector', 'another key');
      }
      if (options.values === 'label') {
        this.text(at, text, names.LABEL_VALUE);
      } else if (typeof text !== 'string') {
        this.reject(at, text, 'be a string', quoted(text));
      }
    }
  }

  /** Checks for a duration of whole seconds. Undefined is not rejected, but the result is false. */
  duration(property: string, value: unknown, least: number): value is Duration {
    if (value === undefined) {
      return false;
    }
    const seconds = secondsOf(value);
    if (seconds === undefined || seconds < least) {
      this.reject(property, value, `be a duration of whole seconds${least > 0 ? `, at least ${least} s` : ''}`, 'Duration.seconds(30)');
      return false;
    }
    return true;
  }
}

/** The largest integer of 32 bits, the type of counts in Kubernetes. */
export const LARGEST = 2 ** 31 - 1;

/** The largest number of pods that Kubernetes supports in one cluster. A larger count is a typing error. */
export const MOST_PODS = 150_000;

/** Returns the path of a property below another one; '' is the path of a construct's own properties. */
export type At = (name: string) => string;

export function below(property: string): At {
  return (name) => join(property, name);
}

/** The whole seconds of a duration; undefined for any other value. */
export function secondsOf(value: unknown): number | undefined {
  try {
    return (value as Duration).toSeconds();
  } catch {
    return undefined;
  }
}

/** Whether a value is a plain map, such as properties or labels. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Shows a value as the user might have written it. */
export function show(value: unknown): string {
  const text = asText(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** Longer excerpts of a value do not help to find it. */
const LONGEST = 300;

function asText(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value);
  }
  if (typeof value === 'function') {
    return 'a function';
  }
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'bigint' ? `${value}n` : String(value);
  }
  if (isInstance(value, Duration)) {
    const milliseconds = (value as Duration).toMilliseconds({ integral: false });
    return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;
  }
  if (!Array.isArray(value) && value.constructor !== undefined && value.constructor !== Object) {
    return withArticle(value.constructor.name);
  }
  try {
    return JSON.stringify(value, (_, item: unknown) => (isJson(item) ? item : String(item)));
  } catch {
    return 'an object that contains itself';
  }
}

/** JSON cannot represent NaN, Infinity and bigint, but messages must show them. */
function isJson(value: unknown): boolean {
  return typeof value === 'number' ? Number.isFinite(value) : typeof value !== 'bigint';
}

function withArticle(name: string): string {
  return `${/^[AEIOU]/i.test(name) ? 'an' : 'a'} ${name}`;
}

/** Suggests a string for a value that the user probably meant as text but gave as a number or a boolean. */
function quoted(value: unknown): string | undefined {
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint' ? JSON.stringify(String(value)) : undefined;
}

function rangeOf(low: number, high: number): string {
  return high === Number.MAX_SAFE_INTEGER ? `of at least ${low}` : `from ${low} to ${high}`;
}

function join(property: string, key: string): string {
  return property === '' ? key : `${property}.${key}`;
}
