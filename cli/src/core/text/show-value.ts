import { plainText } from './plain-text';

/** Longer excerpts of a value do not help to compare it. */
const LONGEST = 80;

/** Shows the value of a field in a sentence, as JSON that is safe to print; `nothing` if the field is not set. */
export function showValue(value: unknown): string {
  const text = value === undefined ? 'nothing' : plainText(JSON.stringify(value));
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
