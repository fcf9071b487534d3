import * as fs from 'node:fs';
import * as path from 'node:path';
import { ApiObject, Chart, Duration, JsonPatch, YamlOutputType } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { loadAll } from 'js-yaml';
import { parseAllDocuments } from 'yaml';
import {
  CanaryApp,
  type CanaryAppProps,
  CanaryPair,
  IstioVirtualService,
  PodSecurity,
  PreStop,
  SessionAffinity,
  Stages,
  Weight,
} from '../lib';
import { freshFolder } from './support/fresh-folder';
import { once } from './support/once';

/**
 * The static hazards of generated manifests, S1 to S35 of the catalogue. Each is impossible, refused, or a choice that is recorded (a
 * finding, a property). The tests check the output, not how it is produced.
 */
const ROOT = freshFolder();
let apps = 0;

const SHOP = {
  baseline: 3,
  service: { name: 'shop', ports: [{ name: 'web', port: 80, targetPort: 8080 }] },
  pod: { image: 'registry.local/shop:1.0', ports: [{ number: 8080 }] },
  stable: { name: 'shop-blue', version: '1.0' },
  canary: { name: 'shop-green', version: '1.1', image: 'registry.local/shop:1.1' },
};
const MATCH = [{ headers: { 'user-group': { exact: 'beta-testers' } } }];

/** The example with some properties replaced; the properties of its parts are replaced one by one. */
function shop(change: any = {}): any {
  const merged: any = { ...SHOP, ...change };
  for (const part of ['service', 'pod', 'stable', 'canary'] as const) {
    merged[part] = { ...SHOP[part], ...change[part] };
  }
  return merged;
}

interface Output {
  readonly dir: string;
  readonly plan: any;
  /** The objects of each folder that can be applied. */
  readonly folders: Map<string, any[]>;
  /** The content of all files by their paths. */
  readonly files: Map<string, string>;
}

function synth(declare: (chart: Chart) => void, props: CanaryAppProps = {}): Output {
  const dir = path.join(ROOT, String(apps++));
  const app = new CanaryApp({ outdir: dir, quiet: true, ...props });
  declare(new Chart(app, 'shop'));
  app.synth();
  return read(dir);
}

function read(dir: string): Output {
  const plan = JSON.parse(fs.readFileSync(path.join(dir, 'plan.json'), 'utf8'));
  const names = fs.readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((file) => fs.statSync(path.join(dir, file)).isFile());
  const files = new Map(names.sort().map((file) => [file, fs.readFileSync(path.join(dir, file), 'utf8')]));
  const folders = new Map<string, any[]>();
  for (const [file, text] of files) {
    const folder = /^(stage-[^/]+|promoted|rollback\/[^/]+)\//.exec(file)?.[1];
    if (folder !== undefined) {
      folders.set(folder, [...(folders.get(folder) ?? []), ...loadAll(text)]);
    }
  }
  return { dir, plan, folders, files };
}

const writePods = (change: any) => synth((chart) => void new CanaryPair(chart, 'web', shop(change)));
const writeRoute = (change: any, route: any) =>
  synth((chart) => {
    new IstioVirtualService(chart, 'route', { pair: new CanaryPair(chart, 'web', shop(change)), ...route });
  });
/** Many tests check the same output, so it is written once. */
const plainPods = once(() => writePods({}));
const plainRoute = once(() => writeRoute({}, { match: MATCH }));
const byPods = (change?: any) => (change === undefined ? plainPods() : writePods(change));
const byRoute = (change?: any, route?: any) =>
  change === undefined && route === undefined ? plainRoute() : writeRoute(change ?? {}, route ?? { match: MATCH });

const ofKind = (objects: any[], kind: string): any[] => objects.filter((object) => object.kind === kind);
const codes = ({ plan }: Output, level?: string): string[] =>
  plan.findings.filter((finding: any) => level === undefined || finding.level === level).map((finding: any) => finding.code);
