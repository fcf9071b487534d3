import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Children, FIRST } from './children';
import { run, until } from '../../support/command';
import { NODE, PODS, SERVICES } from './network';
import type { Programs } from './programs';

const API = `https://${NODE}:6443`;
const STORE = 'http://127.0.0.1:2379';

/** The users of the API server, with their groups. Kubernetes has default permissions for these names. */
const USERS: Readonly<Record<string, readonly string[]>> = {
  admin: ['system:masters'],
  'system:kube-controller-manager': [],
  'system:kube-scheduler': [],
  'system:kube-proxy': [],
  'system:node:node': ['system:nodes'],
};

/** The path of the API server's audit log. */
export const auditLog = (logs: string) => join(logs, 'audit.jsonl');

/**
 * Logs all requests of the users that the tests create, and the writes of the tests themselves. The requests of the cluster's own
 * components and the reads of the tests are left out, because they would bury the rest.
 */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', users: [...Object.keys(USERS).filter((user) => user !== 'admin'), 'system:apiserver'] },
    { level: 'None', userGroups: ['system:serviceaccounts:kube-system'] },
    { level: 'None', users: ['admin'], verbs: ['get', 'list', 'watch'] },
    { level: 'None', users: ['admin'], namespaces: ['istio-system'] },
    { level: 'Metadata' },
  ],
};

/** An admission policy by which the API server changes the objects that it receives. */
function mutation(name: string, resources: string, condition: string, patches: string): object[] {
  const head = { apiVersion: 'admissionregistration.k8s.io/v1beta1', metadata: { name } };
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: [resources] };
  const spec = {
    matchConstraints: { resourceRules: [rule] },
    matchConditions: [{ name, expression: condition }],
    reinvocationPolicy: 'Never',
    mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: `[${patches}]` } }],
  };
  return [
    { ...head, kind: 'MutatingAdmissionPolicy', spec },
    { ...head, kind: 'MutatingAdmissionPolicyBinding', spec: { policyName: name } },
  ];
}

const replaced = (path: string, value: string) => `JSONPatch{op: 'replace', path: '${path}', value: '${value}'}`;

/**
 * Several rollouts run at a time on a node that may have two processors. Such a node has room for only 20 pods that request a tenth of a
 * processor, so the first policy sets its capacity to 200 processors. The second policy makes pods request a whole processor, which the
 * kernel uses as their weight: pods with a lower weight may wait for seconds when the machine is busy. The policies change nodes and pods
 * only; Deployments stay as they are applied.
 */
const ROOM = [
  ...mutation('room', 'nodes/status', 'true', [replaced('/status/capacity/cpu', '200'), replaced('/status/allocatable/cpu', '200')].join()),
  ...mutation(
    'weight',
    'pods',
    "object.spec.containers[0].?resources.?requests[?'cpu'].orValue('') in ['100m', '10m']",
    replaced('/spec/containers/0/resources/requests/cpu', '1'),
  ),
];

