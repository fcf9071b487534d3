import fc from 'fast-check';
import { rollbackFolder, stageFolder, upFolder } from '../../lib/core/folders';
import { Fraction } from '../../lib/core/fraction';
import * as names from '../../lib/core/names';
import { rankOf, sortByDependencies } from '../../lib/core/apply-order';
import { parsePlanFile } from '../../lib/core/plan-file';
import { routeWeights } from '../../lib/core/route-weights';

describe('folders', () => {
  test.each([
    ['1/10', undefined, 'stage-10'],
    ['1/8', undefined, 'stage-12.5'],
    ['1/1000', undefined, 'stage-0.1'],
    ['1/3', undefined, 'stage-1-of-3'],
    ['1', undefined, 'stage-100'],
    ['1/2', 'half', 'stage-half'],
  ])('weight %s named %s is %s', (weight, name, folder) => {
    expect(stageFolder(Fraction.parse(weight), name)).toBe(folder);
  });

  test('the folders of a stage contain its name', () => {
    expect(upFolder('stage-10')).toBe('stage-10-up');
    expect(rollbackFolder('stage-10')).toBe('rollback/from-stage-10');
  });
});

describe('route weights', () => {
  test.each([
    ['0', 100, 0],
    ['1', 0, 100],
    ['1/10', 90, 10],
    ['1/8', 875, 125],
    ['1/1000', 999, 1],
    ['1/3', 2, 1],
    ['123456/1000000', 876544, 123456],
  ])('%s is %i and %i', (share, stable, canary) => {
    expect(routeWeights(Fraction.parse(share))).toEqual({ stable, canary });
  });

  test('are exact, and sum to 100 for whole percentages', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.nat({ max: 10_000 }), (whole, part) => {
        const share = Fraction.of(Math.min(part, whole), whole);
        const { stable, canary } = routeWeights(share);
        expect(Fraction.of(canary, stable + canary).equals(share)).toBe(true);
        expect(Math.min(stable, canary)).toBeGreaterThanOrEqual(0);
        expect(stable + canary === 100).toBe(100n % share.denominator === 0n);
      }),
    );
  });

  test('have a largest sum, because Envoy sums weights in 32 bits', () => {
    expect(() => routeWeights(Fraction.of(1, 2_000_000_011))).toThrow(/must be at most 1000000000/);
  });
});

describe('names', () => {
  test.each([
    ['canary-1-dep', names.DEPLOYMENT_NAME, true],
    ['Web_App', names.DEPLOYMENT_NAME, false],
    ['a'.repeat(46), names.DEPLOYMENT_NAME, true],
    ['a'.repeat(47), names.DEPLOYMENT_NAME, false],
    ['canary.dep', names.DEPLOYMENT_NAME, false],
    ['1web', names.SERVICE_NAME, false],
    ['web-', names.SERVICE_NAME, false],
    ['', names.OBJECT_NAME, false],
    ['a.b-c.d', names.OBJECT_NAME, true],
    ['v1.0', names.SUBSET_NAME, false],
    ['v1-0', names.SUBSET_NAME, true],
    ['', names.LABEL_VALUE, true],
    ['1.0', names.LABEL_VALUE, true],
    ['-1', names.LABEL_VALUE, false],
    ['1.0+build', names.LABEL_VALUE, false],
    ['http', names.PORT_NAME, true],
    ['a--b', names.PORT_NAME, false],
    ['8080', names.PORT_NAME, false],
    ['a-name-of-16-chr', names.PORT_NAME, false],
    ['scubakiz/servicedemo:1.0', names.IMAGE, true],
    ['registry.example:5000/a/b@sha256:' + 'a'.repeat(64), names.IMAGE, true],
    ['a b', names.IMAGE, false],
    ['a@sha256:abc', names.IMAGE, false],
    ['upper/Case', names.IMAGE, false],
  ])('the name %j is checked by its rule', (name, rule, valid) => {
    expect(names.breaks(rule, name)).toBe(!valid);
  });

  test.each([
    ['app', true],
    ['app.kubernetes.io/name', true],
    ['a/b/c', false],
    ['/name', false],
    ['prefix/', false],
    [`${'a'.repeat(254)}/x`, false],
    ['under_score', true],
    ['-a', false],
  ])('the label key %s is valid: %s', (key, valid) => {
    expect(names.isLabelKey(key)).toBe(valid);
  });

  test.each([
    ['1.0', 'v1-0'],
    ['v2', 'v2'],
    ['V2.1', 'V2-1'],
    ['2024_11', 'v2024-11'],
    ['blue', 'vblue'],
  ])('the subset of %s is %s', (version, subset) => {
    expect(names.subsetOf(version)).toBe(subset);
  });

  test.each([
    ['replcias', ['replicas', 'resources'], 'replicas'],
    ['Stable', ['stable', 'canary'], 'stable'],
    ['quux', ['stable', 'canary'], undefined],
  ])('the suggestion for %s', (word, words, near) => {
    expect(names.nearest(word, words)).toBe(near);
  });
});

describe('the order of objects', () => {
  test('objects that others depend on come first', () => {
    const kinds = [
      'VirtualService',
      'DestinationRule',
      'HorizontalPodAutoscaler',
      'Widget',
      'Deployment',
      'Service',
      'ConfigMap',
      'Namespace',
    ];
    expect([...kinds].sort((a, b) => rankOf(a) - rankOf(b))).toEqual([...kinds].reverse());
  });

  const graphs = fc.integer({ min: 2, max: 12 }).chain((size) =>
    fc.record({
      edges: fc.array(
        fc.tuple(fc.nat(size - 1), fc.nat(size - 1)).filter(([a, b]) => a > b),
        { maxLength: 20 },
      ),
      order: fc.shuffledSubarray([...Array(size).keys()], { minLength: size }),
    }),
  );

  test('dependencies come first, and the order of the input does not change the result', () => {
    fc.assert(
      fc.property(graphs, ({ edges, order }) => {
        const dependenciesOf = (item: number) => edges.filter(([from]) => from === item).map(([, to]) => to);
        const keyOf = (item: number) => String(99 - item);
        const sorted = sortByDependencies(order, keyOf, dependenciesOf);
        expect([...sorted].sort((a, b) => a - b)).toEqual([...order].sort((a, b) => a - b));
        edges.forEach(([from, to]) => expect(sorted.indexOf(to)).toBeLessThan(sorted.indexOf(from)));
        expect(sortByDependencies([...order].reverse(), keyOf, dependenciesOf)).toEqual(sorted);
      }),
    );
  });

  test('the error names a circular dependency', () => {
    const next: Record<string, string[]> = { a: ['b'], b: ['a'], c: [] };
    expect(() =>
      sortByDependencies(
        ['a', 'b', 'c'],
        (item) => item,
        (item) => next[item]!,
      ),
    ).toThrow('circular dependency between a, b');
  });
});

test.each(['', 'null', '[]', '{}', '{"version":2,"files":{},"pairs":[]}', '{"version":1}', '<<<<<<< HEAD'])('%j is not a plan', (text) => {
  expect(parsePlanFile(text)).toBeUndefined();
});
