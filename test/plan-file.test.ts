import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import fc from 'fast-check';
import { type CanaryApp, CanaryPair, IstioVirtualService, Promotion, SessionAffinity, Stages, Tolerance, Weight } from '../lib';
import { PLAN_VERSION, type PlanFile, parsePlanFile } from '../lib/core/plan-file';
import { Output, inChart, pairProps, readTree, synthesize } from './support/apps';
import { freshFolder } from './support/fresh-folder';
import { once } from './support/once';
import { amountOf } from './support/sampling';
import { declareTwoPairs } from './support/two-pairs';

/**
 * Other programs and later versions of this one read `plan.json`. `docs/plan.schema.json` describes its content, and these tests keep the
 * two consistent.
 */
const PROJECT = resolve(__dirname, '..');
const read = (file: string) => readFileSync(join(PROJECT, file), 'utf8');

interface Schema {
  readonly $ref?: string;
  readonly $defs?: Record<string, Schema>;
  readonly description?: string;
  readonly type?: string;
  readonly properties?: Record<string, Schema>;
  readonly additionalProperties?: Schema | false;
  readonly items?: Schema;
}

const SCHEMA = JSON.parse(read('docs/plan.schema.json')) as Schema;
const validator = new Ajv2020({ allErrors: true, strict: true }).compile(SCHEMA);

