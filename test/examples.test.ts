import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { shapeOf, weights } from './gateway/support';
import { Output } from './support/apps';
import { freshFolder } from './support/fresh-folder';

// The examples, each synthesized as its README says: all in one process, and into folders of their own.

const EXAMPLES = join(__dirname, '..', 'examples');
const MOST_LINES = 40;

const names = readdirSync(EXAMPLES, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

/** Runs the app of an example; its output, and what it printed. */
function run(name: string): { readonly output: Output; readonly printed: string } {
  const outdir = join(freshFolder(), 'dist');
  const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const before = process.env.CDK8S_OUTDIR;
  process.env.CDK8S_OUTDIR = outdir;
  try {
    jest.requireActual(join(EXAMPLES, name, 'main.ts'));
    return { output: new Output(outdir), printed: stderr.mock.calls.map(([text]) => String(text)).join('') };
  } finally {
    stderr.mockRestore();
    if (before === undefined) {
      delete process.env.CDK8S_OUTDIR;
    } else {
      process.env.CDK8S_OUTDIR = before;
    }
  }
}

const outputs = new Map(names.map((name) => [name, run(name)]));
const of = (name: string) => outputs.get(name)!.output;

/** The numbers of pods in a folder, stable:canary. */
const split = (name: string, folder: string) =>
  of(name)
    .objects(folder)
    .flatMap(({ kind, spec }) => (kind === 'Deployment' && spec.replicas !== undefined ? [spec.replicas] : []))
    .join(':');

test.each(names)('%s: synthesizes without a warning, and its README is short', (name) => {
  const { output, printed } = outputs.get(name)!;
  expect(output.plan.findings.filter(({ level }) => level !== 'info')).toEqual([]);
  expect(printed).not.toContain('warning');
  expect(output.folders().sort()).toMatchSnapshot();
  const readme = readFileSync(join(EXAMPLES, name, 'README.md'), 'utf8');
  expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(MOST_LINES);
  expect(readme).toContain(`cd examples/${name}\nnode --require tsx/cjs main.ts`);
});

test('the list of examples names them all', () => {
  const list = readFileSync(join(EXAMPLES, 'README.md'), 'utf8');
  names.forEach((name) => expect(list).toContain(`[${name}](${name}/)`));
});

/** What the READMEs promise. */
describe('the README of', () => {
  test('web-app: 4:1 pods at 20 %, restricted, and an Ingress in every folder', () => {
    expect(split('web-app', 'stage-20')).toBe('4:1');
    of('web-app')
      .folders()
      .forEach((folder) => expect(of('web-app').object(folder, 'Ingress').spec.rules[0].http.paths[0].backend.service.name).toBe('web'));
    expect(of('web-app').plan.findings).toEqual([]);
  });

  test('grpc-istio: 1 % of the requests with three stable pods and one canary pod, and testers before others', () => {
    const { spec } = of('grpc-istio').object('stage-1', 'VirtualService');
    expect(split('grpc-istio', 'stage-1')).toBe('3:1');
    expect(spec.http[0].match[0].headers).toEqual({ 'x-tester': { exact: 'true' } });
    expect(spec.http.at(-1).route.map(({ weight }: any) => weight)).toEqual([99, 1]);
    expect(of('grpc-istio').object('stage-1', 'Service').spec.ports[0]).toMatchObject({ appProtocol: 'grpc' });
    expect(of('grpc-istio').folders()).toContain('stage-1-up');
  });

  test('gateway: a Service for each Deployment, one shape of the route in every folder, and testers last', () => {
    const routes = of('gateway')
      .folders()
      .map((folder) => of('gateway').object(folder, 'HTTPRoute'));
    expect(new Set(routes.map(shapeOf).map((shape) => JSON.stringify(shape))).size).toBe(1);
    expect(weights(of('gateway'), 'stage-1')).toEqual([
      'pods-of-shop-a: 99, pods-of-shop-b: 1',
      'payments: undefined',
      'pods-of-shop-a: 0, pods-of-shop-b: 100',
    ]);
    expect(split('gateway', 'stage-1')).toBe('3:1');
  });

  test('worker: six pods at every stage, no Service, and a proxy that starts first', () => {
    expect(['stage-17', 'stage-50', 'stage-100'].map((folder) => split('worker', folder))).toEqual(['5:1', '3:3', '0:6']);
    expect(of('worker').plan.pairs[0]).toMatchObject({ hasService: false });
    const pod = of('worker').object('stage-17', 'Deployment', 'mailer-b').spec.template.spec;
    expect(pod.initContainers[0]).toMatchObject({ restartPolicy: 'Always', startupProbe: { tcpSocket: { port: 5432 } } });
  });

  test('java-service: 9:1 pods at 10 %, and a canary that counts after 20 s', () => {
    expect(split('java-service', 'stage-10')).toBe('9:1');
    expect(of('java-service').object('stage-10', 'Deployment', 'orders-b').spec.minReadySeconds).toBe(20);
  });

  test('existing-chart: the chart in every folder, and its running Deployment with the selector that it has', () => {
    for (const folder of of('existing-chart').folders()) {
      expect(of('existing-chart').object(folder, 'Service', 'frontend').spec.ports[0].targetPort).toBe(8080);
      expect(of('existing-chart').object(folder, 'Deployment', 'redis-leader')).toBeDefined();
    }
    expect(of('existing-chart').object('stage-0', 'Deployment', 'frontend').spec.selector.matchLabels).toEqual({
      app: 'guestbook',
      tier: 'frontend',
    });
  });

  test('versioned-config: files of each version and one locale for both, the same objects in every folder, and no value of a Secret', () => {
    const maps = (folder: string) =>
      of('versioned-config')
        .objects(folder)
        .filter(({ kind }) => kind === 'ConfigMap');
    const [first, ...others] = of('versioned-config').folders().map(maps);
    expect(first!.map(({ data }) => Object.keys(data as object))).toEqual([['LOCALE'], ['default.conf'], ['default.conf']]);
    others.forEach((objects) => expect(objects).toEqual(first));
    const { stable, canary } = of('versioned-config').plan.pairs[0]!;
    expect([stable.configs!.length, canary!.configs!.length]).toEqual([2, 2]);
    expect(stable.configs!.filter((name) => canary!.configs!.includes(name))).toEqual([first![0]!.metadata.name]);
    expect(of('versioned-config').plan.findings).toEqual([]);
  });

  test('several-services: four Services with one selector, the same in every folder', () => {
    const services = (folder: string) =>
      of('several-services')
        .objects(folder)
        .filter(({ kind }) => kind === 'Service');
    const all = of('several-services').folders().map(services);
    expect(all[0]!.map(({ metadata }) => metadata.name)).toEqual(['search', 'search-metrics', 'search-peers', 'search-public']);
    expect(new Set(all.map((list) => JSON.stringify(list))).size).toBe(1);
    expect(new Set(all[0]!.map(({ spec }) => JSON.stringify(spec.selector))).size).toBe(1);
  });
});