const isSubset = (part: Record<string, string>, whole: Record<string, string>) =>
  Object.entries(part).every(([key, value]) => whole[key] === value);
const everyFolder = (output: Output, check: (objects: any[], folder: string) => void) => {
  expect(output.folders.size).toBeGreaterThan(5);
  output.folders.forEach((objects, folder) => check(objects, folder));
};
/** The destinations of a folder's routes, rule by rule. */
const routes = (objects: any[]): any[][] =>
  ofKind(objects, 'VirtualService').flatMap(({ spec }) => spec.http.map(({ route }: any) => route));

describe('Istio', () => {
  test('S1 subset names are DNS labels, and the synth refuses two versions with one subset name', () => {
    everyFolder(byRoute(), (objects) => {
      const names = ofKind(objects, 'DestinationRule')[0].spec.subsets.map(({ name }: any) => name);
      expect(names).toEqual(['v1-0', 'v1-1']);
    });
    expect(() => byRoute({ canary: { version: '1-0' } })).toThrow('must map to another Istio subset than stable');
    expect(() => byRoute({ canary: { subsetName: 'v1.1' } })).toThrow('canary.subsetName: got "v1.1"');
    expect(() => byRoute({ canary: { version: '1'.repeat(63) } })).toThrow('must map to an Istio subset name');
  });

  test('S2 every destination is a host and a subset that the same folder defines', () => {
    everyFolder(byRoute(), (objects) => {
      const services = ofKind(objects, 'Service').map(({ metadata }) => metadata.name);
      const [rule] = ofKind(objects, 'DestinationRule');
      expect(services).toContain(rule.spec.host);
      for (const { destination } of routes(objects).flat()) {
        expect(destination.host).toBe(rule.spec.host);
        expect(rule.spec.subsets.map(({ name }: any) => name)).toContain(destination.subset);
      }
    });
  });

  test.each([
    ['the tutorial', {}],
    ['one pod', { baseline: 1 }],
  ])('S3 every routed subset has pods: %s', (_, change) => {
    byRoute(change).folders.forEach((objects) => {
      const pods = ofKind(objects, 'Deployment').filter(({ spec }) => spec.replicas > 0);
      const [rule] = ofKind(objects, 'DestinationRule');
      for (const { destination } of routes(objects).flat()) {
        const { labels } = rule.spec.subsets.find(({ name }: any) => name === destination.subset);
        expect(Object.keys(labels).length).toBeGreaterThan(0);
        expect(pods.some(({ spec }) => isSubset(labels, spec.template.metadata.labels))).toBe(true);
      }
    });
  });

  test('S3 the synth refuses a manual split that removes stable pods at 100 %, before the route has left them', () => {
    expect(() => byRoute({ stages: [{ weight: Weight.percent(100), split: { stable: 0, canary: 3 } }] })).toThrow(
      'stage-100: 0:3 leaves stable with fewer pods than the baseline of 3, so a rollback would have to start pods before it moves the route; give stable 3 pods',
    );
  });

  test.each([
    ['whole percents', Stages.percent(1, 10, 33, 99, 100), [100]],
    ['a fraction of a percent', Stages.percent(12.5, 100), [100, 1000]],
    ['a third', [{ weight: Weight.ratio(1, 3) }, { weight: Weight.percent(100) }], [3, 100]],
  ])('S4 the weights of a rule are positive integers with the expected sum: %s', (_, stages, sums) => {
    const found = new Set<number>();
    byRoute({ stages }).folders.forEach((objects) => {
      for (const route of routes(objects)) {
        const weights = route.map(({ weight }: any) => weight);
        expect(weights.every((weight: number) => Number.isInteger(weight) && weight > 0)).toBe(true);
        found.add(weights.reduce((sum: number, weight: number) => sum + weight, 0));
      }
    });
    expect([...found].sort((a, b) => a - b)).toEqual(sums);
  });

  test('S5 match rules come first, the last rule takes all other requests, and the synth refuses two VirtualServices for one host', () => {
    everyFolder(byRoute(), (objects) => {
      const { http } = ofKind(objects, 'VirtualService')[0].spec;
      expect(http.map(({ match }: any) => match !== undefined)).toEqual([true, false]);
    });
    expect(() =>
      synth((chart) => {
        new IstioVirtualService(chart, 'route', { pair: new CanaryPair(chart, 'web', shop()) });
        new ApiObject(chart, 'own', {
          apiVersion: 'networking.istio.io/v1',
          kind: 'VirtualService',
          metadata: { name: 'own' },
          spec: { hosts: ['shop'] },
        });
      }),
    ).toThrow('which shop/own routes too; must be routed by only one VirtualService');
  });

  test('S6 the ports of a routed Service have the appProtocol http, or the value that the user sets', () => {
    const protocols = (output: Output) => [
      ...new Set([...output.folders.values()].map((objects) => ofKind(objects, 'Service')[0].spec.ports[0].appProtocol)),
    ];
    expect(protocols(byRoute())).toEqual(['http']);
    expect(protocols(byRoute({ service: { appProtocol: 'grpc' } }))).toEqual(['grpc']);
    expect(protocols(byPods())).toEqual([undefined]);
  });

  test('S7 the synth reports a load balancer that bypasses the route, unless the route has a gateway', () => {
    const outside = { service: { type: kplus.ServiceType.LOAD_BALANCER } };
    expect(codes(byRoute(outside), 'warning')).toContain('load-balancer-bypasses-route');
    expect(codes(byRoute(outside, { gateways: ['mesh', 'istio-system/public'] }))).not.toContain('load-balancer-bypasses-route');
    expect(codes(byRoute())).not.toContain('load-balancer-bypasses-route');
    expect(codes(byPods(outside))).not.toContain('load-balancer-bypasses-route');
  });
});