/** The schema's errors for a plan: the path and the message. */
function complaints(plan: unknown): string[] {
  validator(plan);
  return (validator.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
}

const pair = (more = {}, routed = false) =>
  inChart((chart) => {
    const declared = new CanaryPair(chart, 'shop', pairProps(more));
    if (routed) {
      new IstioVirtualService(chart, 'route', { pair: declared, match: [{ headers: { beta: { exact: 'yes' } } }] });
    }
  });
const written = (declare: (app: CanaryApp) => void): PlanFile => synthesize(declare).plan;

const ODD = [
  { weight: Weight.ratio(1, 1000) },
  { weight: Weight.percent(12.5) },
  { weight: Weight.ratio(1, 3) },
  { weight: Weight.ratio(1, 3), name: 'third-again' },
  { weight: Weight.percent(99.9) },
  { weight: Weight.percent(100) },
];
const BY_HAND = [
  { weight: Weight.percent(10), split: { stable: 18, canary: 2 } },
  { weight: Weight.percent(100), split: { stable: 0, canary: 20 } },
];
const GATED = [
  { weight: Weight.percent(50), gates: { compareLatency: false, errorMargin: 0.1 } },
  { weight: Weight.percent(100), gates: {} },
];
const SHARE_OFF = { accept: { 'share-off': 'one of a thousand needs more pods than we have' } };

const APPS: [string, () => PlanFile][] = [
  ['the plan of the tutorial by pods', () => JSON.parse(read('dist/plan.json')) as PlanFile],
  ['the plan of the tutorial by a route', () => JSON.parse(read('dist/istio/plan.json')) as PlanFile],
  ['a pair at rest', () => written(pair({ canary: undefined, stages: undefined }))],
  ['a pair at rest behind a route', () => written(pair({ canary: undefined, stages: undefined }, true))],
  ['two pairs, one of them by a route', () => written((app) => declareTwoPairs(app, 0, [10, 25, 50, 100]))],
  ['an app without pairs', () => written(inChart(() => undefined))],
  ['manual splits', () => written(pair({ stages: BY_HAND, maxReplicas: 20 }))],
  ['a promotion by roll', () => written(pair({ promotion: Promotion.ROLL }))],
  ['a fixed total', () => written(pair({ fixedTotal: true, baseline: 5 }))],
  ['fractional weights by pods, with an accepted finding', () => written(pair({ stages: ODD, ...SHARE_OFF }))],
  ['fractional weights by a route', () => written(pair({ stages: ODD }, true))],
  ['a namespace, and a floor', () => written(pair({ namespace: 'shop', baseline: 7, floor: 5, tolerance: Tolerance.exact() }))],
  ['gates of a stage', () => written(pair({ gates: { errorLimit: 0.02, requestsPerSecond: 5 }, stages: GATED }))],
  [
    'a warning that is not accepted',
    () => written(pair({ service: { name: 'shop', ports: [{ port: 80, targetPort: 8080 }], sessionAffinity: SessionAffinity.CLIENT_IP } })),
  ],
];
const PLANS = APPS.map(([name, make]) => [name, once(make)] as const);

test('a stage has the gates of its pair, except for the settings of the stage', () => {
  const { gates, stages } = written(pair({ gates: { errorLimit: 0.02, falseAlarmRate: 0.01 }, stages: GATED })).pairs[0]!;
  const { latency: _, ...others } = gates!;
  expect(stages[0]!.gates).toEqual({ ...others, errors: { ...gates!.errors, margin: 0.1 } });
  expect(stages[1]!.gates).toEqual(gates);
  // A stage without gate settings has no gates entry, so a plan without such settings is the same as before they existed.
  expect(written(pair({ stages: Stages.percent(50, 100) })).pairs[0]!.stages.map((stage) => stage.gates)).toEqual([undefined, undefined]);
});

describe('the schema', () => {
  test.each(PLANS)('accepts %s', (_, plan) => {
    expect(complaints(plan())).toEqual([]);
  });

  test('accepts the plans of many apps', () => {
    const apps = fc.record({
      baseline: fc.integer({ min: 2, max: 12 }),
      percentages: fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 4 }),
      routed: fc.boolean(),
      exact: fc.boolean(),
      namespace: fc.option(fc.constant('shop'), { nil: undefined }),
    });
    fc.assert(
      fc.property(apps, ({ baseline, percentages, routed, exact, namespace }) => {
        const stages = Stages.percent(...percentages.sort((a, b) => a - b), 100);
        const plan = written(pair({ baseline, stages, namespace, ...(exact && { tolerance: Tolerance.exact() }) }, routed));
        expect(complaints(plan)).toEqual([]);
      }),
      { numRuns: amountOf('plan files: random apps') },
    );
  });

  /** A fault that a function plants into the tutorial's plan, and the schema's error. */
  test.each<[string, (plan: any) => void, string]>([
    ['a missing field', (plan) => delete plan.pairs[0].floor, "/pairs/0 must have required property 'floor'"],
    ['a missing field of the cleanup', (plan) => delete plan.cleanup.afterRollback, "/cleanup must have required property 'afterRollback'"],
    ['an additional field', (plan) => (plan.pairs[0].canary.replicas = 3), '/pairs/0/canary must NOT have additional properties'],
    ['an additional field at the top', (plan) => (plan.time = 'now'), '/ must NOT have additional properties'],
    ['a share as a float', (plan) => (plan.pairs[0].stages[0].achieved = 0.1), '/pairs/0/stages/0/achieved must be string'],
    ['a share as a decimal', (plan) => (plan.stages[0].weight = '0.1'), '/stages/0/weight must match pattern'],
    ['a weight of 0', (plan) => (plan.stages[0].weight = '0'), '/stages/0/weight must match pattern'],
    ['a negative share', (plan) => (plan.pairs[0].transitions[0].mostShare = '-1/10'), '/pairs/0/transitions/0/mostShare must match'],
    [
      'a fractional number of pods',
      (plan) => (plan.pairs[0].states['stage-10'].canary = 0.5),
      '/pairs/0/states/stage-10/canary must be integer',
    ],
    ['a negative number of pods', (plan) => (plan.pairs[0].states['stage-10'].stable = -1), '/pairs/0/states/stage-10/stable must be >= 0'],
    ['a stage without a canary', (plan) => (plan.pairs[0].stages[0].canary = 0), '/pairs/0/stages/0/canary must be >= 1'],
    ['an order that is a string', (plan) => (plan.order.advance = 'stage-0 stage-10'), '/order/advance must be array'],
    ['an order without the baseline', (plan) => plan.order.advance.shift(), '/order/advance must contain at least 1 valid item'],
    ['an order with a folder twice', (plan) => plan.order.advance.push('promoted'), '/order/advance must NOT have duplicate items'],
    ['a rollback that does not end at stage-0', (plan) => plan.order.rollback['stage-10'].pop(), '/order/rollback/stage-10 must contain'],
    [
      'a rollback that leads out of the output folder',
      (plan) => (plan.order.rollback['stage-10'][0] = '../stage-0'),
      '/order/rollback/stage-10/0 must match',
    ],
    ['an invalid folder name', (plan) => (plan.pairs[0].states['stage_10'] = { stable: 1, canary: 1 }), '/pairs/0/states property name'],
    [
      'states without the baseline',
      (plan) => delete plan.pairs[0].states['stage-0'],
      "/pairs/0/states must have required property 'stage-0'",
    ],
    ['an unknown router', (plan) => (plan.pairs[0].router = 'nginx'), '/pairs/0/router must be equal to one of the allowed values'],
    [
      'matches that lead to an unknown track',
      (plan) => (plan.pairs[0].states['stage-10'].route.matched = 'both'),
      '/pairs/0/states/stage-10/route',
    ],
    ['an error among the findings', (plan) => (plan.findings[0].level = 'error'), '/findings/0/level must be equal to one of'],
    ['a digest without its algorithm', (plan) => (plan.files['a.yaml'] = 'ac1f'), '/files/a.yaml must match pattern'],
    [
      'a file outside the output folder',
      (plan) => (plan.files['../a.yaml'] = plan.files['stage-0/canary.k8s.yaml']),
      '/files property name',
    ],
    ['a name with capitals', (plan) => (plan.pairs[0].stable.deployment = 'Shop'), '/pairs/0/stable/deployment must match pattern'],
    ['another version', (plan) => (plan.version = 2), '/version must be equal to constant'],
  ])('refuses %s', (_, plant, sentence) => {
    const plan = JSON.parse(read('dist/istio/plan.json')) as PlanFile;
    expect(complaints(plan)).toEqual([]);
    plant(plan);
    expect(complaints(plan).join('\n')).toContain(sentence);
  });

  test('refuses every plan that lacks a required field', () => {
    const mayGo = (path: readonly string[]) =>
      ['namespace', 'selector', 'template', 'optimum', 'route', 'gates', 'latency', 'limit', 'traffic'].includes(path.at(-1)!) ||
      (path.length === 3 && path[0] === 'pairs' && path[2] === 'canary') ||
      ['files', 'rollback', 'states', 'costs', 'selector'].includes(path.at(-2)!);
    const plan = written((app) => declareTwoPairs(app, 0, [1, 10, 100]));
    const paths: string[][] = [];
    const walk = (value: unknown, path: readonly string[]) => {
      for (const [key, inner] of Object.entries(typeof value === 'object' && value !== null ? value : {})) {
        paths.push(...(Array.isArray(value) || mayGo([...path, key]) ? [] : [[...path, key]]));
        walk(inner, [...path, key]);
      }
    };
    walk(plan, []);
    expect(paths.length).toBeGreaterThan(250);
    const missed = paths.filter((path) => {
      const broken = structuredClone(plan);
      const holder = path.slice(0, -1).reduce<any>((value, key) => value[key], broken);
      delete holder[path.at(-1)!];
      return complaints(broken).length === 0;
    });
    expect(missed).toEqual([]);
  });

  test('describes the meaning of every field', () => {
    const silent: string[] = [];
    const walk = (schema: Schema, path: string) => {
      const meant = schema.$ref ? SCHEMA.$defs![schema.$ref.replace('#/$defs/', '')]! : schema;
      if ((schema.description ?? meant.description) === undefined) {
        silent.push(path);
      }
      Object.entries(schema.properties ?? {}).forEach(([name, inner]) => walk(inner, `${path}/${name}`));
    };
    [['', SCHEMA] as const, ...Object.entries(SCHEMA.$defs!)].forEach(([name, schema]) => walk(schema, name));
    expect(silent).toEqual([]);
  });

  test('is closed: no object accepts a field that the schema does not name', () => {
    const open: string[] = [];
    const walk = (schema: unknown, path: string) => {
      if (typeof schema === 'object' && schema !== null) {
        const { type, additionalProperties } = schema as Schema;
        if (type === 'object' && (additionalProperties === undefined || (additionalProperties as unknown) === true)) {
          open.push(path);
        }
        Object.entries(schema).forEach(([key, inner]) => walk(inner, `${path}/${key}`));
      }
    };
    walk(SCHEMA, '');
    expect(open).toEqual([]);
  });
});

