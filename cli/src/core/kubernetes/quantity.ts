const SUFFIXES: Readonly<Record<string, number>> = {
  '': 1,
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** Returns the value of a quantity in the API's notation: `250m`, `64Mi`, `12345n`. Undefined for anything else. */
export function quantityOf(text: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([numkMGTPE]|[KMGTPE]i)?$/.exec(text ?? '');
  return match ? Number(match[1]) * SUFFIXES[match[2] ?? '']! : undefined;
}