describe('values', () => {
  test.each([
    ['a version', { canary: { version: 1.0 } }, 'canary.version: got 1; must be a string'],
    ['a label', { canary: { podLabels: { tier: 1 } } }, 'canary.podLabels["tier"]: got 1; must be a string'],
    ['a variable', { canary: { env: { A: kplus.EnvValue.fromValue(true as any) } } }, 'canary.env["A"]: got true; must be a string'],
  ])('S8 the synth refuses %s that is not a string', (_, change, says) => {
    expect(() => byPods(change)).toThrow(says);
  });

  test('S9 YAML parsers read strings that look like other types back as strings', () => {
    const hard = [
      '1.0',
      'on',
      'yes',
      'n',
      '1e3',
      '0o14',
      '0X1F',
      '0B1',
      '5e8_',
      '014',
      '1:30',
      '1_000',
      '2026-01-01',
      '~',
      'null',
      '',
      '<<',
    ];
    const podAnnotations = Object.fromEntries(hard.map((text, index) => [`text-${index}`, text]));
    const env = Object.fromEntries(hard.map((text, index) => [`TEXT_${index}`, kplus.EnvValue.fromValue(text)]));
    const content = byPods({ canary: { podAnnotations, env } }).files.get('stage-10/shop.k8s.yaml')!;
    hard.forEach((text, index) => expect(content).toContain(`\n        text-${index}: ${JSON.stringify(text)}\n`));
    for (const version of ['1.1', '1.2'] as const) {
      const objects = parseAllDocuments(content, { version }).map((document) => document.toJS());
      const { metadata, spec } = ofKind(objects, 'Deployment')[1].spec.template;
      expect(metadata.annotations).toEqual(podAnnotations);
      expect(spec.containers[0].env.map(({ value }: any) => value)).toEqual(hard);
    }
  });

  test.each([NaN, Infinity, 1e21, 10n, new Date(0), Symbol('x'), () => 1])('S10 the synth refuses %p in a spec', (value) => {
    expect(() =>
      synth((chart) => {
        new CanaryPair(chart, 'web', shop());
        new ApiObject(chart, 'own', { apiVersion: 'example.com/v1', kind: 'Thing', spec: { value } });
      }),
    ).toThrow(/\[shop\/own\] Thing shop-own-\w+(, spec.value: got .*; must |: rendering failed with )/);
  });

  test('S10 the synth writes a negative zero as 0', () => {
    const { files } = synth((chart) => {
      new CanaryPair(chart, 'web', shop());
      new ApiObject(chart, 'own', { apiVersion: 'example.com/v1', kind: 'Thing', spec: { value: -0 } });
    });
    expect(files.get('stage-10/shop.k8s.yaml')).toContain('\n  value: 0\n');
  });
});

