import * as fs from 'node:fs';
import * as path from 'node:path';
import { ApiObject, Chart, Lazy } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { CanaryApp, CanaryPair, IstioVirtualService, StableTrack, Stages } from '../../lib';
import {
  OLD,
  ROOT,
  type RefusedInput,
  type Sentence,
  VALID,
  accepted,
  app,
  at,
  expectRefusal,
  props,
  refusal,
  refused,
  refusedInputsIn,
  snapshot,
  validPair,
} from '../support/refused';

/** An object that the user adds beside a valid pair. */
function object(what: string, manifest: any, ...sentences: Sentence[]): RefusedInput {
  const declare = (given: CanaryApp) => {
    new ApiObject(Chart.of(validPair(given)), 'own', manifest);
  };
  return { what, declare, sentences: sentences.map(at('shop/own')) };
}

const OBJECTS: RefusedInput[] = [
  app(
    'two objects with the same name',
    (given) => {
      const chart = Chart.of(validPair(given));
      ['a', 'b'].forEach((id) => new kplus.ConfigMap(chart, id, { metadata: { name: 'settings' } }));
    },
    '[shop/b/Resource] ConfigMap settings: got the same name as shop/a/Resource; must be unique in the namespace, because the object that is applied last would overwrite the other; try another name',
  ),
  app(
    "an object with the name of a pair's Service",
    (given) => {
      new kplus.Service(Chart.of(validPair(given)), 'b', { metadata: { name: 'shop' }, ports: [{ port: 1 }] });
    },
    '[shop/web/service/Resource] Service shop: got the same name as shop/b/Resource; must be unique in the namespace, because the object that is applied last would overwrite the other; try another name',
  ),
  object(
    'an object of the user with an invalid name',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'My_Map' } },
    'ConfigMap My_Map, metadata.name: got "My_Map"; must be lower-case letters, digits, "-" and ".", at most 253 of them',
  ),
  object(
    'an object of the user in a namespace with an invalid name',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map', namespace: 'a.b' } },
    'ConfigMap map, metadata.namespace: got "a.b"; must be lower-case letters, digits and "-", at most 63 of them',
  ),
  object(
    'NaN as a number',
    { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'thing' }, spec: { size: NaN } },
    'Thing thing, spec.size: got NaN; must be a finite number between -1e21 and 1e21',
  ),
  object(
    'an infinite number',
    { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'thing' }, spec: { size: -Infinity } },
    'Thing thing, spec.size: got -Infinity; must be a finite number between -1e21 and 1e21',
  ),
  object(
    'a number that JSON writes with an exponent',
    { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'thing' }, spec: { size: 1e21 } },
    'Thing thing, spec.size: got 1e+21; must be a finite number between -1e21 and 1e21',
  ),
  object(
    'a bigint',
    { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'thing' }, spec: { size: 10n } },
    'Thing thing, spec.size: got 10n; must be plain JSON data',
  ),
  object(
    'a date',
    { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'thing' }, spec: { at: new Date(0) } },
    "Thing thing: rendering failed with \"can't render non-simple object of type 'Date'\"; use plain data as values and patch only fields that exist; set values that depend on the stage (replicas, route) by the properties of the pair",
  ),
  object(
    'a function',
    { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'thing' }, spec: { at: () => 1 } },
    'Thing thing, spec.at: got a function; must be plain JSON data',
  ),
  object(
    'a lone surrogate in a key',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'thing' }, data: { '\udc00': 'x' } },
    'ConfigMap thing, data: got "\\udc00"; must be text without NUL characters or lone surrogates, which YAML cannot represent',
  ),
  object(
    "a label of the user's own object that is a number",
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'thing', labels: { tier: 1 } } },
    'ConfigMap thing, metadata.labels["tier"]: got 1; must be a string',
  ),
  object(
    'an invalid label key',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'thing', labels: { 'a b': 'x' } } },
    'ConfigMap thing, metadata.labels["a b"]: got "x"; must have a valid label key',
  ),
  object(
    'a Deployment with an empty selector',
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'thing' },
      spec: { selector: {}, template: { spec: { containers: [{ name: 'a', image: 'a:1' }] } } },
    },
    'Deployment thing, spec.selector: got {}; must not be empty',
  ),
  object(
    'a Deployment whose selector does not match its pod template',
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'thing' },
      spec: {
        selector: { matchLabels: { app: 'a' } },
        template: { metadata: { labels: { app: 'b' } }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
      },
    },
    'Deployment thing, spec.selector.matchLabels["app"]: got "a"; must equal the pod template\'s label, which is "b"',
  ),
  app(
    'a lazy value whose producer throws',
    (given) => {
      new ApiObject(Chart.of(validPair(given)), 'own', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'own' },
        data: Lazy.any({
          produce: () => {
            throw new Error('the file is not there');
          },
        }),
      });
    },
    '[shop/own] ConfigMap own: rendering failed with "the file is not there"; use plain data as values and patch only fields that exist; set values that depend on the stage (replicas, route) by the properties of the pair',
  ),
];

