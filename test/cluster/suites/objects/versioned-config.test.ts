import type { Chart } from 'cdk8s';
import { Env, EnvValue, Volume } from 'cdk8s-plus-27';
import { CanaryPair, type CanaryPairProps, VersionedConfig } from '../../../../lib';
import { PAIR_LABEL } from '../../../../lib/core/labels';
import { type Resource, merge, request } from '../../kit/api';
import type { CommandEnd } from '../../kit/command';
import { FAST, QUICK } from '../../kit/fast';
import { calls, requests } from '../../kit/faults';
import { Fixture } from '../../kit/fixture';
import { DEPLOYMENT, type Namespace } from '../../kit/namespace';
import { scenario } from '../../kit/scenario';
import { type Tree, synthesized } from '../../kit/trees';

// Versioned configuration: pods read that of their own version, a rollback brings the old one back, and a cleanup takes what nobody reads.

const NEEDS = { needs: ['images', 'audit'] } as const;

/** A track: its Deployment, its version, and a word of configuration that its pods read as variables and as a file. */
type Track = readonly [name: string, version: string, word: string];

function trackOf(chart: Chart, [name, version, word]: Track, service: string) {
  const data = { IMAGE_COLOR: word, DEMO_VERSION: `version of ${word}`, FILE: `file of ${word}\n` };
  const config = new VersionedConfig(chart, `settings-${name}`, { name: `${service}-settings`, data });
  const volume = Volume.fromConfigMap(chart, `volume-${name}`, config, { name: 'settings', items: { FILE: { path: 'app.conf' } } });
  return {
    name,
    version,
    envFrom: [Env.fromConfigMap(config)],
    env: {
      DEMO_VERSION: EnvValue.fromConfigMap(config, 'DEMO_VERSION'),
      DEMO_CONFIG_FILE: EnvValue.fromValue('/etc/demo/app.conf'),
      RELEASE: EnvValue.fromValue(version),
    },
    volumeMounts: [{ path: '/etc/demo/app.conf', subPath: 'app.conf', volume }],
  };
}

function release(stable: Track, canary: Track, service = 'shop'): Tree {
  return synthesized((chart) => {
    const props: Partial<CanaryPairProps> = { ...QUICK, service: { ...QUICK.service!, name: service } };
    new CanaryPair(chart, service, { ...props, stable: trackOf(chart, stable, service), canary: trackOf(chart, canary, service) });
  });
}

const FIRST = release(['shop-a', '1', 'yellow'], ['shop-b', '2', 'red']);
/** The release after the first one: its tracks have equal contents, which share one object. */
const NEXT = release(['shop-b', '2', 'red'], ['shop-a', '3', 'red']);
const [OLD, NEW] = [FIRST.pair.stable.configs![0]!, FIRST.pair.canary!.configs![0]!];

/** What the pods of a Deployment say that they have read, each word once. */
async function said(namespace: Namespace, deployment: string): Promise<string[]> {
  const pods = await namespace.list('v1', 'pods', `?labelSelector=${encodeURIComponent(`${DEPLOYMENT}=${deployment}`)}`);
  const running = pods.filter(({ metadata }) => !metadata.deletionTimestamp);
  const answers = await Promise.all(
    running.map(async ({ metadata }) => (await request('GET', `${namespace.path('v1', 'pods')}/${metadata.name}:80/proxy/`)).body),
  );
  return [...new Set(answers.map(({ color, version, config }) => `${color}, ${version}, ${String(config).trim()}`))];
}

const reads = (word: string) => [`${word}, version of ${word}, file of ${word}`];

/** The names of the ConfigMaps of a namespace, apart from the one with the cluster's certificate. */
const configs = async (namespace: Namespace) =>
  (await namespace.list('v1', 'configmaps')).map(({ metadata }) => metadata.name as string).filter((name) => name !== 'kube-root-ca.crt');

function ended({ status, stderr }: CommandEnd, wanted: number, says: RegExp = /(?:)/): void {
  expect({ status, stderr, isSaid: says.test(stderr) }).toEqual({ status: wanted, stderr, isSaid: true });
}

