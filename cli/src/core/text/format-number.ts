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

/** A probability: `0.34`, `1e-38`. */
export function probability(p: number): string {
  return p !== 0 && p < 0.001 ? p.toExponential(0) : String(Number(p.toPrecision(2)));
}
