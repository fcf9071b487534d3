import { isSecretVariable } from '../../../../lib/core/secret-values';

/** Stands for a value that looks like a secret. */
const HIDDEN = '(hidden)';

/** The variable whose value or whole entry a field is, in the notation of the API server or in that of `differences`. */
const VARIABLE = /\benv\[(?:name="([^"]+)"|([^\]]+))\](?:\.value)?$/;

/** Replaces what looks like a secret in the value of a field, so that it can be printed. */
export function withoutSecrets(value: unknown, field = ''): unknown {
  if (typeof value === 'string') {
    const [, key, name] = VARIABLE.exec(field) ?? [];
    return isSecretVariable(key ?? name ?? '', value) ? HIDDEN : value;
  }
  return new HiddenValues().in(value);
}

/** Replaces what looks like a secret in objects that are compared: two values that differ still differ. */
export class HiddenValues {
  private readonly known: string[] = [];

  /** The value without literal values of variables that look like secrets. */
  in(value: unknown): unknown {
    if (Array.isArray(value)) {
      return value.map((item) => this.in(item));
    }
    if (typeof value !== 'object' || value === null) {
      return value;
    }
    const { name, value: literal } = value as Record<string, unknown>;
    const isSecret = typeof name === 'string' && typeof literal === 'string' && isSecretVariable(name, literal);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, isSecret && key === 'value' ? this.hidden(literal) : this.in(item)]),
    );
  }

  private hidden(value: string): string {
    if (!this.known.includes(value)) {
      this.known.push(value);
    }
    const index = this.known.indexOf(value);
    return index === 0 ? HIDDEN : `(hidden, value ${index + 1})`;
  }
}
