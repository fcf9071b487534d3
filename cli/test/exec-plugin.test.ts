import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExecPlugin, environmentFor, pluginOf, runPlugin } from '../src/cluster/exec-plugin';

const V1 = 'client.authentication.k8s.io/v1';
const CLUSTER = { name: 'c', server: 'https://c.example:6443', skipTLSVerify: false };
const LOGIN: ExecPlugin = { apiVersion: V1, command: 'login' };

const told = (plugin: ExecPlugin, cluster: Parameters<typeof environmentFor>[1] = CLUSTER, config?: unknown): unknown =>
  JSON.parse(environmentFor(plugin, cluster, config)['KUBERNETES_EXEC_INFO']!);

test('the plugin gets the supported version of the credentials and interactive: false', () => {
  expect(told(LOGIN)).toEqual({ apiVersion: V1, kind: 'ExecCredential', spec: { interactive: false } });
});

test('the plugin gets the cluster and its settings for plugins if it sets provideClusterInfo', () => {
  const folder = mkdtempSync(join(tmpdir(), 'canary-plugin-'));
  writeFileSync(join(folder, 'ca.pem'), 'the authority');
  const caFile = join(folder, 'ca.pem');
  const wants: ExecPlugin = { ...LOGIN, provideClusterInfo: true };
  expect(told(wants, { ...CLUSTER, caFile, tlsServerName: 'other', proxyUrl: 'http://proxy' }, { audience: 'prod' })).toMatchObject({
    spec: {
      cluster: {
        server: CLUSTER.server,
        'tls-server-name': 'other',
        'certificate-authority-data': Buffer.from('the authority').toString('base64'),
        'proxy-url': 'http://proxy',
        config: { audience: 'prod' },
      },
    },
  });
  expect(told(wants, { ...CLUSTER, skipTLSVerify: true, caData: 'QQ==' })).toMatchObject({
    spec: { cluster: { 'insecure-skip-tls-verify': true, 'certificate-authority-data': 'QQ==' } },
  });
});

test('the plugin gets our environment and its own, and cannot replace KUBERNETES_EXEC_INFO', () => {
  const env = [
    { name: 'GREETING', value: 'hello' },
    { name: 'KUBERNETES_EXEC_INFO', value: 'mine' },
  ];
  expect(environmentFor({ ...LOGIN, env }, CLUSTER, undefined, { HOME: '/home/me', GREETING: 'bye' })).toEqual({
    HOME: '/home/me',
    GREETING: 'hello',
    KUBERNETES_EXEC_INFO: expect.stringContaining('ExecCredential') as string,
  });
});

test.each<[string, ExecPlugin, string]>([
  [
    'always needs a terminal',
    { ...LOGIN, interactiveMode: 'Always' },
    'kubeconfig: the exec plugin "login" needs a terminal (interactiveMode: Always), and kubectl-canary gives it none',
  ],
  ['has no command', { apiVersion: V1 }, 'kubeconfig: an exec plugin has no command'],
  [
    'has an unknown version',
    { command: 'login', apiVersion: 'client.authentication.k8s.io/v1alpha1' },
    'kubeconfig: the exec plugin "login" has apiVersion "client.authentication.k8s.io/v1alpha1"; must be client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1',
  ],
])('the command refuses a plugin that %s', (_, plugin, message) => {
  expect(() => environmentFor(plugin, CLUSTER)).toThrow(message);
});

test('a user with credentials of their own needs no plugin, as in kubectl', () => {
  expect(pluginOf({ name: 'u', exec: LOGIN })).toEqual(LOGIN);
  expect(pluginOf({ name: 'u', exec: LOGIN, token: 't' })).toBeUndefined();
  expect(pluginOf({ name: 'u', exec: LOGIN, certFile: '/c.pem' })).toBeUndefined();
  expect(pluginOf({ name: 'u', exec: null })).toBeUndefined();
});

describe('runPlugin', () => {
  const lines: string[] = [];
  const run = (script: string, timeout = 60_000, more: Partial<ExecPlugin> = {}) =>
    runPlugin({ apiVersion: V1, command: 'sh', args: ['-c', script], ...more }, process.env, timeout, (line) => lines.push(line));
  const credential = (status: object, apiVersion = V1) => `echo '${JSON.stringify({ apiVersion, kind: 'ExecCredential', status })}'`;

  test('returns the credentials, and passes on what the plugin writes to standard error', async () => {
    const expirationTimestamp = '2030-01-01T00:00:00Z';
    expect(await run(`echo 'open http://log.in' >&2; ${credential({ token: 't', expirationTimestamp })}`)).toEqual({
      token: 't',
      certificate: undefined,
      key: undefined,
      expires: Date.parse(expirationTimestamp),
    });
    expect(lines).toEqual(['open http://log.in']);
    expect(await run(credential({ clientCertificateData: 'c', clientKeyData: 'k' }))).toMatchObject({ certificate: 'c', key: 'k' });
  });

  test.each<[string, string, string]>([
    ['fails', 'exit 3', 'the exec plugin "sh" failed with exit code 3'],
    ['prints no JSON', 'echo hello', 'the exec plugin "sh" printed no JSON'],
    [
      'answers in another version',
      credential({ token: 't' }, 'client.authentication.k8s.io/v1beta1'),
      `the exec plugin "sh" returned ExecCredential of client.authentication.k8s.io/v1beta1; must be ExecCredential of ${V1}`,
    ],
    ['returns nothing', credential({}), 'the exec plugin "sh" returned neither a token nor a certificate'],
    [
      'returns half a certificate',
      credential({ clientKeyData: 'k' }),
      'the exec plugin "sh" returned only a certificate or only a key; must be both',
    ],
  ])('refuses a plugin that %s', async (_, script, message) => {
    await expect(run(script)).rejects.toThrow(message);
  });

  test('gives the install hint of a plugin that is not there', async () => {
    const missing = run('', 60_000, { command: 'no-such-plugin', installHint: 'see http://in.stall' });
    await expect(missing).rejects.toThrow('the exec plugin "no-such-plugin" was not found: see http://in.stall');
  });

  test('ends a plugin that hangs, also if a process that it started keeps its output open', async () => {
    await expect(run('sleep 5 & wait', 1)).rejects.toThrow('the exec plugin "sh" did not end within 0.001 s');
  });

  test('gives the plugin no input to wait for', async () => {
    expect(await run(`read line || ${credential({ token: 'end of input' })}`)).toMatchObject({ token: 'end of input' });
  });
});
