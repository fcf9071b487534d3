/**
 * Draws the pictures of docs/gates.md from simulated rollouts, which are the same in every run.
 *
 *     npm run docs:gate-pictures
 */
import erfc from '@stdlib/math-base-special-erfc';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ErrorTest } from '../cli/src/core/gates/error-test';
import type { Block } from '../lib/core/gates/bernoulli';
import { BASE_ERROR_RATE, DEFAULT_GATES, testsOf } from '../lib/core/gates/settings';
import { Chance } from '../test/support/chance';

const FOLDER = join(__dirname, '..', 'docs', 'pictures');

const FAILS_AT = testsOf([DEFAULT_GATES]) / DEFAULT_GATES.alpha;
const PASSES_AT = 1 / DEFAULT_GATES.beta;
const OPTIONS = { tolerance: DEFAULT_GATES.errors.tolerance, margin: DEFAULT_GATES.errors.margin, baseRate: BASE_ERROR_RATE };

/** Colours that are distinguishable with colour blindness; the lines differ in width too. */
const INK = { text: '#1f2328', faint: '#59636e', grid: '#d1d9e0', path: '#8c959f', warning: '#bc4c00', good: '#0969da', limit: '#1f2328' };

/** A value after this many requests of both versions. */
type Point = readonly [requests: number, value: number];

function pair(chance: Chance, stable: number, canary: number): Block {
  const answer = (rate: number) => ({ requests: 1, errors: chance.fraction() < rate ? 1 : 0 });
  return { stable: answer(stable), canary: answer(canary) };
}

// --- Twenty rollouts with equal versions, evaluated after every pair of requests.

const ROLLOUTS = 20;
const LOOKING = 20_000;
const RATE = 0.01;
const LEVEL = 0.05;
/** Requests of each version before the first evaluation, as in `npm run bench:gates`. */
const FIRST_LOOK = 30;

interface Looked {
  readonly p: readonly Point[];
  readonly e: readonly Point[];
  /** The largest e-value of the rollout. */
  readonly largest: number;
}

function looked(seed: number): Looked {
  const chance = new Chance(seed);
  const test = new ErrorTest(OPTIONS, false);
  const p: Point[] = [];
  const e: Point[] = [];
  let largest = 0;
  for (let n = 1; n <= LOOKING / 2; n += 1) {
    const block = pair(chance, RATE, RATE);
    // The command sends ten requests per second, so a pair takes a fifth of one.
    test.add(block, undefined, 0.2);
    // The gate decides by the largest evidence so far; the picture shows the current evidence.
    largest = Math.max(largest, test.capital.log);
    if (n >= FIRST_LOOK) {
      p.push([2 * n, pValue(test.counts)]);
      e.push([2 * n, Math.exp(test.capital.log)]);
    }
  }
  return { p, e, largest: Math.exp(largest) };
}

/** The one-sided z-test of two proportions. */
function pValue({ stable, canary }: Block): number {
  const pooled = (stable.errors + canary.errors) / (stable.requests + canary.requests);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / stable.requests + 1 / canary.requests));
  const difference = canary.errors / canary.requests - stable.errors / stable.requests;
  return deviation === 0 ? 1 : erfc(difference / deviation / Math.SQRT2) / 2;
}

