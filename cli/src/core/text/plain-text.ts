/** What a terminal obeys: names (OSC), then what moves and colours (CSI), then the rest of two characters (ECMA-48). */
// eslint-disable-next-line no-control-regex
const SEQUENCES = /\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b[@-Z\\-_]/g;

/** Text from a cluster or an answer as one line that may be shown: without what a terminal would obey. */
export function plainText(text: string): string {
  return text.replace(SEQUENCES, '').replace(/\p{Cc}/gu, '');
}