function hpaOf(scaleTargetRef: object) {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'hpa' },
    spec: { maxReplicas: 9, scaleTargetRef },
  };
}

const AUTOSCALERS: RefusedInput[] = [
  app(
    'an autoscaler that scales the canary',
    (given) => {
      const { canary } = validPair(given);
      new kplus.HorizontalPodAutoscaler(canary!, 'hpa', {
        target: canary!.deployment,
        maxReplicas: 9,
        metrics: [kplus.Metric.resourceCpu(kplus.MetricTarget.averageUtilization(50))],
      });
    },
    '[shop/web] HorizontalPodAutoscaler shop-web-canary-hpa-c8067e57 scales shop-green, but the plan sets its replicas at every stage; remove it and set autoscaling of the pair, with the same metrics',
  ),
  app(
    'an autoscaler that scales stable, without a router',
    (given) => {
      const web = validPair(given);
      new ApiObject(Chart.of(web), 'hpa', {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'hpa' },
        spec: { maxReplicas: 9, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop-blue' } },
      });
    },
    '[shop/web] HorizontalPodAutoscaler hpa scales shop-blue, but the plan sets its replicas at every stage; remove it and set autoscaling of the pair, with the same metrics',
  ),
];

for (const [what, scaler] of [
  ['a List', { apiVersion: 'v1', kind: 'List', items: [hpaOf({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop-blue' })] }],
  ['the old API version', { ...hpaOf({ kind: 'Deployment', name: 'shop-blue' }), apiVersion: 'autoscaling/v1' }],
  [
    "another vendor's kind",
    { ...hpaOf({ kind: 'Deployment', name: 'shop-blue' }), apiVersion: 'datadoghq.com/v1alpha1', kind: 'WatermarkPodAutoscaler' },
  ],
] as const) {
  AUTOSCALERS.push(
    app(
      `an autoscaler of stable behind a router, by ${what}`,
      (given) => {
        const web = validPair(given);
        new IstioVirtualService(Chart.of(web), 'route', { pair: web });
        new ApiObject(Chart.of(web), 'scaler', scaler);
      },
      `[shop/web] ${what.startsWith('another') ? 'WatermarkPodAutoscaler' : 'HorizontalPodAutoscaler'} hpa scales shop-blue, but the plan sets its replicas at every stage; remove it and set autoscaling of the pair, with the same metrics`,
    ),
  );
}

refused([...OBJECTS, ...AUTOSCALERS]);

accepted([
  {
    what: '40 pairs with the same names in two namespaces',
    declare: (app) => {
      const shop = new Chart(app, 'shop');
      ['a', 'b'].forEach((id) => new CanaryPair(shop, id, props({ namespace: id })));
    },
  },
]);

describe('the library refuses invalid input, with one sentence for each error, and writes nothing', () => {
  test('all files together declare at least 90 cases, each with a unique name', () => {
    const inputs = refusedInputsIn(__dirname);
    expect(inputs.length).toBeGreaterThanOrEqual(90);
    expect(new Set(inputs.map(({ what }) => what)).size).toBe(inputs.length);
  });

  test('the valid app is accepted, so each case is refused because of its change', () => {
    const app = new CanaryApp({ outdir: path.join(ROOT, 'valid'), quiet: true });
    validPair(app);
    expect(() => app.synth()).not.toThrow();
  });
});

test('the synth reports all errors of an app at once, each with its path', () => {
  const declare = (app: CanaryApp) => {
    const shop = new Chart(app, 'shop');
    const bank = new Chart(app, 'bank');
    new CanaryPair(shop, 'web', props({ baseline: 0, canary: { version: 1.1 } }));
    new CanaryPair(shop, 'api', props({ stages: Stages.percent(50, 10, 100) }));
    const routed = new CanaryPair(bank, 'teller', props({ service: { type: 'Loadbalancer' } }));
    new IstioVirtualService(bank, 'route', { pair: routed, hosts: [] });
    new StableTrack(bank, 'alone', { ...VALID.canary, replicas: 0 });
  };
  expectRefusal(declare, [
    '[shop/web] baseline: got 0; must be an integer from 1 to 150000; try 3',
    '[shop/web] canary.version: got 1.1; must be a string; try "1.1"',
    '[shop/api] stages[1].weight: got "10%"; must be at least the weight of the stage before (50%); try the stages in ascending order',
    '[bank/teller] service.type: got "Loadbalancer"; must be one of ClusterIP, NodePort, LoadBalancer; try LoadBalancer',
    '[bank/route] hosts: got []; must have at least one host; try to leave hosts out (the default is the name of the Service)',
    '[bank/alone] replicas: got 0; must be an integer from 1 to 150000',
  ]);
});

test('the synth also reports at once all errors that only the rendered objects show', () => {
  const declare = (app: CanaryApp) => {
    const shop = new Chart(app, 'shop');
    ['web', 'api'].forEach((id) => new CanaryPair(shop, id, props({ namespace: id, canary: { image: VALID.pod.image } })));
    new ApiObject(shop, 'own', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'My_Map' } });
  };
  expectRefusal(declare, [
    '[shop/own] ConfigMap My_Map, metadata.name: got "My_Map"; must be lower-case letters, digits, "-" and ".", at most 253 of them',
    ...['api', 'web'].map(
      (id) =>
        `[shop/${id}] shop-blue and shop-green run the same pods, so there is nothing to roll out; give the canary another image or other settings`,
    ),
  ]);
});

test('the synth refuses pairs of one app with different stages', () => {
  const declare = (app: CanaryApp) => {
    const shop = new Chart(app, 'shop');
    new CanaryPair(shop, 'a', props({ namespace: 'a' }));
    new CanaryPair(shop, 'b', props({ namespace: 'b', stages: Stages.percent(50, 100) }));
  };
  expectRefusal(declare, [
    '[shop/b] stages: got stage-50 (50 %), stage-100 (100 %); must be the same as for the other pairs of the app, stage-10 (10 %), stage-25 (25 %), stage-50 (50 %), stage-100 (100 %) in shop/a; try another CanaryApp with its own folder',
  ]);
});

describe('13 14 the synth refuses as the output folder', () => {
  const attempt = (outdir: string) => refusal(outdir, (app) => void validPair(app));

  test('13 the root', () => {
    expect(attempt('/')).toEqual(['outdir: got "/"; must be a folder of its own, not the root or the working directory; try "dist"']);
  });

  test('13 the working directory, given as an empty string', () => {
    expect(attempt('')).toEqual(['outdir: got ""; must be a folder of its own, not the root or the working directory; try "dist"']);
  });

  test('13 a file', () => {
    const file = path.join(ROOT, 'file');
    fs.writeFileSync(file, 'mine');
    expect(attempt(file)).toEqual([`outdir: got ${JSON.stringify(file)}, which is a file; must be a folder; try "dist"`]);
    expect(fs.readFileSync(file, 'utf8')).toBe('mine');
  });

  test("14 a folder with a user's file in the folder of a stage", () => {
    const dir = path.join(ROOT, 'foreign');
    fs.cpSync(OLD, dir, { recursive: true, preserveTimestamps: true });
    fs.writeFileSync(path.join(dir, 'stage-10', 'mine.yaml'), 'kind: Mine');
    const before = snapshot(dir);
    expect(attempt(dir)).toEqual([
      `outdir: got files that synth did not write: ${path.join(dir, 'stage-10', 'mine.yaml')}; must be moved or deleted, because kubectl applies every file in the folder of a stage; try to keep your own manifests in another folder`,
    ]);
    expect(snapshot(dir)).toEqual(before);
  });
});
