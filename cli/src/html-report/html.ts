/** Finished markup: every part was escaped or was markup itself. */
export class Html {
  constructor(readonly text: string) {}
}

/** A value that may be inserted into markup. Text is always escaped; only {@link Html} is not. */
export type Part = string | number | Html | undefined | readonly Part[];

/** A template tag for HTML, with SVG inside it. Inserted values are escaped as text, except markup made by this tag. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((text, n) => text + (n < parts.length ? written(parts[n]) : '')).join(''));
}

function written(part: Part): string {
  if (part === undefined) {
    return '';
  }
  if (part instanceof Html) {
    return part.text;
  }
  return typeof part === 'object' ? part.map(written).join('') : escaped(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/**
 * Escapes text for HTML. Characters that HTML does not allow, and those that change the direction of the following text,
 * become U+FFFD: a record quotes text from pods and people, and must show it as it is.
 */
function escaped(text: string): string {
  return text
    .replace(/[^\P{Cc}\n\t]|\p{Cs}|\p{Noncharacter_Code_Point}|\p{Bidi_Control}/gu, '\ufffd')
    .replace(/[&<>"']/g, (char) => ENTITIES[char]!);
}

/** Shortens a text to at most `most` characters; the record itself holds all of it. */
export function clipped(text: string, most = 600): string {
  const chars = [...text];
  return chars.length <= most ? text : `${chars.slice(0, most - 1).join('')}…`;
}
