/** Terminal control sequences: OSC (names), then CSI (cursor movement and colors), then the other two-character sequences (ECMA-48). */
// eslint-disable-next-line no-control-regex
const SEQUENCES = /\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b[@-Z\\-_]/g;

/**
 * Returns text from a cluster or a response as one line that is safe to print, without control sequences and control characters. Line breaks
 * and tabs between words become spaces.
 */
export function plainText(text: string): string {
  return text
    .replace(SEQUENCES, '')
    .replace(/^[\t\n\r]+|[\t\n\r]+$/g, '')
    .replace(/[\t\n\r]+/g, ' ')
    .replace(/\p{Cc}/gu, '');
}