describe('names', () => {
  test.each([
    ['the name Bad_Name', { stable: { name: 'Bad_Name' } }],
    ['a name of 300 characters', { service: { name: 'a'.repeat(300) } }],
    ['an empty name', { stable: { name: '' } }],
    ['a Service name that begins with a digit', { service: { name: '1shop' } }],
  ])('S11 the synth refuses %s', (_, change) => {
    expect(() => byPods(change)).toThrow(/(stable|service)\.name: got ".*; must /);
  });

  test('S12 construct ids do not change the names of a pair, and the synth checks the names that cdk8s derives from ids', () => {
    const names = (id: string) => {
      const { folders } = synth((chart) => void new CanaryPair(chart, id, shop()));
      return folders.get('stage-10')!.map(({ metadata }) => metadata.name);
    };
    expect(names('My_App')).toEqual(names('가'));
    expect(() => synth((chart) => void new kplus.ConfigMap(chart, 'x_'))).toThrow('must be lower-case letters, digits, "-" and "."');
    const hashless = () => {
      const app = new CanaryApp({ outdir: path.join(ROOT, 'hashless'), quiet: true });
      const chart = new Chart(app, 'shop', { disableResourceNameHashes: true });
      ['가', '나'].forEach((id) => new kplus.ConfigMap(chart, id));
      app.synth();
    };
    expect(hashless).toThrow('must be unique in the namespace');
  });

  test("S13 a Deployment's name leaves room for its pods' names", () => {
    const longest = 'a'.repeat(46);
    expect(`${longest}-${'0'.repeat(10)}-${'0'.repeat(5)}`.length).toBeLessThanOrEqual(63);
    expect(() => byPods({ canary: { name: longest } })).not.toThrow();
    expect(() => byPods({ canary: { name: `${longest}a` } })).toThrow('at most 46 of them');
  });

  test('S14 the synth refuses two objects with the same name and names both paths', () => {
    const twice = (chart: Chart) => ['a', 'b'].forEach((id) => new kplus.ConfigMap(chart, id, { metadata: { name: 'settings' } }));
    expect(() => synth(twice)).toThrow('[shop/b/Resource] ConfigMap settings: got the same name as shop/a/Resource');
  });
});

describe('files', () => {
  test.each([YamlOutputType.FILE_PER_RESOURCE, YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE])(
    'S15 with the output type %s each object has a file of its own',
    (yamlOutputType) => {
      const { folders, files } = synth(
        (chart) => {
          new CanaryPair(chart, 'web', shop());
          ['a', 'b', 'c'].forEach((id) => new kplus.ConfigMap(chart, id, { metadata: { name: 'settings', namespace: `${id}-space` } }));
        },
        { yamlOutputType },
      );
      folders.forEach((objects, folder) => {
        expect([...files.keys()].filter((file) => file.startsWith(`${folder}/`))).toHaveLength(objects.length);
        expect(objects).toHaveLength(6);
      });
    },
  );

  test('S16 the synth removes the files of a stage that is no longer in the plan, and a synth that fails changes no files', () => {
    const outdir = path.join(ROOT, 'before');
    const write = (stages: any, canary = {}) => {
      // Each app of a process needs its own output folder, so each synth runs in a renamed folder, which is then renamed back.
      const moved = path.join(ROOT, `moved-${apps++}`);
      if (fs.existsSync(outdir)) {
        fs.renameSync(outdir, moved);
      }
      try {
        const app = new CanaryApp({ outdir: moved, quiet: true });
        new CanaryPair(new Chart(app, 'shop'), 'web', shop({ stages, canary }));
        app.synth();
      } finally {
        fs.renameSync(moved, outdir);
      }
    };
    write(Stages.percent(10, 25, 100));
    expect(fs.existsSync(path.join(outdir, 'stage-25'))).toBe(true);
    write(Stages.percent(10, 100));
    expect(fs.existsSync(path.join(outdir, 'stage-25'))).toBe(false);
    const before = [...read(outdir).files];
    expect(() => write(Stages.percent(50, 100), { image: 'not an image' })).toThrow('nothing was written');
    expect([...read(outdir).files]).toEqual(before);
  });

  test('S17 a folder to apply contains only manifests', () => {
    const { files } = synth((chart) => void new CanaryPair(chart, 'web', shop()), { recordConstructMetadata: true });
    expect([...files.keys()].filter((file) => !file.endsWith('.k8s.yaml'))).toEqual(['construct-metadata.json', 'plan.json']);
    expect([...files.keys()].filter((file) => file.endsWith('.json') && file.includes('/'))).toEqual([]);
  });

  test('S18 objects that others depend on come first in a file, and the plan gives the order of the folders', () => {
    const { folders, plan } = synth((chart) => {
      const web = new CanaryPair(chart, 'web', shop({ namespace: 'shop' }));
      new IstioVirtualService(chart, 'route', { pair: web });
      new kplus.ConfigMap(chart, 'settings', { metadata: { namespace: 'shop' } });
      new kplus.Namespace(chart, 'namespace', { metadata: { name: 'shop' } });
    });
    const order = ['Namespace', 'ConfigMap', 'Service', 'Deployment', 'Deployment', 'DestinationRule', 'VirtualService'];
    folders.forEach((objects) => expect(objects.map(({ kind }) => kind)).toEqual(order));
    const stages = plan.order.advance.filter((folder: string) => /^stage-\d+$/.test(folder));
    expect(stages).toEqual(['stage-0', 'stage-10', 'stage-25', 'stage-50', 'stage-100']);
  });

  test('S19 two synths are equal byte by byte in any order of declarations', () => {
    const parts: ((chart: Chart) => void)[] = [
      (chart) => void new CanaryPair(chart, 'web', shop()),
      (chart) => void new kplus.ConfigMap(chart, 'b', { data: { z: '1', a: '2' } }),
      (chart) => void new kplus.ConfigMap(chart, 'a', { metadata: { labels: { z: '1', a: '2' } } }),
    ];
    const one = synth((chart) => parts.forEach((part) => part(chart)));
    const other = synth((chart) => [...parts].reverse().forEach((part) => part(chart)));
    expect([...other.files]).toEqual([...one.files]);
  });
});

describe('selectors', () => {
  test('S20 each selector is a subset of its pods’ labels, and no selector is empty', () => {
    everyFolder(byPods(), (objects) => {
      for (const { spec } of ofKind(objects, 'Deployment')) {
        expect(Object.keys(spec.selector.matchLabels).length).toBeGreaterThan(0);
        expect(isSubset(spec.selector.matchLabels, spec.template.metadata.labels)).toBe(true);
        expect(isSubset(ofKind(objects, 'Service')[0].spec.selector, spec.template.metadata.labels)).toBe(true);
      }
    });
    expect(() => byPods({ selectorLabels: {} })).toThrow('selectorLabels: got {}; must not be empty');
  });

  test('S21 no selector matches the other track, unless the user accepts the finding with a reason', () => {
    everyFolder(byPods(), (objects) => {
      const [stable, canary] = ofKind(objects, 'Deployment');
      expect(isSubset(stable.spec.selector.matchLabels, canary.spec.template.metadata.labels)).toBe(false);
      expect(isSubset(canary.spec.selector.matchLabels, stable.spec.template.metadata.labels)).toBe(false);
    });
    const shared = { stable: { selector: { app: 'shop' } } };
    expect(() => byPods(shared)).toThrow('the selector of shop-blue also matches the pods of shop-green');
    const accepted = byPods({ ...shared, accept: { 'shared-selector': 'it runs like this' } });
    expect(accepted.plan.findings).toContainEqual(
      expect.objectContaining({
        code: 'shared-selector',
        level: 'info',
        message: expect.stringContaining('(accepted: it runs like this)'),
      }),
    );
  });

  test('S22 selectors are the same in every folder, and none contains a version or a role', () => {
    const seen = new Map<string, Set<string>>();
    everyFolder(byRoute(), (objects) => {
      for (const { kind, metadata, spec } of [...ofKind(objects, 'Deployment'), ...ofKind(objects, 'Service')]) {
        const selector = spec.selector.matchLabels ?? spec.selector;
        expect(Object.keys(selector)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(version|track)$/)]));
        seen.set(`${kind}/${metadata.name}`, (seen.get(`${kind}/${metadata.name}`) ?? new Set()).add(JSON.stringify(selector)));
      }
    });
    expect([...seen].map(([name, selectors]) => [name, selectors.size])).toEqual([
      ['Deployment/shop-blue', 1],
      ['Deployment/shop-green', 1],
      ['Service/shop', 1],
    ]);
  });
});

