import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Cluster, KubeConfig } from '@kubernetes/client-node';
import { readKubeconfig } from '../src/cluster/kubeconfig';

const folder = mkdtempSync(join(tmpdir(), 'canary-kubeconfig-'));
let files = 0;

function file(content: string | object): string {
  files += 1;
  const path = join(folder, `config-${files}`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const config = (name: string, server: string, more: object = {}) => ({
  'current-context': name,
  contexts: [{ name, context: { cluster: name, user: name } }],
  clusters: [{ name, cluster: { server, ...more } }],
  users: [{ name, user: { token: server } }],
});

const listed = (...paths: string[]) => readKubeconfig(undefined, { KUBECONFIG: paths.join(delimiter) }).config;

test.each([
  ['an empty file', ''],
  ['a comment', '# nothing yet\n'],
  ['an empty document', '---\n'],
])('%s counts as a kubeconfig without content, alone and before a good one', (_, content) => {
  expect(listed(file(content)).getContexts()).toEqual([]);
  const good = listed(file(content), file(config('good', 'https://good')));
  expect(good.getCurrentContext()).toBe('good');
  expect(good.getCurrentCluster()).toMatchObject({ server: 'https://good' });
});

test('KUBECONFIG may list files that do not exist and the same file twice; the first entry with a name counts', () => {
  const one = file(config('one', 'https://first'));
  const both = listed(join(folder, 'missing'), one, one, file({ ...config('one', 'https://second'), 'current-context': 'two' }));
  expect(both.getCurrentContext()).toBe('one');
  expect(both.getClusters().map(({ server }) => server)).toEqual(['https://first']);
});

test('files, and commands with a folder, are relative to the kubeconfig', () => {
  const inner = join(folder, 'inner');
  mkdirSync(inner);
  const path = join(inner, 'config');
  const command = './bin/login';
  const { clusters, ...rest } = config('c', 'https://c', { 'certificate-authority': 'ca.pem' });
  writeFileSync(path, JSON.stringify({ ...rest, clusters, users: [{ name: 'c', user: { exec: { command } } }] }));
  const read = readKubeconfig(path).config;
  expect(read.getCurrentCluster()).toMatchObject({ caFile: join(inner, 'ca.pem') });
  expect(read.getCurrentUser()).toMatchObject({ exec: { command: join(inner, 'bin/login') } });
});

/** A home directory with a kubeconfig. */
function home(content: object): string {
  const path = mkdtempSync(join(folder, 'home-'));
  mkdirSync(join(path, '.kube'));
  writeFileSync(join(path, '.kube', 'config'), JSON.stringify(content));
  return path;
}

describe('each way to a kubeconfig reads all of it', () => {
  const extensions = [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'prod' } }];
  const { users: _, ...rest } = config('c', 'https://c', { extensions, 'certificate-authority': 'ca.pem' });
  const content = { ...rest, users: [{ name: 'c', user: { exec: { command: './bin/login' } } }] };
  const HOME = home(content);

  test.each([
    ['--kubeconfig', () => readKubeconfig(file(content), {}), folder],
    ['KUBECONFIG', () => readKubeconfig(undefined, { KUBECONFIG: file(content) }), folder],
    ['KUBECONFIG before the home directory', () => readKubeconfig(undefined, { KUBECONFIG: file(content), HOME: home({}) }), folder],
    ['the home directory', () => readKubeconfig(undefined, { HOME }), join(HOME, '.kube')],
    ['the home directory, with an empty KUBECONFIG', () => readKubeconfig(undefined, { KUBECONFIG: '', HOME }), join(HOME, '.kube')],
  ])('%s: settings for exec plugins, and paths relative to the file', (_way, read, inFolder) => {
    const { config: found, pluginConfig } = read();
    expect(pluginConfig('c')).toEqual({ audience: 'prod' });
    expect(pluginConfig('other')).toBeUndefined();
    expect(found.getCurrentCluster()).toMatchObject({ caFile: join(inFolder, 'ca.pem') });
    expect(found.getCurrentUser()).toMatchObject({ exec: { command: join(inFolder, 'bin', 'login') } });
  });

  test('the service account of a pod has no exec plugin', () => {
    const load = jest.spyOn(KubeConfig.prototype, 'loadFromDefault').mockImplementation(function (this: KubeConfig) {
      this.loadFromClusterAndUser({ name: 'inCluster', server: 'https://c' } as Cluster, { name: 'inClusterUser' });
    });
    const { config: found, pluginConfig } = readKubeconfig(undefined, { HOME: join(folder, 'nobody') });
    expect(found.getCurrentCluster()).toMatchObject({ name: 'inCluster' });
    expect(pluginConfig('inCluster')).toBeUndefined();
    load.mockRestore();
  });

  test('a kubeconfig in the home directory that cannot be read is named', () => {
    const broken = home({});
    writeFileSync(join(broken, '.kube', 'config'), 'a: b: c');
    expect(() => readKubeconfig(undefined, { HOME: broken })).toThrow(/^kubeconfig \S+\.kube[\\/]config: \S.*$/);
  });
});

test.each<[string, () => unknown, RegExp]>([
  ['a list', () => readKubeconfig(file('[1]')), /^kubeconfig: got \[1\]; must be a map with clusters, users and contexts$/],
  ['text that is not YAML', () => listed(file('a: b: c')), /^kubeconfig \S+config-\d+: \S.*$/],
  ['a folder', () => readKubeconfig(folder), /^kubeconfig: EISDIR/],
  ['a file that does not exist', () => readKubeconfig('/nonexistent/config'), /^kubeconfig: ENOENT/],
  ['only files that do not exist', () => listed('/nonexistent/config'), /^KUBECONFIG: got "\/nonexistent\/config"; must list a file/],
])('%s is refused in one sentence', (_, read, message) => {
  expect(read).toThrow(message);
});