const sorted = (...names: string[]) => names.sort();

scenario(
  'pods read the configuration of their version at every stage, a rollback brings the old one back, and a cleanup takes what nobody reads',
  async (namespace) => {
    const fixture = await Fixture.open(namespace);
    await fixture.begin(FIRST);
    // Another pair with equal content, an object of a user with a similar name, and one that has our label but another content.
    const other = release(['cart-a', '1', 'yellow'], ['cart-b', '2', 'red'], 'cart');
    await namespace.apply(other.path('stage-0'));
    const foreign = (name: string, labels: object, more: object) =>
      namespace.applyText(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data: { A: 'b' }, ...more }));
    await foreign('shop-settings-0123456789', {}, { immutable: true });
    await foreign('shop-settings-of-a-user', { [PAIR_LABEL]: 'shop' }, {});
    await foreign('shop-settings-9876543210', { [PAIR_LABEL]: 'shop' }, { immutable: true });
    const others = ['shop-settings-0123456789', 'shop-settings-9876543210', 'shop-settings-of-a-user', ...otherConfigs(other)];
    const left = async (...ours: string[]) => expect(await configs(namespace)).toEqual(sorted(...ours, ...others));

    ended(await fixture.run(FIRST, ['run', ...FAST, '--until', 'stage-50']), 0);
    expect([await said(namespace, 'shop-a'), await said(namespace, 'shop-b')]).toEqual([reads('yellow'), reads('red')]);
    const { stdout } = await fixture.run(FIRST, ['status', '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ pairs: [{ configs: { stable: [OLD], canary: [NEW] } }], drift: [] });
    ended(await fixture.run(FIRST, ['cleanup', '--yes']), 3, /the rollout is not finished/);

    ended(await fixture.run(FIRST, ['rollback', '--settle', '0s']), 0);
    expect([await said(namespace, 'shop-a'), await said(namespace, 'shop-b')]).toEqual([reads('yellow'), []]);
    await left(OLD, NEW);
    // After the rollback, the canary and its configuration go, and what stable reads stays.
    ended(await fixture.run(FIRST, ['cleanup', '--yes']), 0, new RegExp(`deleted: Deployment/shop-b, ConfigMap/${NEW}\n`));
    await left(OLD);
    ended(await fixture.run(FIRST, ['status', '--check']), 0);

    ended(await fixture.run(FIRST, ['run', ...FAST]), 0);
    expect([await said(namespace, 'shop-a'), await said(namespace, 'shop-b')]).toEqual([[], reads('red')]);
    await left(OLD, NEW);
    // From promoted, stable starts new pods, which read what the old ones read.
    ended(await fixture.run(FIRST, ['rollback', '--settle', '0s']), 0);
    expect(await said(namespace, 'shop-a')).toEqual(reads('yellow'));
    ended(await fixture.run(FIRST, ['run', ...FAST]), 0);

    // The old version was never cleaned up when the next release begins.
    expect([NEXT.pair.stable.configs, NEXT.pair.canary!.configs]).toEqual([[NEW], [NEW]]);
    ended(await fixture.run(NEXT, ['run', ...FAST]), 0);
    expect(await said(namespace, 'shop-a')).toEqual(reads('red'));
    await left(OLD, NEW);
    ended(await fixture.run(NEXT, ['cleanup', '--dry-run', 'client']), 0, new RegExp(`ConfigMap/${OLD} +-`));
    await left(OLD, NEW);
    ended(await fixture.run(NEXT, ['cleanup', '--yes']), 0, new RegExp(`deleted: Deployment/shop-b, ConfigMap/${OLD}\n`));
    await left(NEW);
    ended(await fixture.run(NEXT, ['cleanup', '--yes']), 0, /there is nothing to delete/);
    expect([await said(namespace, 'cart-a'), await said(namespace, 'shop-a')]).toEqual([reads('yellow'), reads('red')]);
    expect(await fixture.beyond()).toEqual([]);
    await fixture.close();
  },
  NEEDS,
);

