import { Chart, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { type CanaryApp, type PodOptions, StableTrack, Stages } from '../lib';
import { expectRefusal, validPair } from './support/refused';

// Objects of another copy of cdk8s-plus-27 work; those of another version are refused by a sentence that names the package to install.

const RTTI = Symbol.for('jsii.rtti');

/** A second copy of cdk8s-plus, whose classes say that they are of this version. */
function copyOf(version: number): typeof kplus {
  let copy: typeof kplus | undefined;
  jest.isolateModules(() => (copy = jest.requireActual('cdk8s-plus-27')));
  for (const type of Object.values(copy!) as unknown[]) {
    if (typeof type === 'function' && Object.hasOwn(type, RTTI)) {
      const name = (type as unknown as Record<symbol, { fqn: string }>)[RTTI]!.fqn.replace(/^cdk8s-plus-\d+/, `cdk8s-plus-${version}`);
      Object.defineProperty(type, RTTI, { value: { fqn: name, version: '2.0.0' } });
    }
  }
  return copy!;
}

const own = Number(/plus-(\d+)/.exec((kplus.EnvValue as unknown as Record<symbol, { fqn: string }>)[RTTI]!.fqn)![1]);
const packageFor = (version: number) => (version === 27 ? 'cdk8s-canary' : `cdk8s-canary-${version}`);
const other = own === 32 ? 30 : 32;

/** A pair whose pod options are made in its chart. */
const declare = (pod: (chart: Chart) => PodOptions) => (app: CanaryApp) =>
  void validPair(app, { pod: { image: 'shop:1.0', ...pod(new Chart(app, 'objects')) } });

const sentence = (property: string, type: string, from = other) =>
  `${property}: got ${type} of cdk8s-plus-${from}; must be of cdk8s-plus-${own}, for which ${packageFor(own)} is built; ` +
  `install ${packageFor(from)} and import that instead`;

/** Every kind of object in pod options, made with one copy of cdk8s-plus. */
const pods = (plus: typeof kplus): Record<string, (chart: Chart) => PodOptions> => ({
  'pod.env["A"]: an EnvValue': () => ({ env: { A: plus.EnvValue.fromValue('1'), B: plus.EnvValue.fromValue('2') } }),
  'pod.envFrom[0]: an EnvFrom': (chart) => ({
    envFrom: [plus.Env.fromConfigMap(plus.ConfigMap.fromConfigMapName(chart, 'config', 'config'))],
  }),
  'pod.readiness: a Probe': () => ({ readiness: plus.Probe.fromTcpSocket({ port: 8080 }) }),
  'pod.resources.cpu.request: a Cpu': () => ({ resources: { cpu: { request: plus.Cpu.millis(200) } } }),
  'pod.volumes[0]: a Volume': (chart) => ({ volumes: [plus.Volume.fromEmptyDir(chart, 'tmp', 'tmp')] }),
  'pod.volumeMounts[0].volume: a Volume': (chart) => ({
    volumeMounts: [{ path: '/tmp', volume: plus.Volume.fromEmptyDir(chart, 'tmp', 'tmp') }],
  }),
  'pod.sidecars[0].envVariables["A"]: an EnvValue': () => ({
    sidecars: [{ name: 'proxy', image: 'proxy:1', envVariables: { A: plus.EnvValue.fromValue('1') } }],
  }),
  'pod.initContainers[0].envFrom[0]: an EnvFrom': (chart) => ({
    initContainers: [
      { name: 'init', image: 'init:1', envFrom: [plus.Env.fromSecret(plus.Secret.fromSecretName(chart, 'secret', 'secret'))] },
    ],
  }),
});

describe('an object of another version of cdk8s-plus', () => {
  const plus = copyOf(other);

  test.each(Object.entries(pods(plus)))('%s', (what, pod) => {
    const [property, type] = what.split(': ') as [string, string];
    expectRefusal(declare(pod), [`[shop/web] ${sentence(property, type)}`]);
  });

  test('many of them are one sentence', () => {
    const all = (chart: Chart) => ({
      env: { A: plus.EnvValue.fromValue('1') },
      readiness: plus.Probe.fromTcpSocket({ port: 8080 }),
      volumes: [plus.Volume.fromEmptyDir(chart, 'tmp', 'tmp')],
    });
    expectRefusal(declare(all), [`[shop/web] ${sentence('pod.env["A"]', 'an EnvValue')}`]);
  });

  test('a strategy', () => {
    const chart = Testing.chart();
    new StableTrack(chart, 'shop', { name: 'shop', version: '1', image: 'shop:1', strategy: plus.DeploymentStrategy.recreate() });
    expect(() => Testing.synth(chart)).toThrow(sentence('strategy', 'a DeploymentStrategy'));
  });

  test('a container that is added later', () => {
    const chart = Testing.chart();
    const track = new StableTrack(chart, 'shop', { name: 'shop', version: '1', image: 'shop:1' });
    const container = { name: 'proxy', image: 'proxy:1', envVariables: { A: plus.EnvValue.fromValue('1') } };
    expect(() => track.deployment.addContainer(container)).toThrow(sentence('addContainer: envVariables["A"]', 'an EnvValue'));
    expect(() => track.deployment.addInitContainer(container)).toThrow(sentence('addInitContainer: envVariables["A"]', 'an EnvValue'));
    expect(() => track.deployment.addVolume(plus.Volume.fromEmptyDir(chart, 'tmp', 'tmp'))).toThrow(sentence('addVolume', 'a Volume'));
  });

  test('a version without a package of this library', () => {
    const env = { A: copyOf(26).EnvValue.fromValue('1') };
    expectRefusal(
      declare(() => ({ env })),
      [
        `[shop/web] pod.env["A"]: got an EnvValue of cdk8s-plus-26; must be of cdk8s-plus-${own}, for which ${packageFor(own)} is built; ` +
          `install cdk8s-plus-${own} and import that instead`,
      ],
    );
  });
});

describe('an object of another copy of the same version is as one of the same copy', () => {
  const rendered = (plus: typeof kplus, pod: string) => {
    const app = Testing.app() as CanaryApp;
    Stages.select(app, 'stage-0');
    const tree = new Chart(app, 'objects');
    return Testing.synth(Chart.of(validPair(app, { pod: { image: 'shop:1.0', ...pods(plus)[pod]!(tree) } }))) as unknown;
  };
  const copy = copyOf(own);

  test.each(Object.keys(pods(kplus)))('%s', (pod) => {
    expect(rendered(copy, pod)).toEqual(rendered(kplus, pod));
  });
});