describe('the order of keys', () => {
  /** The objects of a plan whose keys are in another order than in the schema. */
  function disordered(value: unknown, schema: Schema, path = ''): string[] {
    const meant = schema.$ref ? { ...SCHEMA.$defs![schema.$ref.replace('#/$defs/', '')]!, ...schema } : schema;
    if (Array.isArray(value)) {
      return value.flatMap((item, index) => disordered(item, meant.items!, `${path}/${index}`));
    }
    if (typeof value !== 'object' || value === null) {
      return [];
    }
    const expected = Object.keys(meant.properties ?? {}).filter((name) => name in value);
    const here = meant.additionalProperties === false && Object.keys(value).join() !== expected.join() ? [path || '/'] : [];
    const inner = Object.entries(value).flatMap(([key, item]) =>
      disordered(item, meant.properties?.[key] ?? (meant.additionalProperties as Schema), `${path}/${key}`),
    );
    return [...here, ...inner];
  }

  test.each(PLANS)('is the order of the schema, in %s', (_, plan) => {
    expect(disordered(plan(), SCHEMA)).toEqual([]);
  });

  test('does not depend on the order of declarations', () => {
    const text = (seed: number) => synthesize((app) => declareTwoPairs(app, seed, [10, 50, 100])).files['plan.json'];
    const expected = text(0);
    expect([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => text(seed) === expected)).toEqual(Array(8).fill(true));
  });

  test('is the order of the rollout, in maps by folder', () => {
    const { order, pairs, files } = written((app) => declareTwoPairs(app, 0, [10, 50, 100]));
    const back = [...new Set(Object.values(order.rollback).flat())].filter((folder) => folder.startsWith('rollback/'));
    pairs.forEach(({ states }) => expect(Object.keys(states)).toEqual([...order.advance, ...back]));
    expect(Object.keys(files)).toEqual(Object.keys(files).sort());
  });
});