function lookingPicture(): string {
  const rollouts = Array.from({ length: ROLLOUTS }, (_, seed) => looked(seed + 1));
  const x = logarithmic([2 * FIRST_LOOK, LOOKING], [LEFT, WIDTH - RIGHT]);
  const xTicks = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000];
  const panels = [
    {
      top: 74,
      paths: rollouts.map(({ p }) => p),
      isOver: (value: number) => value < LEVEL,
      isNearer: (value: number, other: number) => value < other,
      ticks: [1, 0.1, 0.01, 0.001],
      axis: 'p-value, small ones at the top',
      limits: [{ at: LEVEL, label: '5 %' }],
      title: (over: number) => `z-test at 5 %: ${over} of ${ROLLOUTS} good canaries are called worse at some look`,
      ends: [1, 0.0005] as const,
    },
    {
      top: 344,
      paths: rollouts.map(({ e }) => e),
      isOver: (value: number) => value >= FAILS_AT,
      isNearer: (value: number, other: number) => value > other,
      ticks: [0.001, 0.01, 0.1, 1, 10, 100, 1_000],
      axis: 'e-value',
      limits: [
        { at: FAILS_AT, label: `${FAILS_AT}` },
        { at: 1 / LEVEL, label: `${1 / LEVEL}`, isFaint: true },
      ],
      title: (over: number) => `Error gate: ${over === 0 ? 'none' : over} of ${ROLLOUTS} reaches ${FAILS_AT} at any look`,
      ends: [0.001, 1_000] as const,
    },
  ];
  const height = 616;
  const words: string[] = [];
  const drawn = panels.map(({ top, paths, isOver, isNearer, ticks, axis, limits, title, ends }) => {
    const bottom = top + 200;
    const y = logarithmic(ends, [bottom, top]);
    const over = paths.map((path) => path.find(([, value]) => isOver(value)));
    const heading = title(over.filter((found) => found !== undefined).length);
    words.push(heading);
    const line = (path: readonly Point[], n: number) =>
      `<path d="${outline(thinned(path, x, isNearer), x, y)}"${over[n] === undefined ? '' : ` stroke="${INK.warning}" stroke-width="1.3" opacity="0.85"`}/>`;
    const order = paths.map((_, n) => n).sort((a, b) => Number(over[a] !== undefined) - Number(over[b] !== undefined));
    return [
      text(LEFT, top - 16, heading, { size: 15, isBold: true }),
      ...frame({
        x,
        y,
        top,
        bottom,
        xTicks,
        yTicks: ticks,
        xName: count,
        yName: (value) => (value < 1 ? String(value) : count(value)),
        axis,
      }),
      `<g fill="none" stroke="${INK.path}" stroke-width="0.9" stroke-linejoin="round">`,
      ...order.map((n) => line(paths[n]!, n)),
      '</g>',
      ...limits.flatMap(({ at, label, isFaint }: { at: number; label: string; isFaint?: boolean }) => [
        level(y(at), LEFT, WIDTH - RIGHT, isFaint ? INK.faint : INK.limit, isFaint ? '2 4' : '7 4'),
        text(WIDTH - RIGHT + 7, y(at) + 4, label, { colour: isFaint ? INK.faint : INK.limit, isBold: !isFaint }),
      ]),
      ...over.flatMap((found) =>
        found === undefined
          ? []
          : [`<circle cx="${x(found[0])}" cy="${y(found[1])}" r="3.2" fill="${INK.warning}" stroke="#fff" stroke-width="0.8"/>`],
      ),
    ];
  });
  const ever = rollouts.filter(({ largest }) => largest >= 1 / LEVEL).length;
  const most = Math.max(...rollouts.map(({ largest }) => largest));
  return svg(
    height,
    'Looking again and again: a z-test, and the error gate, at the same twenty rollouts',
    `Twenty simulated rollouts of a canary as good as stable, 1 % errors each, half of the requests each, looked at after every pair of requests up to ${count(LOOKING)}. ` +
      `Above, the p-value of a z-test; below, the e-value of the error gate. ${words.join('. ')}; ` +
      `the largest e-value is ${most.toFixed(1)}, and ${ever === 0 ? 'none' : ever} of them reaches 20, which would be enough at 5 % for a single test.`,
    [
      text(LEFT, 24, 'Twenty rollouts with equal versions, 1 % errors each. A dot: here somebody would turn back.', {
        colour: INK.faint,
      }),
      ...drawn.flat(),
      text((LEFT + WIDTH - RIGHT) / 2, height - 28, 'requests of both versions', { anchor: 'middle' }),
      text(
        LEFT,
        height - 8,
        `Dotted: ${1 / LEVEL}, which would be enough at 5 % for a single test. ${FAILS_AT} shares the 5 % among three tests.`,
        {
          colour: INK.faint,
        },
      ),
    ],
  );
}

