import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExecPlugin, informed } from '../src/cluster/exec-plugin';

const V1 = 'client.authentication.k8s.io/v1';
const CLUSTER = { name: 'c', server: 'https://c.example:6443', skipTLSVerify: false };

const told = (plugin: ExecPlugin, cluster: Parameters<typeof informed>[1] = CLUSTER): unknown =>
  JSON.parse(informed(plugin, cluster).env!.find(({ name }) => name === 'KUBERNETES_EXEC_INFO')!.value);

test('the plugin gets the supported version of the credentials and interactive: false', () => {
  expect(told({ apiVersion: V1, command: 'login' })).toEqual({ apiVersion: V1, kind: 'ExecCredential', spec: { interactive: false } });
});

test('the plugin gets the cluster if it sets provideClusterInfo', () => {
  const folder = mkdtempSync(join(tmpdir(), 'canary-plugin-'));
  writeFileSync(join(folder, 'ca.pem'), 'the authority');
  const caFile = join(folder, 'ca.pem');
  const wants: ExecPlugin = { apiVersion: V1, command: 'login', provideClusterInfo: true };
  expect(told(wants, { ...CLUSTER, caFile, tlsServerName: 'other', proxyUrl: 'http://proxy' })).toMatchObject({
    spec: {
      cluster: {
        server: CLUSTER.server,
        'tls-server-name': 'other',
        'certificate-authority-data': Buffer.from('the authority').toString('base64'),
        'proxy-url': 'http://proxy',
      },
    },
  });
  expect(told(wants, { ...CLUSTER, skipTLSVerify: true, caData: 'QQ==' })).toMatchObject({
    spec: { cluster: { 'insecure-skip-tls-verify': true, 'certificate-authority-data': 'QQ==' } },
  });
});

test('the plugin keeps its own environment, and informing it again changes nothing', () => {
  const once = informed({ command: 'login', env: [{ name: 'GREETING', value: 'hello' }] }, CLUSTER);
  expect(once.env.map(({ name }) => name)).toEqual(['GREETING', 'KUBERNETES_EXEC_INFO']);
  expect(informed(once, CLUSTER)).toEqual(once);
});

test('the command refuses a plugin that always needs a terminal, and does not wait for it', () => {
  expect(() => informed({ command: 'login', interactiveMode: 'Always' }, CLUSTER)).toThrow(
    'kubeconfig: the exec plugin "login" needs a terminal (interactiveMode: Always), and kubectl-canary gives it none',
  );
});
