import { formatElapsed } from '../core/text/format-duration';
import { type Html, type Part, markup } from './html';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A time span, in milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** Parses a time of the record; undefined if it is missing or invalid. */
export function moment(iso: string | undefined): number | undefined {
  const at = iso === undefined ? NaN : Date.parse(iso);
  return Number.isNaN(at) ? undefined : at;
}

/** `2026-03-02 14:05:31` in UTC, the time zone of all times in a report. */
export function dateAndTime(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}

/** `14:05:31` */
function timeOfDay(at: number): string {
  return dateAndTime(at).slice(11);
}

/** Returns the format for the times in a span: the time of day, and also the date if the span needs it. */
export function clockOf(span: Span | undefined): Clock {
  const day = (at: number) => dateAndTime(at).slice(0, 10);
  return span && day(span.from) === day(span.until) ? timeOfDay : dateAndTime;
}

export type Clock = (at: number) => string;

/** Renders a time as an element; returns invalid text unchanged. */
export function timeElement(iso: string, clock: Clock): Html | string {
  const at = moment(iso);
  return at === undefined ? iso : momentElement(at, clock);
}

export function momentElement(at: number, clock: Clock): Html {
  return markup`<time datetime="${new Date(at).toISOString()}">${clock(at)}</time>`;
}

/** `5 min 3 s`, with no-break spaces. */
export function duration(milliseconds: number): string {
  return formatElapsed(milliseconds).replaceAll(' ', '\u00a0');
}

/** The duration between two times of the record, with text around it; nothing if either is missing. */
export function durationBetween(from: string | undefined, until: string | undefined, say: (text: string) => Part = (text) => text): Part {
  const [start, end] = [moment(from), moment(until)];
  return start === undefined || end === undefined ? undefined : say(duration(end - start));
}

const STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
];

/** The smallest round interval (5 s, 15 min, 6 h, …) that is at least `least`. */
export function roundStep(least: number): number {
  return STEPS.find((step) => step >= least) ?? Math.ceil(least / DAY) * DAY;
}

export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** Round times in a span, at most `most` intervals, with labels that tell them apart. */
export function ticks({ from, until }: Span, most: number): readonly Tick[] {
  const step = roundStep((until - from) / most);
  const first = Math.ceil(from / step) * step;
  // Add half a second, so that the end of the span is included.
  const length = Math.min(most + 1, Math.floor((until + SECOND / 2 - first) / step) + 1);
  return Array.from({ length: Math.max(0, length) }, (_, n) => first + n * step).map((at) => ({
    at,
    label: label(at, step, until - from),
  }));
}

function label(at: number, step: number, length: number): string {
  const text = dateAndTime(at);
  if (step >= DAY) {
    return text.slice(5, 10);
  }
  return step < MINUTE ? text.slice(11) : text.slice(length > DAY ? 5 : 11, 16);
}
