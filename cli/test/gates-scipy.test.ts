import {
  type Block,
  type Rates,
  divergence,
  growth,
  logEvidence,
  logEvidenceOfOdds,
  logEvidenceOne,
  nearest,
} from '../../lib/core/gates/bernoulli';
import { logEvidenceOfSide } from '../src/core/gates/quantile-sequence';
import values from './data/gates.json';

type Row = readonly number[];

/**
 * Bisection finds the nearest rates of a null hypothesis to 1e-12, and returns the middle of the last interval. This error is absolute: a
 * rate of 1e-6 has six correct digits, and the evidence of an error at that rate has as many.
 */
const PLACE = 5.1e-13;

/** @param lost the absolute rounding error; where terms cancel, too little is left for a relative tolerance */
function expectClose(got: number, expected: number, relative: number, lost = 0): void {
  expect(Math.abs(got - expected)).toBeLessThanOrEqual(relative * Math.abs(expected) + lost);
}

function blockOf(stable: Row, canary: Row): Block {
  return {
    stable: { requests: stable[0]!, errors: stable[1]! },
    canary: { requests: canary[0]!, errors: canary[1]! },
  };
}

function sideOf(excess: number): 'at most' | 'at least' {
  return excess > 0 ? 'at most' : 'at least';
}

describe('evidence of odds is the ratio of two noncentral hypergeometric probabilities', () => {
  const evidence = (s: number, c: number, k: number, y: number, ratio: number) => logEvidenceOfOdds(blockOf([s, k - y], [c, y]), ratio);
  const rows = values.odds as [number, number, number, number, number, number, number | null][];

  test.each(rows)("%d of stable, %d of the canary, %d errors, %d of them the canary's, odds times %d: %d", (s, c, k, y, ratio, log) => {
    expectClose(evidence(s, c, k, y, ratio), log, 1e-10);
  });

  test("the evidence equals SciPy's within 1e-10, the accuracy of SciPy's probabilities", () => {
    const known = rows.filter(([, , , , , , bySciPy]) => bySciPy !== null);
    expect(known.length).toBeGreaterThan(100);
    known.forEach(([s, c, k, y, ratio, , bySciPy]) => expectClose(evidence(s, c, k, y, ratio), bySciPy!, 0, 1e-10));
  });
});

describe('evidence of a difference is a likelihood ratio against the nearest rates', () => {
  const rows = values.differences as [number, number, number, number, number, number, number, number, number, number][];

  test.each(rows)(
    '%d of stable, %d errors, %d of the canary, %d errors, bet on %d and %d, difference %d: nearest at %d, %d away, evidence %d',
    (s, errors, c, more, stable, canary, difference, place, least, log) => {
      const bet: Rates = { stable, canary };
      const found = nearest(bet, difference, s, c);
      expectClose(found.stable, place, 0, PLACE);
      expectClose(found.canary - found.stable, difference, 0, Number.EPSILON);
      const distance = s * divergence(stable, found.stable) + c * divergence(canary, found.canary);
      expectClose(distance, least, 1e-10, (s + c) * Number.EPSILON);
      // How fast the likelihood of the observed block changes with the rate.
      const slope = (n: number, k: number, rate: number) => Math.abs(k / rate - (n - k) / (1 - rate));
      const lost = PLACE * (slope(s, errors, place) + slope(c, more, place + difference));
      const side = sideOf(canary - stable - difference);
      expectClose(logEvidence(blockOf([s, errors], [c, more]), bet, difference, side), log, 1e-12, lost + (s + c) * Number.EPSILON);
    },
  );
});

describe('evidence of a rate, divergence, growth', () => {
  test.each(values.one as [number, number, number, number, number][])(
    '%d of one version, %d errors, bet on %d, limit %d: %d',
    (n, k, bet, limit, log) => {
      expectClose(logEvidenceOne({ requests: n, errors: k }, bet, limit, sideOf(bet - limit)), log, 1e-12, n * Number.EPSILON);
    },
  );

  test.each(values.divergences as [number, number, number][])('the divergence of %d from %d is %d', (rate, other, nats) => {
    expectClose(divergence(rate, other), nats, 1e-12, Number.EPSILON);
  });

  test.each(values.growths as [number, number, number, number, number][])(
    'rates of %d and %d, difference %d, share %d: %d nats a request',
    (stable, canary, difference, share, nats) => {
      expectClose(growth({ stable, canary }, difference, share), nats, 1e-12, Number.EPSILON);
    },
  );
});

describe('evidence about a quantile is a mixture over a truncated Beta distribution', () => {
  test.each(values.sides as [number, number, number, 'below' | 'above', number][])(
    '%d of %d, quantile %d, %s: %d',
    (count, trials, q, side, log) => {
      // The log-gamma of 40,000 is about 400,000, while the differences of these terms are about 1.
      expectClose(logEvidenceOfSide(count, trials, q, side), log, 1e-9);
    },
  );

  test.each(values.tails as [number, number, number, 'below' | 'above', number][])(
    'if the other side is certain, as for %d of %d, quantile %d, %s, the evidence is at most %d',
    (count, trials, q, side, log) => {
      expect(logEvidenceOfSide(count, trials, q, side)).toBeLessThanOrEqual(log + 1e-9);
    },
  );
});