describe('plans of other versions', () => {
  const first = readFileSync(join(__dirname, 'fixtures/plan-v1.json'), 'utf8');

  test('the library still reads the first version', () => {
    const plan = parsePlanFile(first)!;
    expect(plan.order.advance).toContain('stage-10-up');
    expect(plan.pairs.map(({ service, stable, canary }) => [service, stable.version, canary?.version])).toEqual([
      ['canary-svc', '1.0', '1.1'],
    ]);
    expect(Object.keys(plan.files)).toContain('stage-0/canary.k8s.yaml');
  });

  test('a synth continues from a plan of the first version', () => {
    const outdir = join(freshFolder(), 'dist');
    mkdirSync(outdir);
    writeFileSync(join(outdir, 'plan.json'), first);
    expect(synthesize(pair(), { outdir }).plan.version).toBe(PLAN_VERSION);
  });

  test('a synth refuses a newer version and leaves the output folder alone', () => {
    const newer = first.replace(`"version": ${PLAN_VERSION}`, `"version": ${PLAN_VERSION + 1}`);
    expect(newer).not.toBe(first);
    expect(parsePlanFile(newer)).toBeUndefined();
    const outdir = join(freshFolder(), 'dist');
    mkdirSync(outdir);
    writeFileSync(join(outdir, 'plan.json'), newer);
    expect(() => synthesize(pair(), { outdir })).toThrow('which is not a plan that this version of cdk8s-canary can read');
    expect(readTree(outdir)).toEqual({ 'plan.json': newer });
  });

  test.each(['', 'null', '[]', '{}', '1', '{"version":1}', '{"version":"1","files":{},"pairs":[]}', first.slice(0, -9)])(
    'a text that is not a plan is refused: %.40s',
    (text) => {
      expect(parsePlanFile(text)).toBeUndefined();
    },
  );
});

test.each(['dist', 'dist/istio'])('the plan in %s has the digest of every file', (folder) => {
  const { plan, files } = new Output(join(PROJECT, folder));
  const own = Object.entries(files).filter(([path]) => path !== 'plan.json' && (folder !== 'dist' || !path.startsWith('istio/')));
  const digests = own.map(([path, text]) => [path, `sha256:${createHash('sha256').update(text).digest('hex')}`]);
  expect(plan.files).toEqual(Object.fromEntries(digests));
});
