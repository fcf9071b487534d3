/** A quoted text of a header: `\` escapes the next character. */
const QUOTED = String.raw`"((?:[^"\\]|\\.)*)"`;

/** A warning of RFC 7234: code, agent, text and perhaps a date. */
const WARNING = new RegExp(String.raw`\s*(\d{3}) \S+ ${QUOTED}(?: "[^"]*")?\s*(?:,|$)`, 'y');

/**
 * Returns the warnings of the API server in the `Warning` headers of a response, such as one about a deprecated API or a Pod Security
 * violation. As in kubectl, only the code 299 counts, and a header is read up to the first part that has another form.
 */
export function warningsIn(headers: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (const header of headers) {
    WARNING.lastIndex = 0;
    for (let match = WARNING.exec(header); match; match = WARNING.exec(header)) {
      const [all, code, text] = match;
      if (code === '299' && text !== '') {
        found.push(text!.replace(/\\(.)/g, '$1'));
      }
      if (all === '' || WARNING.lastIndex >= header.length) {
        break;
      }
    }
  }
  return found;
}