// --- The confidence sequence of the difference, for a good and for a bad canary.

const SEQUENCE = 30_000;
const FROM = 20;
const TYPICAL_OF = 101;

interface Bounds {
  readonly requests: number;
  readonly low: number;
  readonly high: number;
}

interface Closing {
  readonly canary: number;
  readonly bounds: readonly Bounds[];
  readonly decided: { readonly requests: number; readonly isPass: boolean } | undefined;
}

/** Runs a rollout's gate, one pair of requests at a time, until `isEnough` returns true. */
function play(canary: number, seed: number, withBounds: boolean, isEnough: (requests: number, test: ErrorTest) => boolean): void {
  const chance = new Chance(seed);
  const test = new ErrorTest(OPTIONS, withBounds);
  for (let requests = 2; requests <= SEQUENCE; requests += 2) {
    test.add(pair(chance, RATE, canary), undefined, 0.2);
    if (isEnough(requests, test)) {
      return;
    }
  }
}

function verdict(requests: number, test: ErrorTest): Closing['decided'] {
  const isFail = test.logWorse >= Math.log(FAILS_AT);
  return isFail || test.logFine >= Math.log(PASSES_AT) ? { requests, isPass: !isFail } : undefined;
}

/**
 * The seed of the median rollout, ordered by the number of requests until its gate decides as expected. Another decision counts as never.
 */
function typicalSeed(canary: number, isPass: boolean): number {
  const decided = Array.from({ length: TYPICAL_OF }, (_, seed) => {
    let found: Closing['decided'];
    play(canary, seed + 1, false, (requests, test) => (found = verdict(requests, test)) !== undefined);
    return { seed: seed + 1, requests: found?.isPass === isPass ? found.requests : Number.MAX_SAFE_INTEGER };
  });
  const ascending = decided.sort((a, b) => a.requests - b.requests);
  return ascending[Math.floor(ascending.length / 2)]!.seed;
}

function closing(canary: number, seed: number): Closing {
  const bounds: Bounds[] = [];
  let decided: Closing['decided'];
  play(canary, seed, true, (requests, test) => {
    const [low, high] = test.bounds(DEFAULT_GATES.alpha);
    const before = bounds.at(-1);
    if (before?.low !== low || before.high !== high) {
      bounds.push({ requests, low, high });
    }
    decided ??= verdict(requests, test);
    return false;
  });
  return { canary, bounds, decided };
}

