import { type Html, type Part, markup } from './html';
import { type Span, ticks } from './time';

/** The space above the data, for the names of stages, and below it, for times. */
const TOP = 22;
const BOTTOM = 24;
/** The width of the data's own coordinates: the picture is stretched to the available width, but its texts and line widths are not. */
const STRETCH = 1000;

/** Maps values over time to positions. Horizontal positions are percentages, so that a picture fits every screen without a script. */
export class Plot {
  readonly height: number;
  private readonly span: Span;
  private readonly bottom: number;

  constructor(
    span: Span,
    private readonly most: number,
    /** The height of the data area. */
    area: number,
    private readonly top = TOP,
  ) {
    // A span of zero length has no scale.
    this.span = { from: span.from, until: Math.max(span.until, span.from + 1000) };
    this.bottom = top + area;
    this.height = this.bottom + BOTTOM;
  }

  /** Returns a time as a fraction of the width, from 0 to 1. */
  part(at: number): number {
    const { from, until } = this.span;
    return Math.min(1, Math.max(0, (at - from) / (until - from)));
  }

  x(at: number): string {
    return `${(this.part(at) * 100).toFixed(2)}%`;
  }

  y(value: number): number {
    const part = this.most === 0 ? 0 : Math.min(1, Math.max(0, value / this.most));
    return Math.round((this.bottom - part * (this.bottom - this.top)) * 10) / 10;
  }

  width({ from, until }: Span): string {
    return `${((this.part(until) - this.part(from)) * 100).toFixed(2)}%`;
  }

  /** Round times below the data; fewer of them if the picture is narrow. */
  timeAxis(): Html {
    const { from, until } = this.span;
    const isLong = until - from > 86_400_000;
    const axis = (kind: string, most: number) =>
      markup`<g class="${kind}">${ticks(this.span, most).map(
        ({ at, label }) =>
          markup`<line class="grid" x1="${this.x(at)}" x2="${this.x(at)}" y1="${this.top}" y2="${this.bottom}"/><text x="${this.x(at)}" y="${this.bottom + 17}" text-anchor="${anchor(this.part(at))}">${label}</text>`,
      )}</g>`;
    return markup`${axis('wide', 7)}${axis('narrow', isLong ? 2 : 3)}`;
  }

  /** Round values at the left edge. */
  valueAxis(values: readonly number[], label: (value: number) => string): Html {
    return markup`${values.map(
      (value) =>
        markup`<line class="${value === 0 ? 'axis' : 'grid'}" x1="0" x2="100%" y1="${this.y(value)}" y2="${this.y(value)}"/><text x="-8" y="${this.y(value) + 4}" text-anchor="end">${label(value)}</text>`,
    )}`;
  }

  /** A horizontal line over a time span. */
  level({ from, until }: Span, value: number, kind: string): Html {
    return markup`<line class="${kind}" x1="${this.x(from)}" x2="${this.x(until)}" y1="${this.y(value)}" y2="${this.y(value)}"/>`;
  }

  /** The area between two values over a time span. */
  band(span: Span, [low, high]: readonly [number, number], kind: string): Html {
    const height = Math.max(1, this.y(low) - this.y(high));
    return markup`<rect class="${kind}" x="${this.x(span.from)}" width="${this.width(span)}" y="${this.y(high)}" height="${height.toFixed(1)}"/>`;
  }

  /**
   * A line through points, broken between the given pieces, with a dot on some points, so that lines that differ in colour
   * also differ in form.
   */
  line(pieces: readonly (readonly Point[])[], kind: string, dots: number): Part {
    const place = ({ at, value }: Point) => `${(this.part(at) * STRETCH).toFixed(1)} ${this.y(value)}`;
    const path = pieces.map((points) => points.map((point, n) => `${n === 0 ? 'M' : 'L'}${place(point)}`).join('') + lone(points)).join('');
    const all = pieces.flat();
    const every = Math.ceil(all.length / Math.max(1, dots));
    // A line of zero length with round caps is a dot, and it stays round when the picture is stretched.
    const dotted = dots === 0 ? '' : all.filter((_, n) => n % every === 0).map((point) => `M${place(point)}h0`);
    return path === ''
      ? undefined
      : markup`<svg width="100%" height="${this.height}" viewBox="0 0 ${STRETCH} ${this.height}" preserveAspectRatio="none"><path class="${kind}" d="${path}"/>${
          dotted === '' ? '' : markup`<path class="${kind} dots" d="${dotted}"/>`
        }</svg>`;
  }
}

/** Aligns a text at an edge so that it stays inside the picture. */
export function anchor(part: number): 'start' | 'middle' | 'end' {
  return part < 0.04 ? 'start' : part > 0.96 ? 'end' : 'middle';
}

export interface Point {
  readonly at: number;
  readonly value: number;
}

/** Adds a segment of zero length to a single point, which would be invisible as a line. */
function lone(points: readonly Point[]): string {
  return points.length === 1 ? 'h0' : '';
}

/** Zero and up to five round values above it, integers for counts; the last one is at least the largest value. */
export function roundValues(largest: number, isWhole = false): readonly number[] {
  const rough = largest / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10]
    .map((n) => n * power)
    .find((value) => value >= rough * (1 - 1e-9) && (!isWhole || Number.isInteger(value)))!;
  return Array.from({ length: Math.ceil(largest / step - 1e-9) + 1 }, (_, n) => n * step);
}