/** Starts the control plane. Returns a function that tells the path of a user's kubeconfig. */
export async function startControlPlane(children: Children, programs: Programs, folder: string): Promise<(user: string) => string> {
  const bin = programs.bin;
  const certificates = join(folder, 'certificates');
  mkdirSync(certificates, { recursive: true });
  const tokens = Object.fromEntries(Object.keys(USERS).map((user) => [user, randomUUID()]));
  const tokenFile = join(folder, 'tokens.csv');
  writeFileSync(
    tokenFile,
    Object.entries(USERS)
      .map(([user, groups]) => `${tokens[user]},${user},${user},"${groups.join(',')}"\n`)
      .join(''),
  );
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const [signing, verifying] = [join(folder, 'accounts.key'), join(folder, 'accounts.pub')];
  writeFileSync(signing, privateKey);
  writeFileSync(verifying, publicKey);

  const kubeconfig = (user: string) => join(folder, `${user.replaceAll(':', '-')}.kubeconfig`);
  // All of them are written before anything starts: a program that read one while it was written would find it empty.
  for (const user of Object.keys(USERS)) {
    const cluster = { server: API, 'certificate-authority': join(certificates, 'apiserver.crt') };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user } }],
      clusters: [{ name: 'test', cluster }],
      users: [{ name: user, user: { token: tokens[user] } }],
    };
    writeFileSync(kubeconfig(user), JSON.stringify(config));
  }

  children.start('etcd', [
    bin['etcd']!,
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${STORE}`,
    `--advertise-client-urls=${STORE}`,
    '--listen-peer-urls=http://127.0.0.1:2380',
    // The data need not survive the run.
    '--unsafe-no-fsync',
  ]);
  const auditPolicy = join(folder, 'audit-policy.json');
  writeFileSync(auditPolicy, JSON.stringify(AUDIT_POLICY));
  children.start('kube-apiserver', [
    bin['kube-apiserver']!,
    `--etcd-servers=${STORE}`,
    `--advertise-address=${NODE}`,
    `--bind-address=0.0.0.0`,
    `--cert-dir=${certificates}`,
    `--service-cluster-ip-range=${SERVICES}`,
    '--authorization-mode=Node,RBAC',
    // The features of a service that `init` declares have a privileged container.
    '--allow-privileged=true',
    `--token-auth-file=${tokenFile}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${signing}`,
    `--service-account-key-file=${verifying}`,
    '--kubelet-preferred-address-types=InternalIP',
    `--audit-policy-file=${auditPolicy}`,
    `--audit-log-path=${auditLog(children.logs)}`,
    '--feature-gates=MutatingAdmissionPolicy=true',
    '--runtime-config=admissionregistration.k8s.io/v1beta1=true',
  ]);
  const admin = kubeconfig('admin');
  const ask = (path: string) => run([bin['kubectl']!, `--kubeconfig=${admin}`, 'get', '--raw', path]);
  await until('the API server', 60, async () =>
    existsSync(join(certificates, 'apiserver.crt')) && (await ask('/readyz')) ? true : undefined,
  );
  await run([bin['kubectl']!, `--kubeconfig=${admin}`, 'create', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: ROOM }),
  });
  children.start('kube-controller-manager', [
    bin['kube-controller-manager']!,
    `--kubeconfig=${kubeconfig('system:kube-controller-manager')}`,
    `--service-account-private-key-file=${signing}`,
    // Pods that talk to the API server get it as their CA.
    `--root-ca-file=${join(certificates, 'apiserver.crt')}`,
    '--use-service-account-credentials',
    '--leader-elect=false',
    '--horizontal-pod-autoscaler-sync-period=2s',
    // The rate limits of the controllers' clients must not slow the suites down.
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
  ]);
  children.start('kube-scheduler', [
    bin['kube-scheduler']!,
    `--kubeconfig=${kubeconfig('system:kube-scheduler')}`,
    '--leader-elect=false',
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
  ]);
  return kubeconfig;
}

/** Starts a node: its kubelet, and kube-proxy, which implements the Services. */
export async function startNode(
  children: Children,
  programs: Programs,
  folder: string,
  options: { kubeconfig: (user: string) => string; socket: string; cgroup: string },
): Promise<void> {
  const kubelet = join(folder, 'kubelet.yaml');
  const resolver = join(folder, 'resolv.conf');
  writeFileSync(resolver, '');
  writeFileSync(
    kubelet,
    JSON.stringify({
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
      authorization: { mode: 'AlwaysAllow' },
      cgroupDriver: 'cgroupfs',
      cgroupRoot: options.cgroup,
      containerRuntimeEndpoint: `unix://${options.socket}`,
      enforceNodeAllocatable: [],
      failSwapOn: false,
      resolvConf: resolver,
      podLogsDir: join(folder, 'pods'),
      maxPods: 500,
      // The default rates are meant for many nodes that share a control plane and a registry.
      kubeAPIQPS: 500,
      kubeAPIBurst: 1000,
      // Events are only read by developers after a failed test. Unlimited, they would be a sixth of all requests to the API server.
      eventRecordQPS: 1,
      eventBurst: 10,
      registryPullQPS: 0,
      serializeImagePulls: false,
      // The disk belongs to the machine. Other data on it must not make the kubelet evict pods.
      evictionHard: { 'imagefs.available': '0%', 'nodefs.available': '0%', 'memory.available': '1Mi' },
      imageGCHighThresholdPercent: 100,
    }),
  );
  children.start('kubelet', [
    programs.bin['kubelet']!,
    `--config=${kubelet}`,
    `--kubeconfig=${options.kubeconfig('system:node:node')}`,
    '--hostname-override=node',
    `--node-ip=${NODE}`,
    `--root-dir=${join(folder, 'kubelet')}`,
  ]);
  children.start('kube-proxy', [
    ...FIRST,
    programs.bin['kube-proxy']!,
    `--kubeconfig=${options.kubeconfig('system:kube-proxy')}`,
    '--hostname-override=node',
    '--proxy-mode=iptables',
    `--cluster-cidr=${PODS}`,
    '--conntrack-max-per-core=0',
    '--conntrack-tcp-timeout-established=0',
    '--conntrack-tcp-timeout-close-wait=0',
  ]);
  const get = (what: string[]) => run([programs.bin['kubectl']!, `--kubeconfig=${options.kubeconfig('admin')}`, 'get', ...what]);
  await until('the node', 60, async () =>
    (await get(['node', 'node', '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'])) === 'True' ? true : undefined,
  );
  // The API server rejects pods until their service account exists.
  await until('the default account', 30, async () => await get(['serviceaccount', 'default', '-o', 'name']));
}
