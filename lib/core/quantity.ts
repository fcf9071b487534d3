const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** The grammar of the API's `resource.Quantity`, without a sign: a decimal number, then a suffix or an exponent. */
const QUANTITY = /^(\d+\.?\d*|\.\d+)(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/;

/**
 * The value of a resource quantity such as `250m`, `64Mi` or `1e3`. It is a floating-point number, exact enough to compare quantities.
 *
 * @returns undefined if the text is not a quantity
 */
export function quantityOf(text: string): number | undefined {
  const match = QUANTITY.exec(text);
  return match ? Number(match[1]) * FACTORS[match[2] ?? '']! * 10 ** Number(match[3] ?? 0) : undefined;
}
