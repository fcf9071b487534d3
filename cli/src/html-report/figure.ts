import { type Html, type Part, markup } from './html';

/** A chart with its numbers in a table below it, for screen readers and for further computation. */
export interface Figure {
  /** Unique in the page. */
  readonly id: string;
  readonly title: string;
  /** A description of the chart, in sentences. */
  readonly description: string;
  readonly legend: readonly Html[];
  readonly height: number;
  readonly drawing: Part;
  readonly table: Html;
  /** Whether the picture has numbers at its left edge. */
  readonly hasScale?: boolean;
}

export function figure({ id, title, description, legend, height, drawing, table, hasScale = true }: Figure): Html {
  return markup`<figure class="chart" id="${id}">
<figcaption><h3>${title}</h3><ul class="legend">${legend}</ul></figcaption>
<div class="plot${hasScale ? ' scaled' : ''}"><svg role="img" aria-labelledby="${id}-title ${id}-desc" width="100%" height="${height}"><title id="${id}-title">${title}</title><desc id="${id}-desc">${description}</desc>
${drawing}
</svg></div>
<details><summary>Numbers of this chart</summary>${table}</details>
</figure>
`;
}

/**
 * A table that scrolls if the page is too narrow for it. Names may break anywhere, numbers nowhere. On a narrow screen, a stacked table has a
 * line for each cell, so that its last column is in sight too.
 */
export function table(
  caption: string,
  header: readonly string[],
  rows: readonly (readonly Part[])[],
  kind: 'names' | 'numbers' | 'stacked' = 'numbers',
): Html {
  const label = (n: number) => (kind === 'stacked' ? markup` data-label="${header[n]}"` : undefined);
  return markup`<div class="scroll" tabindex="0"><table class="${kind}">
<caption>${caption}</caption>
<thead><tr>${header.map((title) => markup`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>
${rows.map(([first, ...cells]) => markup`<tr><th scope="row">${first}</th>${cells.map((cell, n) => markup`<td${label(n + 1)}>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>`;
}

/** A line of a legend: a sample of the drawing style, and its label. */
export function legendLine(kind: string, label: string): Html {
  return markup`<li><svg class="sample" width="28" height="12" aria-hidden="true"><line class="${kind}" x1="1" x2="27" y1="6" y2="6"/>${
    kind.includes('canary') ? markup`<circle class="dot" cx="14" cy="6" r="3"/>` : ''
  }</svg>${label}</li>`;
}

export function legendArea(kind: string, label: string): Html {
  return markup`<li><svg class="sample" width="28" height="12" aria-hidden="true"><rect class="${kind}" x="1" y="1" width="26" height="10"/></svg>${label}</li>`;
}

export function legendSymbol(symbol: string, label: string): Html {
  return markup`<li>${icon(symbol)}${label}</li>`;
}

/** One of the page's symbols, at the size of a letter. Text beside it gives its meaning. */
export function icon(symbol: string): Html {
  return markup`<svg class="icon" width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><use href="#${symbol}"/></svg>`;
}

/** The symbols, once for the whole page. Each has its own shape, so that no two differ in colour alone. */
export const SYMBOLS = markup`<svg class="symbols" width="0" height="0" aria-hidden="true"><defs>
<symbol id="pass" viewBox="0 0 14 14"><path class="stroke" d="M2 7.5 5.5 11 12 3.5"/></symbol>
<symbol id="fail" viewBox="0 0 14 14"><path class="stroke" d="M3 3 11 11M11 3 3 11"/></symbol>
<symbol id="inconclusive" viewBox="0 0 14 14"><path class="stroke" d="M4 4.6a3 2.8 0 1 1 4.2 2.5Q7 7.7 7 9M7 11.6v.4"/></symbol>
<symbol id="go-on" viewBox="0 0 14 14"><path class="solid" d="M3 1.5 12.5 7 3 12.5Z"/></symbol>
<symbol id="roll-back" viewBox="0 0 14 14"><path class="solid" d="M11 1.5 1.5 7 11 12.5Z"/></symbol>
<symbol id="stop-here" viewBox="0 0 14 14"><path class="solid" d="M2.5 2.5h9v9h-9Z"/></symbol>
<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" width="6" height="6"/><line class="hatch-line" x1="0" x2="0" y1="0" y2="6"/></pattern>
</defs></svg>
`;

/** The widths in pixels of the narrowest and the usual picture and of a character, used to decide which texts fit. */
const NARROW = 280;
const WIDE = 590;
const CHARACTER = 7.4;

/** The class of a text that has a part of the width: `always` shown, shown only if `wide`, or undefined for never. */
export function fitting(text: string, part: number): string | undefined {
  const needs = text.length * CHARACTER + 6;
  return needs <= part * NARROW ? 'always' : needs <= part * WIDE ? 'wide' : undefined;
}
