/**
 * The objects of a service as plain data, which every tool of the bench has to write. The pod is a typical one: a port, a probe, the
 * downward API, the restricted Pod Security Standard.
 */

export interface Stage {
  readonly folder: string;
  readonly stable: number;
  readonly canary: number;
  /** The canary's share of the traffic, in percent. */
  readonly weight: number;
}

export const STAGES: readonly Stage[] = [
  { folder: 'stage-0', stable: 3, canary: 0, weight: 0 },
  { folder: 'stage-10', stable: 3, canary: 1, weight: 10 },
  { folder: 'stage-25', stable: 3, canary: 1, weight: 25 },
  { folder: 'stage-50', stable: 3, canary: 2, weight: 50 },
  { folder: 'stage-100', stable: 3, canary: 3, weight: 100 },
];

export const FIELDS: Readonly<Record<string, string>> = {
  NODE_IP: 'status.hostIP',
  NODE_NAME: 'spec.nodeName',
  POD_IP: 'status.podIP',
  POD_NAME: 'metadata.name',
  POD_NAMESPACE: 'metadata.namespace',
};

export const serviceName = (n: number) => `svc-${n}`;

/** The objects of one service at one stage. */
export function objectsOf(name: string, stage: Stage): object[] {
  return [
    service(name),
    deployment(name, 'a', '1.0', 'stable', stage.stable),
    deployment(name, 'b', '1.1', 'canary', stage.canary),
    destinationRule(name),
    virtualService(name, stage),
  ];
}

function service(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { type: 'ClusterIP', selector: { app: name }, ports: [{ appProtocol: 'http', name: 'web', port: 8080, targetPort: 80 }] },
  };
}

function deployment(name: string, letter: string, version: string, track: string, replicas: number): object {
  const own = { 'cdk8s-canary/deployment': `${name}-${letter}` };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `${name}-${letter}`, labels: { track } },
    spec: {
      progressDeadlineSeconds: 600,
      replicas,
      revisionHistoryLimit: 3,
      selector: { matchLabels: { app: name, ...own } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: { metadata: { labels: { app: name, version, ...own } }, spec: pod(name, version, own) },
    },
  };
}

function pod(name: string, version: string, matchLabels: object): object {
  return {
    automountServiceAccountToken: false,
    containers: [
      {
        name: 'main',
        image: `registry.example/${name}:${version}`,
        imagePullPolicy: 'IfNotPresent',
        env: Object.entries(FIELDS).map(([variable, fieldPath]) => ({ name: variable, valueFrom: { fieldRef: { fieldPath } } })),
        lifecycle: { preStop: { sleep: { seconds: 10 } } },
        ports: [{ containerPort: 80 }],
        readinessProbe: { failureThreshold: 3, httpGet: { path: '/', port: 80, scheme: 'HTTP' }, periodSeconds: 2 },
        resources: { requests: { cpu: '100m', memory: '128Mi' } },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
      },
    ],
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    terminationGracePeriodSeconds: 40,
    topologySpreadConstraints: [
      { labelSelector: { matchLabels }, maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' },
    ],
  };
}

function destinationRule(name: string): object {
  const subsets = ['1.0', '1.1'].map((version) => ({ name: subsetOf(version), labels: { version } }));
  return { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', metadata: { name }, spec: { host: name, subsets } };
}

function virtualService(name: string, { weight }: Stage): object {
  const to = (version: string, share: number) => ({ destination: { host: name, subset: subsetOf(version) }, weight: share });
  const testers = weight === 0 ? to('1.0', 100) : to('1.1', 100);
  const all = [to('1.0', 100 - weight), to('1.1', weight)].filter((route) => route.weight > 0);
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name },
    spec: {
      hosts: [name],
      http: [{ match: [{ headers: { 'user-group': { exact: 'beta-testers' } } }], route: [testers] }, { route: all }],
    },
  };
}

const subsetOf = (version: string) => `v${version.replace('.', '-')}`;