const otherConfigs = ({ pair }: Tree) => [...pair.stable.configs!, ...pair.canary!.configs!];

scenario(
  'by kubectl apply alone, folder by folder, and kubectl prunes by the label what the next release no longer has',
  async (namespace) => {
    const step = async (tree: Tree, folder: string, ...ready: string[]) => {
      await namespace.apply(tree.path(folder));
      await namespace.ready(...ready);
    };
    await step(FIRST, 'stage-0', 'shop-a');
    await step(FIRST, 'stage-50', 'shop-a', 'shop-b');
    expect([await said(namespace, 'shop-a'), await said(namespace, 'shop-b')]).toEqual([reads('yellow'), reads('red')]);
    const changed = await request(
      'PATCH',
      `${namespace.path('v1', 'configmaps')}/${OLD}`,
      JSON.stringify({ data: { IMAGE_COLOR: 'blue' } }),
      'application/merge-patch+json',
    );
    expect(changed).toMatchObject({ status: 422, body: { message: expect.stringContaining('immutable') as string } });
    await step(FIRST, 'stage-0', 'shop-a');
    expect(await said(namespace, 'shop-a')).toEqual(reads('yellow'));
    for (const folder of ['stage-50', 'stage-100', 'promoted']) {
      await step(FIRST, folder, 'shop-b');
    }
    expect(await said(namespace, 'shop-b')).toEqual(reads('red'));
    await namespace.kubectl('delete', '-f', FIRST.path('cleanup'));
    const next = release(['shop-b', '2', 'red'], ['shop-a', '3', 'green']);
    await step(next, 'stage-0', 'shop-b');
    const [newest] = next.pair.canary!.configs!;
    expect(await configs(namespace)).toEqual(sorted(OLD, NEW, newest!));
    const prune = ['--prune', '-l', `${PAIR_LABEL}=shop`, '--prune-allowlist=core/v1/ConfigMap'];
    await namespace.kubectl('apply', ...prune, '-f', next.path('stage-0'));
    expect(await configs(namespace)).toEqual(sorted(NEW, newest!));
    expect(await said(namespace, 'shop-b')).toEqual(reads('red'));
  },
  NEEDS,
);

scenario(
  'an object of the name with another content is refused before the first write, and one that another client writes is kept',
  async (namespace) => {
    const fixture = await Fixture.open(namespace);
    await fixture.empty();
    const taken = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: NEW }, immutable: true, data: { IMAGE_COLOR: 'green' } };
    await namespace.applyText(JSON.stringify(taken));
    ended(
      await fixture.run(FIRST, ['run', ...FAST, '--create']),
      5,
      new RegExp(`ConfigMap/${NEW} exists with another content than in stage-0; .*\n.*kubectl get`),
    );
    expect(await namespace.list('apps/v1', 'deployments')).toEqual([]);
    await namespace.kubectl('delete', 'configmap', NEW);

    ended(await fixture.run(FIRST, ['run', ...FAST, '--create']), 0);
    // Another client writes the object between the last look of the cleanup and its request.
    const path = `${namespace.path('v1', 'configmaps')}/${OLD}`;
    const isDeletion = requests('DELETE', new RegExp(`${OLD}$`));
    const planned = fixture.proxy.plan(
      isDeletion,
      calls('before', () => merge(path, { metadata: { labels: { mine: 'yes' } } })),
    );
    ended(await fixture.run(FIRST, ['cleanup', '--yes']), 0, new RegExp(`kept ConfigMap/${OLD}: another client wrote it`));
    expect(planned.met.length).toBe(1);
    expect(await configs(namespace)).toEqual(sorted(OLD, NEW));
    expect((await namespace.list('apps/v1', 'deployments')).map(({ metadata }: Resource) => metadata.name)).toEqual(['shop-b']);
    ended(await fixture.run(FIRST, ['cleanup', '--yes']), 0, new RegExp(`deleted: ConfigMap/${OLD}\n`));
    await fixture.close();
  },
  NEEDS,
);
