import { compareWithPrevious } from '../../lib/core/compare-plans';
import { subsetOf } from '../../lib/core/names';
import type { PairEntry, PlanFile } from '../../lib/core/plan-file';

type Fields = Partial<PairEntry>;

function track(deployment: string, version: string, template = 't', app = 'shop') {
  return { deployment, version, subset: subsetOf(version), selector: { app, 'cdk8s-canary/deployment': deployment }, template };
}

function pair(fields: Fields): PairEntry {
  return { path: 'chart/pair', service: 'shop', selector: { app: 'shop' }, promotion: 'swap', ...fields } as PairEntry;
}

const a10 = track('a', '1.0', 'ta');
const b11 = track('b', '1.1', 'tb');
const FLIGHT = pair({ stable: a10, canary: b11 });
const REST = pair({ stable: a10 });

function said(now: readonly Fields[], before: readonly Fields[]): string[] {
  const { of, gone } = compareWithPrevious(now.map(pair), { pairs: before.map(pair) } as unknown as PlanFile);
  return [...[...of.values()].flat(), ...gone].map(({ code, level, message }) => `${level} ${code} ${message}`);
}

describe('a declaration after one with a canary', () => {
  test.each<[string, Fields, string[]]>([
    ['the same release', FLIGHT, []],
    ['the swap', { stable: b11, canary: track('a', '1.2') }, []],
    ['the swap, at rest', { stable: b11 }, []],
    ['the swap, with another name for the new canary', { stable: b11, canary: track('c', '1.2') }, []],
    ['both versions bumped in place', { stable: track('a', '1.1'), canary: track('b', '1.2') }, ['error versions-in-place']],
    ['the stable version bumped in place, at rest', { stable: track('a', '1.1') }, ['error versions-in-place']],
    ['another canary version', { stable: a10, canary: track('b', '1.3') }, ['warning canary-version-changed']],
    ['no canary any more', { stable: a10 }, ['warning track-changed canary: got nothing, but the previous plan has "b"']],
    ['a renamed canary', { stable: a10, canary: track('c', '1.1') }, ['warning track-changed canary.name: got "c", but']],
    ['a renamed stable', { stable: track('c', '1.0'), canary: b11 }, ['warning track-changed stable.name: got "c", but']],
    ['another stable version', { stable: track('a', '1.0.1'), canary: b11 }, ['warning track-changed stable.version: got "1.0.1"']],
    [
      'another template of stable',
      { stable: track('a', '1.0', 'x'), canary: b11 },
      ['warning template-changed stable: the pod template of a'],
    ],
    ['another template of the canary', { stable: a10, canary: track('b', '1.1', 'x') }, ['warning template-changed canary: the pod']],
    [
      'another template of what was promoted',
      { stable: track('b', '1.1', 'x') },
      ['warning template-changed stable: the pod template of b'],
    ],
    [
      'another selector',
      { selector: { app: 'x' }, stable: track('a', '1.0', 'ta', 'x'), canary: track('b', '1.1', 'tb', 'x') },
      [
        "error selector-changed stable (Deployment a): selector: got { app: 'x', 'cdk8s-canary/deployment': 'a' }",
        'warning selector-changed canary (Deployment b): selector',
        "error selector-changed Service shop: selector: got { app: 'x' }, but the previous plan has { app: 'shop' }",
      ],
    ],
    [
      'the next release with another selector',
      { selector: { app: 'x' }, stable: track('b', '1.1', 'tb', 'x'), canary: track('a', '1.2', 'x', 'x') },
      ['error selector-changed stable (Deployment b)', 'warning selector-changed canary (Deployment a)', 'error selector-changed Service'],
    ],
    ['another name of the Service', { ...FLIGHT, service: 'web' }, ['warning service-changed service.name: got "web", but']],
    ['another path and another name of the Service', { ...FLIGHT, service: 'web', path: 'p' }, ['warning service-changed service.name']],
    ['another namespace', { ...FLIGHT, namespace: 'x' }, ['warning service-changed namespace: got "x", but the previous plan has nothing']],
  ])('%s', (_, now, expected) => {
    const found = said([now], [FLIGHT]);
    expect(found).toHaveLength(expected.length);
    expected.forEach((text, n) => expect(found[n]).toContain(text));
  });

  test('a roll keeps the names', () => {
    expect(said([{ stable: track('a', '1.1', 'x'), canary: track('b', '1.2') }], [{ ...FLIGHT, promotion: 'roll' }])).toEqual([]);
  });

  test('a pair that is left out is named', () => {
    expect(said([], [FLIGHT])).toEqual([
      'warning track-changed got no pair, but the previous plan has one behind Service shop; if its rollout is in progress, an apply deletes nothing, so b would go on serving; promote it or roll it back to stage-0 before you apply this plan',
    ]);
    expect(said([{ ...REST, service: 'other', path: 'other', stable: track('z', '1') }], [FLIGHT])).toHaveLength(1);
  });

  test('a plan from before templates and selectors were recorded has neither to compare', () => {
    const { selector: _s, template: _t, ...old } = a10;
    const { selector: _p, ...oldPair } = FLIGHT;
    expect(said([FLIGHT], [{ ...oldPair, selector: undefined, stable: old }])).toEqual([]);
  });
});

describe('a declaration after one at rest', () => {
  test.each<[string, Fields, string[]]>([
    ['the same', REST, []],
    ['another version', { stable: track('a', '1.1') }, []],
    ['another template', { stable: track('a', '1.0', 'x') }, []],
    ['a rollout', FLIGHT, []],
    ['another name', { stable: track('c', '1.0') }, ['warning track-changed stable.name: got "c", but the previous plan has "a"']],
  ])('%s', (_, now, expected) => {
    const found = said([now], [REST]);
    expect(found).toHaveLength(expected.length);
    expected.forEach((text, n) => expect(found[n]).toContain(text));
  });
});

test('of two pairs that change places each is compared with its own Service', () => {
  const cart = { path: 'chart/cart', service: 'cart', stable: track('c', '7') };
  expect(
    said(
      [
        { ...cart, path: 'chart/pair' },
        { ...FLIGHT, path: 'chart/cart' },
      ],
      [FLIGHT, cart],
    ),
  ).toEqual([]);
});