function sequencePicture(): string {
  const most = 0.2;
  const height = 616;
  const x = logarithmic([FROM, SEQUENCE], [LEFT, WIDTH - RIGHT]);
  const words: string[] = [];
  const panels = [closing(RATE, typicalSeed(RATE, true)), closing(0.05, typicalSeed(0.05, false))].map(({ canary, bounds, decided }, n) => {
    const [top, bottom] = [74 + n * 270, 274 + n * 270];
    const y = linear([-most, most], [bottom, top]);
    const colour = decided?.isPass ? INK.good : INK.warning;
    const truth = canary - RATE;
    const heading = `Canary ${percent(canary)} errors, stable ${percent(RATE)}: ${
      decided ? `the error gate ${decided.isPass ? 'passes' : 'fails'} after ${count(decided.requests)} requests` : 'not known'
    }`;
    const last = bounds.at(-1)!;
    words.push(`${heading}; after ${count(SEQUENCE)} the difference is known to be ${signed(last.low)} to ${signed(last.high)}`);
    // Bounds hold until the next ones, so the outline has steps: forward along the upper bounds and back along the lower ones.
    const steps = (end: 'low' | 'high') =>
      bounds.flatMap((bound, index) => {
        const until = bounds[index + 1]?.requests ?? SEQUENCE;
        const value = Math.max(-most, Math.min(most, bound[end]));
        return until <= FROM ? [] : [[Math.max(FROM, bound.requests), value] as const, [until, value] as const];
      });
    const [lower, upper] = [steps('low'), steps('high')];
    const inside = (points: readonly Point[]) => points.filter(([, value]) => Math.abs(value) < most);
    const mark = decided && {
      x: x(decided.requests),
      label: `${decided.isPass ? 'passes' : 'fails'} here: ${count(decided.requests)}`,
    };
    return [
      text(LEFT, top - 16, heading, { size: 15, isBold: true }),
      ...frame({
        x,
        y,
        top,
        bottom,
        xTicks: [20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000],
        yTicks: [-0.2, -0.1, 0, 0.1, 0.2],
        xName: count,
        yName: signed,
        axis: 'canary minus stable',
      }),
      `<path d="${outline([...upper, ...[...lower].reverse()], x, y)}Z" fill="${colour}" opacity="0.16"/>`,
      ...[lower, upper].map((points) => `<path d="${outline(inside(points), x, y)}" fill="none" stroke="${colour}" stroke-width="1.6"/>`),
      level(y(truth), LEFT, WIDTH - RIGHT, INK.limit, '7 4'),
      text(WIDTH - RIGHT + 7, y(truth) + 4, 'truth', { isBold: true }),
      ...(decided?.isPass
        ? [
            level(y(OPTIONS.margin), LEFT, WIDTH - RIGHT, INK.faint, '2 4'),
            text(WIDTH - RIGHT + 7, y(OPTIONS.margin) + 4, 'margin', { colour: INK.faint }),
          ]
        : []),
      ...(mark
        ? [
            `<path d="M${mark.x} ${top}V${bottom}" stroke="${colour}" stroke-width="1.6"/>`,
            `<circle cx="${mark.x}" cy="${y(truth)}" r="4.5" fill="${colour}" stroke="#fff"/>`,
            text(mark.x + 7, top + 16, mark.label, { colour, isBold: true }),
          ]
        : []),
    ];
  });
  return svg(
    height,
    'What is known of the difference of two error rates, request by request',
    `Two simulated rollouts, each the one in the middle of ${TYPICAL_OF}, half of the requests for each version: the confidence sequence of the difference closes around the truth, and holds at all times together with 95 %. ${words.join('. ')}.`,
    [
      text(LEFT, 24, 'Bounds of the difference, 95 % at all looks together; half of the requests are the canary’s.', {
        colour: INK.faint,
      }),
      ...panels.flat(),
      text((LEFT + WIDTH - RIGHT) / 2, height - 28, 'requests of both versions', { anchor: 'middle' }),
      text(LEFT, height - 8, 'The gate asks one question, the bounds ask all at once: so it may pass before they are below the margin.', {
        colour: INK.faint,
      }),
    ],
  );
}

// --- Drawing. All lengths are in pixels.

const WIDTH = 760;
const LEFT = 74;
const RIGHT = 58;

type Scale = (value: number) => number;

function linear([from, to]: readonly [number, number], [start, end]: readonly [number, number]): Scale {
  return (value) => round(start + ((value - from) / (to - from)) * (end - start));
}

/** Clamps values off the scale to its edge. */
function logarithmic([from, to]: readonly [number, number], pixels: readonly [number, number]): Scale {
  const scale = linear([Math.log(from), Math.log(to)], pixels);
  const [least, most] = [Math.min(from, to), Math.max(from, to)];
  return (value) => scale(Math.log(Math.min(most, Math.max(least, value))));
}

interface Frame {
  readonly x: Scale;
  readonly y: Scale;
  readonly top: number;
  readonly bottom: number;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
  readonly xName: (value: number) => string;
  readonly yName: (value: number) => string;
  /** The label of the vertical axis. */
  readonly axis: string;
}