describe('replicas', () => {
  const withAutoscaler = (track: 'stable' | 'canary', routed: boolean) =>
    synth((chart) => {
      const web = new CanaryPair(chart, 'web', shop());
      if (routed) {
        new IstioVirtualService(chart, 'route', { pair: web });
      }
      // The autoscaler is in a chart of its own, so in another file; that must make no difference.
      new kplus.HorizontalPodAutoscaler(new Chart(chart.node.root, 'scaling'), 'hpa', {
        target: web[track]!.deployment,
        maxReplicas: 9,
        metrics: [kplus.Metric.resourceCpu(kplus.MetricTarget.averageUtilization(50))],
      });
    });

  test.each([
    ['stable', false, 'shop-blue'],
    ['stable', true, 'shop-blue'],
    ['canary', false, 'shop-green'],
    ['canary', true, 'shop-green'],
  ] as const)('S23 the synth refuses an autoscaler of a track: %s, with a router: %s', (track, routed, name) => {
    expect(() => withAutoscaler(track, routed)).toThrow(`scales ${name}, but the plan sets its replicas at every stage`);
  });

  test('S24 the replicas of a Deployment are set in every folder', () => {
    for (const output of [byPods(), byRoute()]) {
      for (const name of ['shop-blue', 'shop-green']) {
        const stands = [...output.folders.values()].map(
          (objects) => 'replicas' in objects.find(({ metadata }) => metadata.name === name).spec,
        );
        expect(stands).not.toContain(false);
      }
    }
  });

  test('S25 the synth reports a weight that pods cannot realize, with the achieved share', () => {
    const { plan } = byPods({ stages: Stages.percent(1, 100) });
    expect(plan.pairs[0].stages[0]).toMatchObject({ asked: '1/100', achieved: '1/30', stable: 29, canary: 1 });
    expect(plan.findings).toContainEqual(
      expect.objectContaining({
        code: 'share-off',
        level: 'warning',
        message: expect.stringContaining('stage-1: 29:1 achieves 3.33 % instead of 1 %'),
      }),
    );
  });
});

