/** Formats numbers for people. The results are for sentences and tables; nothing is computed from them. */

/** A measured share or rate: `10.0 %`, `0.012 %`. */
export function rate(share: number): string {
  const value = share * 100;
  return `${value === 0 || value >= 0.95 ? value.toFixed(1) : Number(value.toPrecision(2))} %`;
}

/** A whole number: `1,796`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** A duration: `4.21 ms`, `123 ms`, `1.23 s`. */
export function time(milliseconds: number): string {
  if (milliseconds >= 1000) {
    return `${(milliseconds / 1000).toPrecision(3)} s`;
  }
  return `${milliseconds >= 100 ? milliseconds.toFixed(0) : milliseconds.toPrecision(milliseconds < 1 ? 2 : 3)} ms`;
}

/** An estimated duration, coarsely: `40 s`, `7 min`, `3 h`. */
export function estimate(seconds: number): string {
  const [minutes, hours] = [Math.round(seconds / 60), Math.round(seconds / 3_600)];
  return seconds < 100 ? `${Math.max(1, Math.round(seconds))} s` : minutes < 100 ? `${minutes} min` : `${hours} h`;
}

/** A probability: `0.34`, `1e-38`. */
export function probability(p: number): string {
  return p !== 0 && p < 0.001 ? p.toExponential(0) : String(Number(p.toPrecision(2)));
}