function frame({ x, y, top, bottom, xTicks, yTicks, xName, yName, axis }: Frame): string[] {
  const middle = (top + bottom) / 2;
  return [
    `<g stroke="${INK.grid}" stroke-width="0.8">`,
    ...yTicks.map((value) => `<path d="M${LEFT} ${y(value)}H${WIDTH - RIGHT}"/>`),
    '</g>',
    `<g stroke="${INK.faint}">`,
    `<path d="M${LEFT} ${top}V${bottom}H${WIDTH - RIGHT}" fill="none"/>`,
    ...xTicks.map((value) => `<path d="M${x(value)} ${bottom}v5"/>`),
    '</g>',
    ...yTicks.map((value) => text(LEFT - 8, y(value) + 4, yName(value), { anchor: 'end' })),
    ...xTicks.map((value) => text(x(value), bottom + 19, xName(value), { anchor: 'middle' })),
    `<text transform="translate(15 ${middle}) rotate(-90)" text-anchor="middle">${escaped(axis)}</text>`,
  ];
}

/**
 * The value nearest to a threshold in every few pixels. A line through all values would cross the threshold at the same place, and be a
 * hundred times as long.
 */
function thinned(path: readonly Point[], x: Scale, isNearer: (value: number, other: number) => boolean): Point[] {
  const wide = 4;
  const groups = new Map<number, Point>();
  for (const point of path) {
    const group = Math.floor(x(point[0]) / wide);
    const other = groups.get(group);
    if (other === undefined || isNearer(point[1], other[1])) {
      groups.set(group, point);
    }
  }
  return [...groups.values()];
}

/** A line through points, each relative to the previous one, which makes the path short. */
function outline(points: readonly Point[], x: Scale, y: Scale): string {
  const tenths = points.map(([at, value]) => [Math.round(x(at) * 10), Math.round(y(value) * 10)] as const);
  return tenths
    .map(([a, b], n) => {
      const [c, d] = tenths[n - 1] ?? [0, 0];
      const [across, down] = [(a - c) / 10, (b - d) / 10];
      return n === 0 ? `M${across} ${down}` : across === 0 && down === 0 ? '' : `l${across}${down < 0 ? '' : ' '}${down}`;
    })
    .join('');
}

function level(y: number, from: number, to: number, colour: string, dashes: string): string {
  return `<path d="M${from} ${y}H${to}" stroke="${colour}" stroke-width="1.3" stroke-dasharray="${dashes}"/>`;
}

interface Look {
  readonly anchor?: 'middle' | 'end';
  readonly colour?: string;
  readonly size?: number;
  readonly isBold?: boolean;
}

function text(x: number, y: number, words: string, { anchor, colour, size, isBold }: Look = {}): string {
  const attributes = [
    `x="${x}"`,
    `y="${round(y)}"`,
    ...(anchor === undefined ? [] : [`text-anchor="${anchor}"`]),
    ...(colour === undefined ? [] : [`fill="${colour}"`]),
    ...(size === undefined ? [] : [`font-size="${size}"`]),
    ...(isBold ? ['font-weight="bold"'] : []),
  ];
  return `<text ${attributes.join(' ')}>${escaped(words)}</text>`;
}

function svg(height: number, title: string, description: string, parts: readonly string[]): string {
  const fonts = 'system-ui, -apple-system, &quot;Segoe UI&quot;, Roboto, Helvetica, Arial, sans-serif';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="desc">${escaped(description)}</desc>`,
    // A background of its own, because the page may be dark.
    `<rect width="${WIDTH}" height="${height}" rx="8" fill="#fff"/>`,
    `<g font-family="${fonts}" font-size="12.5" fill="${INK.text}">`,
    ...parts,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function round(pixels: number): number {
  return Number(pixels.toFixed(1));
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function percent(rate: number): string {
  return `${Number((rate * 100).toFixed(2))} %`;
}

function signed(difference: number): string {
  return `${difference > 0 ? '+' : difference < 0 ? '−' : ''}${percent(Math.abs(difference))}`;
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function write(name: string, picture: string): void {
  writeFileSync(join(FOLDER, name), picture);
  console.log(`docs/pictures/${name}: ${count(picture.length)} characters. ${/<desc[^>]*>(.*)<\/desc>/.exec(picture)![1]}`);
}

write('gates-looking.svg', lookingPicture());
write('gates-sequence.svg', sequencePicture());