describe('pods', () => {
  const main = (output: Output, index = 0) => ofKind(output.folders.get('stage-10')!, 'Deployment')[index].spec.template.spec.containers[0];

  test('S26 a pod with a port has a readiness probe; the synth reports a pod without one', () => {
    expect(main(byPods()).readinessProbe).toMatchObject({ tcpSocket: { port: 8080 } });
    expect(codes(byPods())).not.toContain('no-readiness-probe');
    expect(codes(byPods({ pod: { ports: undefined } }), 'warning')).toContain('no-readiness-probe');
  });

  test('S27 pods request resources and have a topology spread by default', () => {
    everyFolder(byPods(), (objects) => {
      for (const { metadata, spec } of ofKind(objects, 'Deployment')) {
        const pod = spec.template.spec;
        expect(pod.containers[0].resources.requests).toEqual({ cpu: '100m', memory: '128Mi' });
        expect(pod.topologySpreadConstraints[0]).toMatchObject({
          labelSelector: { matchLabels: { 'cdk8s-canary/deployment': metadata.name } },
          whenUnsatisfiable: 'ScheduleAnyway',
        });
      }
    });
  });

  const disruptionBudget = { minAvailable: 3, selector: { matchLabels: { app: 'shop' } } };
  const withBudget = (spec: object) =>
    synth((chart) => {
      new CanaryPair(chart, 'web', shop());
      new ApiObject(chart, 'budget', { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'shop' }, spec });
    });

  test('S28 the library emits no PodDisruptionBudget, and passes a user’s through unchanged', () => {
    everyFolder(byPods(), (objects) => expect(ofKind(objects, 'PodDisruptionBudget')).toEqual([]));
    everyFolder(withBudget(disruptionBudget), (objects) => {
      expect(ofKind(objects, 'PodDisruptionBudget').map(({ spec }) => spec)).toEqual([disruptionBudget]);
    });
  });

  test('S29 the library neither adds nor removes unhealthyPodEvictionPolicy', () => {
    const spec = { ...disruptionBudget, unhealthyPodEvictionPolicy: 'AlwaysAllow' };
    everyFolder(withBudget(spec), (objects) => expect(ofKind(objects, 'PodDisruptionBudget')[0].spec).toEqual(spec));
  });

  test('S30 pods sleep before they stop; the synth refuses a grace period that is too short and reports a pod without a sleep', () => {
    expect(main(byPods()).lifecycle).toEqual({ preStop: { sleep: { seconds: 10 } } });
    expect(ofKind(byPods().folders.get('stage-10')!, 'Deployment')[0].spec.template.spec.terminationGracePeriodSeconds).toBe(40);
    expect(() => byPods({ pod: { terminationGracePeriod: Duration.seconds(10) } })).toThrow('must be longer than the preStop sleep of 10s');
    expect(codes(byPods({ pod: { preStop: PreStop.none() } }), 'warning')).toContain('no-pre-stop');
  });

  test('S31 the synth refuses a Deployment that could never make progress', () => {
    expect(() => byPods({ canary: { minReady: Duration.minutes(10) } })).toThrow(
      'canary.minReady: got 600s; must be shorter than progressDeadline',
    );
    expect(() =>
      synth((chart) => {
        const web = new CanaryPair(chart, 'web', shop());
        ApiObject.of(web.stable).addJsonPatch(JsonPatch.replace('/spec/strategy/rollingUpdate/maxSurge', 0));
      }),
    ).toThrow('must not be 0 for both');
    everyFolder(byPods(), (objects) => {
      const strategies = ofKind(objects, 'Deployment').map(({ spec }) => spec.strategy.rollingUpdate);
      expect(strategies).toEqual([1, 1].map((maxSurge) => ({ maxSurge, maxUnavailable: 0 })));
    });
  });

  test.each(['shop', 'shop:latest', 'localhost:5000/shop'])('S32 the synth reports an image whose content can change, %s', (image) => {
    expect(codes(byPods({ canary: { image } }), 'warning')).toContain('latest-tag');
  });

  test('S32 the synth accepts a tag or a digest, refuses equal pods and reports the pull policy Always', () => {
    expect(codes(byPods({ canary: { image: `shop@sha256:${'a'.repeat(64)}` } }))).not.toContain('latest-tag');
    expect(codes(byPods())).not.toContain('latest-tag');
    expect(() => byPods({ canary: { image: SHOP.pod.image } })).toThrow('run the same pods, so there is nothing to roll out');
    expect(codes(byPods({ pod: { imagePullPolicy: kplus.ImagePullPolicy.ALWAYS } }))).toContain('always-pull-rollback');
  });

  test('S33 the synth writes a Secret as a reference, and a plain value into the manifests but never into plan.json', () => {
    const output = synth((chart) => {
      const secret = kplus.Secret.fromSecretName(chart, 'secret', 'shop-secret');
      const env = { TOKEN: kplus.EnvValue.fromSecretValue({ secret, key: 'token' }), OPEN: kplus.EnvValue.fromValue('plain-as-day') };
      new CanaryPair(chart, 'web', shop({ pod: { env } }));
    });
    expect(main(output).env).toEqual([
      { name: 'TOKEN', valueFrom: { secretKeyRef: { key: 'token', name: 'shop-secret' } } },
      { name: 'OPEN', value: 'plain-as-day' },
    ]);
    expect(output.files.get('stage-10/shop.k8s.yaml')).toContain('plain-as-day');
    expect(output.files.get('plan.json')).not.toContain('plain-as-day');
  });

  test('S34 pods follow the restricted Pod Security Standard by default; the synth reports security that is left to the image', () => {
    const pods = ofKind(byPods().folders.get('stage-10')!, 'Deployment').map(({ spec }) => spec.template.spec);
    for (const { containers, securityContext, automountServiceAccountToken } of pods) {
      expect(securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(containers[0].securityContext).toEqual({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true,
      });
      expect(automountServiceAccountToken).toBe(false);
    }
    const asImage = byPods({ pod: { security: PodSecurity.IMAGE } });
    expect(main(asImage)).not.toHaveProperty('securityContext');
    expect(codes(asImage, 'info')).toContain('not-restricted');
    const onPort80 = { securityContext: { capabilities: { add: [kplus.Capability.NET_BIND_SERVICE] } } };
    expect(main(byPods({ pod: onPort80 })).securityContext.capabilities).toEqual({ add: ['NET_BIND_SERVICE'], drop: ['ALL'] });
  });
});

