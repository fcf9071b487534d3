/**
 * Draws a picture of a terminal from the output of `tmux capture-pane -p -e`, as a self-contained SVG.
 *
 *     npx tsx scripts/terminal-picture.ts TITLE < capture > picture.svg
 */
import { readFileSync } from 'node:fs';

/** The style of a piece of text. Colours are CSS. */
interface Look {
  readonly colour?: string;
  readonly ground?: string;
  readonly isBold?: boolean;
  readonly isDim?: boolean;
  readonly isUnderlined?: boolean;
  readonly isReversed?: boolean;
}

/** A run of characters with the same style. */
interface Piece {
  readonly text: string;
  readonly look: Look;
}

const GROUND = '#161b22';
const TEXT = '#e6edf3';
/** The sixteen colours, each of them readable on the background. */
const COLOURS = [
  ...['#6e7681', '#ff7b72', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#c9d1d9'],
  ...['#8b949e', '#ffa198', '#7ee787', '#f2cc60', '#a5d6ff', '#e2c5ff', '#a5f3fc', '#ffffff'],
];

// In pixels. Every piece has an explicit width, so that columns align in any font.
const FONT = 14;
const CELL = 8.4;
const LINE = 19;
const MARGIN = 18;

/** Block characters, which fonts draw differently: drawn as rectangles with this opacity. */
const BLOCKS: Readonly<Record<string, number>> = { '█': 1, '▓': 0.75, '▒': 0.5, '░': 0.25 };

/** The picture of a screen. The title describes it for readers who cannot see it. */
export function terminalPicture(screen: string, title: string): string {
  const lines = piecesOf(screen);
  const columns = Math.max(...lines.map((pieces) => pieces.reduce((sum, { text }) => sum + lengthOf(text), 0)));
  const [width, height] = [Math.ceil(columns * CELL + 2 * MARGIN), lines.length * LINE + 2 * MARGIN];
  const fonts = 'ui-monospace, SFMono-Regular, Menlo, Consolas, &quot;DejaVu Sans Mono&quot;, &quot;Liberation Mono&quot;, monospace';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">`,
    `<title id="title">${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${GROUND}"/>`,
    `<g font-family="${fonts}" font-size="${FONT}" fill="${TEXT}">`,
    ...lines.flatMap((pieces, n) => drawn(pieces, MARGIN + n * LINE)),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function drawn(pieces: readonly Piece[], top: number): string[] {
  let column = 0;
  return pieces.flatMap(({ text, look }) => {
    const x = round(MARGIN + column * CELL);
    const width = round(lengthOf(text) * CELL);
    column += lengthOf(text);
    const [fill, ground] = look.isReversed ? [look.ground ?? GROUND, look.colour ?? TEXT] : [look.colour, look.ground];
    const behind = ground === undefined ? [] : [`<rect x="${x}" y="${top}" width="${width}" height="${LINE}" fill="${ground}"/>`];
    const block = BLOCKS[text[0]!];
    if (block !== undefined) {
      return [...behind, `<rect x="${x}" y="${top + 3}" width="${width}" height="${LINE - 6}" fill="${fill ?? TEXT}" opacity="${block}"/>`];
    }
    if (text.trim() === '') {
      return behind;
    }
    const attributes = [
      `x="${x}"`,
      `y="${top + FONT}"`,
      `textLength="${width}"`,
      'lengthAdjust="spacingAndGlyphs"',
      'xml:space="preserve"',
      ...(fill === undefined ? [] : [`fill="${fill}"`]),
      ...(look.isBold ? ['font-weight="bold"'] : []),
      ...(look.isDim ? ['opacity="0.65"'] : []),
      ...(look.isUnderlined ? ['text-decoration="underline"'] : []),
    ];
    return [...behind, `<text ${attributes.join(' ')}>${escaped(text)}</text>`];
  });
}

/** The lines of a screen, without blank lines at the end. */
function piecesOf(screen: string): Piece[][] {
  let look: Look = {};
  return screen
    .replace(/\s+$/, '')
    .split('\n')
    .map((line) => {
      const pieces: Piece[] = [];
      // eslint-disable-next-line no-control-regex
      for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
        // eslint-disable-next-line no-control-regex
        const codes = /^\x1b\[([\d;]*)m$/.exec(part);
        if (codes) {
          look = changed(look, codes[1] === '' ? [0] : codes[1]!.split(';').map(Number));
        } else {
          pieces.push(...alike(part).map((text) => ({ text, look })));
        }
      }
      return pieces;
    });
}

/** Splits text into block characters (each kind separately), wide gaps, and the rest. */
function alike(text: string): string[] {
  return text.match(/█+|▓+|▒+|░+| {2,}|(?:(?! {2})[^█▓▒░])+/g) ?? [];
}

/** Applies codes to a style: select graphic rendition, as far as programs use it. */
function changed(before: Look, codes: readonly number[]): Look {
  const [code, ...rest] = codes;
  if (code === undefined) {
    return before;
  }
  if (code === 38 || code === 48) {
    const { colour, used } = extended(rest);
    return changed({ ...before, [code === 38 ? 'colour' : 'ground']: colour }, rest.slice(used));
  }
  return changed(one(before, code), rest);
}

function one(before: Look, code: number): Look {
  const colourOf = (first: number) => COLOURS[code - first]!;
  switch (code) {
    case 0:
      return {};
    case 1:
      return { ...before, isBold: true };
    case 2:
      return { ...before, isDim: true };
    case 4:
      return { ...before, isUnderlined: true };
    case 7:
      return { ...before, isReversed: true };
    case 22:
      return { ...before, isBold: false, isDim: false };
    case 24:
      return { ...before, isUnderlined: false };
    case 27:
      return { ...before, isReversed: false };
    case 39:
      return { ...before, colour: undefined };
    case 49:
      return { ...before, ground: undefined };
  }
  if (code >= 30 && code <= 37) {
    return { ...before, colour: colourOf(30) };
  }
  if (code >= 90 && code <= 97) {
    return { ...before, colour: colourOf(82) };
  }
  if (code >= 40 && code <= 47) {
    return { ...before, ground: colourOf(40) };
  }
  return code >= 100 && code <= 107 ? { ...before, ground: colourOf(92) } : before;
}

/** A colour from the 256-colour palette or an RGB colour, and the number of codes read. */
function extended([kind, ...rest]: readonly number[]): { colour: string | undefined; used: number } {
  if (kind === 2) {
    return { colour: `rgb(${rest.slice(0, 3).join(',')})`, used: 4 };
  }
  const [n = 0] = rest;
  if (n < 16) {
    return { colour: COLOURS[n], used: 2 };
  }
  const level = (step: number) => (step === 0 ? 0 : 55 + 40 * step);
  const grey = 8 + 10 * (n - 232);
  const cube = [Math.floor((n - 16) / 36), Math.floor((n - 16) / 6) % 6, (n - 16) % 6].map(level);
  return { colour: `rgb(${(n >= 232 ? [grey, grey, grey] : cube).join(',')})`, used: 2 };
}

/** The length in characters. Each is one cell wide, because the command writes no wide characters. */
function lengthOf(text: string): number {
  return [...text].length;
}

function round(pixels: number): number {
  return Number(pixels.toFixed(1));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

if (require.main === module) {
  process.stdout.write(terminalPicture(readFileSync(0, 'utf8'), process.argv.slice(2).join(' ')));
}
