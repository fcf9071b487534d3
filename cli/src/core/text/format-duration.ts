/** Formats durations for people. What a duration means decides its precision. */

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** A latency, in three significant digits: `4.21 ms`, `123 ms`, `1.23 s`. */
export function formatLatency(milliseconds: number): string {
  if (milliseconds >= 1000) {
    return `${(milliseconds / 1000).toPrecision(3)} s`;
  }
  return `${milliseconds >= 100 ? milliseconds.toFixed(0) : milliseconds.toPrecision(milliseconds < 1 ? 2 : 3)} ms`;
}

/** Time that has passed or is left, to the second, in the two largest units: `40 s`, `5 min 3 s`, `2 h`. Less than a second is `0 s`. */
export function formatElapsed(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000));
  const parts = UNITS.map(([size, name], n) => {
    const larger = UNITS[n - 1]?.[0] ?? Infinity;
    return [Math.floor((seconds % larger) / size), name] as const;
  });
  const first = parts.findIndex(([value]) => value > 0);
  const shown = first < 0 ? parts.slice(-1) : parts.slice(first, first + 2).filter(([value], n) => n === 0 || value > 0);
  return shown.map(([value, name]) => `${value} ${name}`).join(' ');
}

/** A duration that is only estimated, in one unit: `40 s`, `7 min`, `3 h`. */
export function formatEstimate(seconds: number): string {
  const [minutes, hours] = [Math.round(seconds / 60), Math.round(seconds / 3_600)];
  return seconds < 100 ? `${Math.max(1, Math.round(seconds))} s` : minutes < 100 ? `${minutes} min` : `${hours} h`;
}
