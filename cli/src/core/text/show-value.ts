import { withoutSecrets } from './hidden-values';
import { plainText } from './plain-text';

/** Longer excerpts of a value do not help to compare it. */
const LONGEST = 80;

/**
 * Shows the value of a field in a sentence, as JSON that is safe to print; `nothing` if the field is not set. A literal value of a variable
 * that looks like a secret is not shown.
 */
export function showValue(value: unknown, field: string): string {
  const text = value === undefined ? 'nothing' : plainText(JSON.stringify(withoutSecrets(value, field)));
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
