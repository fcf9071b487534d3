/** Markup that is finished: what was put into it was escaped, or was markup itself. */
export class Html {
  constructor(readonly text: string) {}
}

/** What may stand in markup. Text is escaped; there is no way around that but {@link Html}. */
export type Part = string | number | Html | undefined | readonly Part[];

/** HTML (and SVG inside of it) as a template: everything that is filled in is text, unless it is markup from here. */
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
 * Text as HTML holds it. Characters that HTML does not allow, and those that turn the direction of what follows, come out
 * as U+FFFD: a record quotes what pods and people wrote, and must show it as it is.
 */
function escaped(text: string): string {
  return text
    .replace(/[^\P{Cc}\n\t]|\p{Cs}|\p{Noncharacter_Code_Point}|\p{Bidi_Control}/gu, '\ufffd')
    .replace(/[&<>"']/g, (char) => ENTITIES[char]!);
}

/** A text that is not longer than it should be; the record itself holds all of it. */
export function clipped(text: string, most = 600): string {
  const chars = [...text];
  return chars.length <= most ? text : `${chars.slice(0, most - 1).join('')}…`;
}
