import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt, run, until } from '../../support/command';
import { buildGoModule } from '../../support/go-module';
import { NODE } from '../machine/network';
import { METRICS_SERVER } from '../machine/programs';
import { clusterInfo } from './cluster-info';
import { isFirst } from './is-first';

/** An unused port of the node. */
const PORT = 10251;

const NAMESPACE = 'kube-system';
const GROUP = { group: 'metrics.k8s.io', version: 'v1beta1' };
const ANYONE = 'metrics-server-anyone';
const API_SERVICE = `${GROUP.version}.${GROUP.group}`;

/** The objects by which the API server finds metrics-server: an APIService, and a Service whose only endpoint is a program on the node. */
const OBJECTS = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'metrics-server', namespace: NAMESPACE },
    spec: { ports: [{ name: 'https', port: 443, targetPort: PORT }] },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'metrics-server', namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': 'metrics-server' } },
    addressType: 'IPv4',
    ports: [{ name: 'https', port: PORT }],
    endpoints: [{ addresses: [NODE], conditions: { ready: true } }],
  },
  {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: API_SERVICE },
    spec: {
      ...GROUP,
      service: { name: 'metrics-server', namespace: NAMESPACE },
      insecureSkipTLSVerify: true,
      groupPriorityMinimum: 100,
      versionPriority: 100,
    },
  },
  // The API server checks the client's permissions and then forwards the request as the anonymous user.
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: ANYONE },
    rules: [{ apiGroups: [GROUP.group], resources: ['pods'], verbs: ['get', 'list'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: ANYONE },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: ANYONE },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:anonymous' }],
  },
];

/** Waits until no other test file uses the port and the API. Returns a function that gives both back. */
async function alone(): Promise<() => void> {
  const lock = join(clusterInfo.results, 'metrics-server.lock');
  await until('the metrics-server of another test to end', 600, () => isFirst(() => mkdirSync(lock)) || undefined);
  return () => rmSync(lock, { recursive: true });
}

/**
 * Starts a real metrics-server on the node, and waits until it has metrics of all pods of a namespace. metrics-server itself authorizes
 * every client, because in these tests the API server's check is enough and the metrics are not secret.
 *
 * @returns a function that stops it and deletes its API
 */
export async function startMetricsServer(namespace: string): Promise<() => Promise<void>> {
  // The program was built before the cluster started: nothing can be downloaded from inside the cluster's network.
  const { folder } = await buildGoModule(METRICS_SERVER, () => undefined);
  const release = await alone();
  const certificates = mkdtempSync(join(tmpdir(), 'canary-metrics-server-'));
  const kubeconfig = process.env['KUBECONFIG']!;
  const child = spawn(
    join(folder, 'metrics-server'),
    [
      ...['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'].map((name) => `--${name}=${kubeconfig}`),
      `--secure-port=${PORT}`,
      `--cert-dir=${certificates}`,
      '--kubelet-insecure-tls',
      '--kubelet-preferred-address-types=InternalIP',
      '--metric-resolution=10s',
      // Must be shorter than the resolution.
      '--kubelet-request-timeout=5s',
      '--authentication-skip-lookup',
      '--authorization-always-allow-paths=/*',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  let answered = 'nothing was asked';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)));
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  const failed = ended.then(() => Promise.reject(new Error('it ended')));
  failed.catch(() => undefined);
  const stop = async () => {
    child.kill();
    await ended;
    rmSync(certificates, { recursive: true });
    await attempt([clusterInfo.kubectl, 'delete', '--ignore-not-found', 'apiservice', API_SERVICE]);
    await attempt([clusterInfo.kubectl, 'delete', '--ignore-not-found', 'clusterrole,clusterrolebinding', ANYONE]);
    await attempt([
      clusterInfo.kubectl,
      'delete',
      '--ignore-not-found',
      '--namespace',
      NAMESPACE,
      'service,endpointslice',
      'metrics-server',
    ]);
    release();
  };
  try {
    const list = { apiVersion: 'v1', kind: 'List', items: OBJECTS };
    await run([clusterInfo.kubectl, 'apply', '--server-side', '-f', '-'], { input: JSON.stringify(list) });
    const count = async (path: string) => {
      const { status, stdout, stderr } = await attempt([clusterInfo.kubectl, 'get', '--raw', path]);
      answered = `${path}: ${status === 0 ? stdout : stderr}`;
      return status === 0 ? (JSON.parse(stdout) as { items: unknown[] }).items.length : 0;
    };
    const known = until('metrics of all pods', 90, async () => {
      const pods = await count(`/api/v1/namespaces/${namespace}/pods`);
      return (await count(`/apis/${GROUP.group}/${GROUP.version}/namespaces/${namespace}/pods`)) === pods || undefined;
    });
    await Promise.race([known, failed]);
  } catch (error) {
    await stop();
    throw new Error(`${(error as Error).message}; the last answer was ${answered}, and metrics-server had said: ${said}`, { cause: error });
  }
  return stop;
}