describe('the Service', () => {
  const patched = (routed: boolean, ...patches: JsonPatch[]) =>
    synth((chart) => {
      const web = new CanaryPair(chart, 'web', shop());
      ApiObject.of(web.service).addJsonPatch(...patches);
      if (routed) {
        new IstioVirtualService(chart, 'route', { pair: web });
      }
    });

  test.each([
    ['externalTrafficPolicy', 'Local'],
    ['internalTrafficPolicy', 'Local'],
    ['trafficDistribution', 'PreferClose'],
    ['sessionAffinity', 'ClientIP'],
  ])('S35 the synth reports %s: %s, because shares would differ from the pods’ shares', (field, value) => {
    const patch = JsonPatch.add(`/spec/${field}`, value);
    expect(codes(patched(false, patch), 'warning')).toContain('sticky-service');
    expect(codes(patched(true, patch))).not.toContain('sticky-service');
  });

  test('S35 the synth also reports the property sessionAffinity, but no Service without it', () => {
    expect(codes(byPods({ service: { sessionAffinity: SessionAffinity.CLIENT_IP } }), 'warning')).toContain('sticky-service');
    expect(codes(byPods())).not.toContain('sticky-service');
  });
});

test('every hazard of the catalogue has a test here', () => {
  const source = fs.readFileSync(__filename, 'utf8');
  const named = new Set([...source.matchAll(/['"]S(\d+) /g)].map(([, number]) => Number(number)));
  expect([...named].sort((a, b) => a - b)).toEqual(Array.from({ length: 35 }, (_, index) => index + 1));
});
