import { Fraction } from '../../lib/core/fraction';
import { type VantagePoint, verdictOf, verdictText } from '../src/core/in-force/verdict';
import type { Proof } from '../src/core/in-force/weight-proof';

const base = (proxies: number) => ({
  move: { from: Fraction.of(1, 10), to: Fraction.ZERO, proxies },
  counts: { stable: 100, canary: 0, uncounted: {} },
});
const proven = (sinceMs = 0, proxies = 1): Proof => ({ kind: 'in force', sinceMs, untilMs: sinceMs + 1000, ...base(proxies) });
const waiting = (missing = 5): Proof => ({ kind: 'waiting', missing, ...base(1) });
const contradicted: Proof = { kind: 'contradicted', missing: 50, ...base(1) };
const nothing: Proof = { kind: 'nothing to prove', ...base(1) };

const pod = (name: string, proof: Proof): VantagePoint => ({ kind: 'proxy', name, proof });
const address = (proof: Proof, isSpread = true): VantagePoint => ({ kind: 'address', name: '10.0.0.7:80', isSpread, proof });

const textOf = (readyProxies: readonly string[] | undefined, vantagePoints: readonly VantagePoint[], isTimeUp = false) =>
  verdictText(verdictOf({ readyProxies, vantagePoints }, isTimeUp));

const AB = ['a', 'b'];

test.each<[string, readonly string[] | undefined, readonly VantagePoint[], string]>([
  ['every proxy directly', AB, [pod('a', proven()), pod('b', proven())], 'in force'],
  ['every proxy directly, and the address', AB, [pod('a', proven()), pod('b', proven()), address(proven(0, 1), false)], 'in force'],
  ['an address that spreads connections', AB, [address(proven(0, 2))], 'in force'],
  ['an address with room for more proxies', AB, [address(proven(0, 3))], 'in force'],
  ['one proxy, and an address that spreads connections', AB, [pod('a', proven()), address(proven(0, 2))], 'in force'],
  [
    'an address whose proof is for fewer proxies',
    AB,
    [address(proven(0, 1))],
    'not proven (reached 1 of 2): address 10.0.0.7:80 was tested as if 1 of its proxies were ready, not 2',
  ],
  [
    'an address that may prefer a proxy',
    AB,
    [address(proven(0, 2), false)],
    'not proven (reached 1 of 2): pod a, pod b were not reached directly, and connections to address 10.0.0.7:80 may reach only some of the proxies',
  ],
  ['one proxy of two', AB, [pod('a', proven())], 'not proven (reached 1 of 2): pod b was not reached directly'],
  [
    'proxies that cannot be listed',
    undefined,
    [address(proven(0, 2))],
    'not proven (reached 1 of an unknown number): the proxy pods of the gateway cannot be listed',
  ],
  ['no ready proxy', [], [address(proven(0, 2))], 'not proven (reached 0 of 0): no proxy pod of the gateway is ready'],
  ['nothing', AB, [], 'not proven (reached 0 of 2): no address and no proxy pod of the gateway was reached'],
  ['a proxy that waits', AB, [pod('a', proven()), pod('b', waiting())], 'waiting'],
  ['an address that waits, though all proxies are proven', ['a'], [pod('a', proven()), address(waiting())], 'waiting'],
  [
    'a proxy with the old weight, though another waits',
    AB,
    [address(contradicted), pod('a', waiting()), pod('b', contradicted)],
    'contradicted by pod b (still serves 10 %)',
  ],
  [
    'an address with the old weight',
    AB,
    [pod('a', proven()), address(contradicted)],
    'contradicted by address 10.0.0.7:80 (still serves 10 %)',
  ],
  ['a proxy with the old weight that is not ready any more', ['a'], [pod('a', proven()), pod('b', contradicted)], 'in force'],
  [
    'a proven proxy that is not ready any more',
    ['b'],
    [pod('a', proven())],
    'not proven (reached 0 of 1): no address and no proxy pod of the gateway was reached',
  ],
  ['equal weights', AB, [pod('a', nothing), address(nothing)], 'nothing to prove'],
])('with %s', (_, readyProxies, points, text) => {
  expect(textOf(readyProxies, points)).toBe(text);
});

test('when the time is up, waiting is not proven, with the answers that are missing and why', () => {
  const slow: Proof = { ...waiting(12_000), counts: { stable: 1200, canary: 34, uncounted: { timeout: 2, 'status 503': 1500 } } };
  expect(textOf(AB, [pod('a', waiting(7)), pod('b', slow)], true)).toBe(
    'not proven (reached 0 of 2): pod b needs about 12,000 more answers; 1,234 named their version, and others do not count (status 503: 1,500, timeout: 2)',
  );
  expect(textOf(AB, [pod('a', proven()), pod('b', waiting(7))], true)).toBe(
    'not proven (reached 1 of 2): pod b needs about 7 more answers; 100 named their version',
  );
  expect(verdictOf({ readyProxies: AB, vantagePoints: [pod('a', waiting(7)), pod('b', slow)] }, false)).toEqual({
    kind: 'waiting',
    answers: 12_000,
  });
  expect(textOf(AB, [pod('a', contradicted)], true)).toBe('contradicted by pod a (still serves 10 %)');
});

test('the times are those of the last vantage point', () => {
  expect(
    verdictOf({ readyProxies: AB, vantagePoints: [pod('a', proven(50)), pod('b', proven(700)), address(proven(20, 2))] }, false),
  ).toEqual({
    kind: 'in force',
    sinceMs: 700,
    untilMs: 1700,
    seenBy: ['pod a', 'pod b', 'address 10.0.0.7:80'],
  });
});
