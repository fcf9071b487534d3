import type { Fields } from '../../../test/support/api-defaults';

/** A manifest as people have it, in which a test sets one feature. */
export interface Service {
  readonly deployment: Fields;
  readonly service: Fields;
  readonly autoscaler?: Fields;
}

/** The objects of a service. */
export function objectsOf({ deployment, service, autoscaler }: Service): Fields[] {
  return [deployment, service, ...(autoscaler ? [autoscaler] : [])];
}

export function plainService(): Service {
  return {
    deployment: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'orders', labels: { app: 'orders' } },
      spec: {
        replicas: 4,
        selector: { matchLabels: { app: 'orders' } },
        template: {
          metadata: { labels: { app: 'orders' } },
          spec: { containers: [{ name: 'orders', image: 'registry.example/orders:2.3', ports: [{ containerPort: 8080 }] }] },
        },
      },
    },
    service: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'orders' },
      spec: { selector: { app: 'orders' }, ports: [{ port: 80, targetPort: 8080 }] },
    },
  };
}

interface Parts {
  readonly deployment: Fields;
  readonly spec: Fields;
  readonly pod: Fields;
  readonly container: Fields;
  readonly service: Fields;
  /** Adds an autoscaler with this in its spec. */
  readonly autoscale: (spec: Fields) => void;
}

const target = (type: string, field: string, amount: number | string): Fields => ({ type, [field]: amount });
const UTILIZATION = { type: 'Resource', resource: { name: 'cpu', target: target('Utilization', 'averageUtilization', 70) } };

const volumes = (...entries: readonly (readonly [string, Fields])[]) => ({
  volumes: entries.map(([name, source]) => ({ name, ...source })),
  volumeMounts: entries.map(([name]) => ({ name, mountPath: `/mnt/${name}` })),
});

function mount({ pod, container }: Parts, ...entries: readonly (readonly [string, Fields])[]): void {
  const { volumes: sources, volumeMounts } = volumes(...entries);
  pod.volumes = sources;
  container.volumeMounts = volumeMounts;
}

/** Features of real Deployments, Services and autoscalers: what each sets in the plain manifest. */
export const FEATURES: Readonly<Record<string, (parts: Parts) => void>> = {
  'nothing beyond the plain manifest': () => undefined,
  'command and arguments': ({ container }) =>
    void Object.assign(container, { command: ['/bin/orders'], args: ['--port', '8080', '--log=$(LEVEL)'] }),
  'a working directory': ({ container }) => void (container.workingDir = '/srv'),
  'literal variables, in their order': ({ container }) =>
    void (container.env = [
      { name: 'LEVEL', value: 'info' },
      { name: 'EMPTY', value: '' },
      { name: 'AGAIN', value: '$(LEVEL)' },
    ]),
  'variables from a ConfigMap and a Secret': ({ container }) =>
    void (container.env = [
      { name: 'MODE', valueFrom: { configMapKeyRef: { name: 'orders', key: 'mode' } } },
      { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'orders', key: 'password', optional: true } } },
    ]),
  'variables from the downward API': ({ container }) =>
    void (container.env = [
      { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      { name: 'TEAM', valueFrom: { fieldRef: { fieldPath: "metadata.labels['team']" } } },
      { name: 'CPUS', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
    ]),
  'all variables of a ConfigMap and a Secret': ({ container }) =>
    void (container.envFrom = [{ configMapRef: { name: 'orders' } }, { prefix: 'DB_', secretRef: { name: 'database', optional: true } }]),
  'requests and limits': ({ container }) =>
    void (container.resources = { requests: { cpu: '250m', memory: '0.5Gi' }, limits: { cpu: '1000m', memory: '1Gi' } }),
  'limits alone': ({ container }) => void (container.resources = { limits: { cpu: 2, memory: '256M' } }),
  'ephemeral storage': ({ container }) =>
    void (container.resources = { requests: { 'ephemeral-storage': '1Gi' }, limits: { 'ephemeral-storage': '2Gi' } }),
  'a GPU': ({ container }) => void (container.resources = { limits: { 'nvidia.com/gpu': 1 } }),
  'probes by HTTP': ({ container }) =>
    void Object.assign(container, {
      readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 3 },
      livenessProbe: { httpGet: { path: '/live', port: 8080, scheme: 'HTTPS' }, initialDelaySeconds: 20, failureThreshold: 6 },
      startupProbe: { httpGet: { path: '/', port: 8080, httpHeaders: [{ name: 'X-Probe', value: 'yes' }] }, timeoutSeconds: 2 },
    }),
  'probes by a port with a name': ({ container }) =>
    void Object.assign(container, {
      ports: [{ name: 'http', containerPort: 8080 }],
      readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
      livenessProbe: { tcpSocket: { port: 'http' } },
    }),
  'probes by a command, TCP and gRPC': ({ container }) =>
    void Object.assign(container, {
      readinessProbe: { exec: { command: ['cat', '/tmp/ready'] } },
      livenessProbe: { grpc: { port: 8080 } },
      startupProbe: { tcpSocket: { port: 8080 }, failureThreshold: 30 },
    }),
  'a preStop command and a grace period': ({ container, pod }) => {
    container.lifecycle = { preStop: { exec: { command: ['sh', '-c', 'sleep 5'] } } };
    pod.terminationGracePeriodSeconds = 90;
  },
  'a preStop sleep': ({ container }) => void (container.lifecycle = { preStop: { sleep: { seconds: 7 } } }),
  'a postStart command': ({ container }) => void (container.lifecycle = { postStart: { exec: { command: ['/bin/warm'] } } }),
  'a restricted security context': ({ container, pod }) => {
    pod.securityContext = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
    container.securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true };
  },
  'users, groups and capabilities': ({ container, pod }) => {
    pod.securityContext = { runAsUser: 1000, runAsGroup: 2000, fsGroup: 2000, fsGroupChangePolicy: 'OnRootMismatch' };
    container.securityContext = { runAsUser: 1001, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } };
  },
  'a privileged container': ({ container }) => void (container.securityContext = { privileged: true }),
  'sysctls and supplemental groups': ({ pod }) =>
    void (pod.securityContext = { sysctls: [{ name: 'net.core.somaxconn', value: '1024' }], supplementalGroups: [3000] }),
  'volumes of a ConfigMap and a Secret': (parts) =>
    mount(
      parts,
      ['config', { configMap: { name: 'orders', items: [{ key: 'a', path: 'a.yaml' }] } }],
      ['certificate', { secret: { secretName: 'orders-tls', defaultMode: 0o400, optional: true } }],
    ),
  'empty volumes': (parts) =>
    mount(
      parts,
      ['cache', { emptyDir: {} }],
      ['memory', { emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } }],
      ['scratch', { emptyDir: { sizeLimit: '1Gi' } }],
    ),
  'a volume of a claim, read-only': (parts) => {
    mount(parts, ['data', { persistentVolumeClaim: { claimName: 'orders', readOnly: true } }]);
    parts.container.volumeMounts[0].readOnly = true;
  },
  'a volume of the node': (parts) => mount(parts, ['sockets', { hostPath: { path: '/var/run', type: 'Directory' } }]),
  'a projected volume': (parts) =>
    mount(parts, [
      'identity',
      { projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'vault' } }, { configMap: { name: 'ca' } }] } },
    ]),
  'a volume of the downward API': (parts) =>
    mount(parts, ['pod', { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } }]),
  'a volume of a CSI driver': (parts) =>
    mount(parts, [
      'secrets',
      { csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true, volumeAttributes: { secretProviderClass: 'orders' } } },
    ]),
  'an ephemeral claim': (parts) =>
    mount(parts, [
      'scratch',
      { ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } } },
    ]),
  'mounts of a part of a volume': (parts) => {
    mount(parts, ['config', { configMap: { name: 'orders' } }]);
    parts.container.volumeMounts = [
      { name: 'config', mountPath: '/etc/orders.yaml', subPath: 'orders.yaml' },
      { name: 'config', mountPath: '/etc/all', readOnly: true },
    ];
  },
  'a service account': ({ pod }) => void (pod.serviceAccountName = 'orders'),
  'no token of the service account': ({ pod }) => void (pod.automountServiceAccountToken = false),
  'pull secrets': ({ pod }) => void (pod.imagePullSecrets = [{ name: 'registry' }]),
  'an image by digest, always pulled': ({ container }) =>
    void Object.assign(container, { image: `registry.example/orders@sha256:${'ab'.repeat(32)}`, imagePullPolicy: 'Always' }),
  'a sidecar': ({ pod }) =>
    pod.containers.push({
      name: 'proxy',
      image: 'registry.example/proxy:1.9',
      ports: [{ name: 'metrics', containerPort: 9090 }],
      resources: { limits: { memory: '64Mi' } },
      readinessProbe: { httpGet: { path: '/', port: 9090 } },
    }),
  'an init container': ({ pod }) =>
    void (pod.initContainers = [
      { name: 'migrate', image: 'registry.example/orders:2.3', command: ['/bin/migrate'], env: [{ name: 'A', value: 'b' }] },
    ]),
  'a native sidecar': ({ pod }) =>
    void (pod.initContainers = [
      { name: 'log', image: 'registry.example/log:1', restartPolicy: 'Always', startupProbe: { tcpSocket: { port: 1 } } },
    ]),
  'a node selector and tolerations': ({ pod }) =>
    void Object.assign(pod, {
      nodeSelector: { 'kubernetes.io/arch': 'arm64' },
      tolerations: [
        { key: 'spot', operator: 'Exists', effect: 'NoSchedule' },
        { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 },
      ],
    }),
  'affinity to nodes': ({ pod }) =>
    void (pod.affinity = {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'pool', operator: 'In', values: ['web', 'spot'] }] }],
        },
      },
    }),
  'preferred distance between pods': ({ pod }) =>
    void (pod.affinity = {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 100, podAffinityTerm: { labelSelector: { matchLabels: { app: 'orders' } }, topologyKey: 'kubernetes.io/hostname' } },
        ],
      },
    }),
  'a priority class, a runtime class and a scheduler': ({ pod }) =>
    void Object.assign(pod, { priorityClassName: 'high', runtimeClassName: 'gvisor', schedulerName: 'other' }),
  'host aliases and DNS settings': ({ pod }) =>
    void Object.assign(pod, {
      hostAliases: [{ ip: '10.0.0.7', hostnames: ['legacy.example'] }],
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['10.0.0.10'], options: [{ name: 'ndots', value: '2' }] },
    }),
  'the network of the node': ({ pod }) => void Object.assign(pod, { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }),
  'no variables of Services': ({ pod }) => void (pod.enableServiceLinks = false),
  'one process namespace': ({ pod }) => void (pod.shareProcessNamespace = true),
  'annotations and labels of pods': ({ spec }) => {
    Object.assign(spec.template.metadata.labels, { team: 'orders', 'app.kubernetes.io/version': '2.3' });
    spec.template.metadata.annotations = { 'prometheus.io/scrape': 'true', checksum: 'd41d8cd98f00b204' };
  },
  'labels of the version': ({ spec }) => void Object.assign(spec.template.metadata.labels, { version: 'v2' }),
  'how pods are replaced': ({ spec }) =>
    void Object.assign(spec, {
      strategy: { rollingUpdate: { maxSurge: 2, maxUnavailable: '10%' } },
      minReadySeconds: 5,
      progressDeadlineSeconds: 120,
      revisionHistoryLimit: 0,
    }),
  'no replicas, which is one': ({ spec }) => void delete spec.replicas,
  'a selector of two labels': ({ spec, service }) => {
    spec.selector.matchLabels = { app: 'orders', tier: 'web' };
    spec.template.metadata.labels = { app: 'orders', tier: 'web' };
    service.spec.selector = { app: 'orders', tier: 'web' };
  },
  'several ports': ({ container, service }) => {
    container.ports = [
      { name: 'http', containerPort: 8080 },
      { name: 'grpc', containerPort: 9000 },
      { name: 'dns', containerPort: 53, protocol: 'UDP' },
    ];
    service.spec.ports = [
      { name: 'http', port: 80, targetPort: 'http' },
      { name: 'grpc', port: 9000, targetPort: 9000, appProtocol: 'kubernetes.io/h2c' },
      { name: 'dns', port: 53, protocol: 'UDP' },
    ];
  },
  'a load balancer': ({ service }) =>
    void Object.assign(service.spec, {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      loadBalancerSourceRanges: ['10.0.0.0/8'],
      allocateLoadBalancerNodePorts: false,
    }),
  'a node port and client affinity': ({ service }) =>
    void Object.assign(service.spec, {
      type: 'NodePort',
      ports: [{ port: 80, targetPort: 8080, nodePort: 30_080 }],
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
    }),
  'traffic inside a zone': ({ service }) => void (service.spec.trafficDistribution = 'PreferClose'),
  'an autoscaler by the processor': ({ autoscale }) => autoscale({ minReplicas: 2, metrics: [UTILIZATION] }),
  'an autoscaler that says nothing but its maximum': ({ autoscale }) => autoscale({}),
  'an autoscaler by average values': ({ autoscale }) =>
    autoscale({
      minReplicas: 3,
      metrics: [
        { type: 'Resource', resource: { name: 'memory', target: target('AverageValue', 'averageValue', '1500M') } },
        { type: 'Resource', resource: { name: 'cpu', target: target('AverageValue', 'averageValue', '700m') } },
      ],
    }),
  'an autoscaler by metrics of the pods': ({ autoscale }) => {
    const metric = { name: 'requests', selector: { matchLabels: { verb: 'GET' } } };
    autoscale({
      minReplicas: 2,
      metrics: [
        { type: 'Pods', pods: { metric: { name: 'connections' }, target: target('AverageValue', 'averageValue', '20') } },
        { type: 'Pods', pods: { metric, target: target('AverageValue', 'averageValue', '1k') } },
      ],
    });
  },
  'an autoscaler by a metric of one container': ({ autoscale }) => {
    const source = { name: 'cpu', container: 'orders', target: target('Utilization', 'averageUtilization', 60) };
    autoscale({ minReplicas: 2, metrics: [{ type: 'ContainerResource', containerResource: source }, UTILIZATION] });
  },
  'an autoscaler by metrics of other objects': ({ autoscale }) => {
    const describedObject = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'orders' };
    autoscale({
      minReplicas: 2,
      metrics: [
        { type: 'Object', object: { describedObject, metric: { name: 'requests' }, target: target('Value', 'value', '2k') } },
        { type: 'External', external: { metric: { name: 'queue' }, target: target('AverageValue', 'averageValue', '30') } },
      ],
    });
  },
  'how fast an autoscaler acts': ({ autoscale }) =>
    autoscale({
      minReplicas: 2,
      metrics: [UTILIZATION],
      behavior: {
        scaleUp: { selectPolicy: 'Min', stabilizationWindowSeconds: 60, policies: [{ type: 'Percent', value: 50, periodSeconds: 30 }] },
        scaleDown: { selectPolicy: 'Disabled' },
      },
    }),
  'how slowly an autoscaler shrinks': ({ autoscale }) =>
    autoscale({
      metrics: [UTILIZATION],
      behavior: { scaleDown: { stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 1, periodSeconds: 600 }] } },
    }),
};

/** The plain manifest with one feature. */
export function serviceWith(feature: string): Service {
  const { deployment, service } = plainService();
  const spec = deployment.spec as Fields;
  const pod = spec.template.spec as Fields;
  let autoscaler: Fields | undefined;
  const autoscale = (own: Fields) => {
    delete spec.replicas;
    pod.containers[0].resources = { requests: { cpu: '100m', memory: '64Mi' } };
    autoscaler = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'orders' },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'orders' }, maxReplicas: 8, ...own },
    };
  };
  FEATURES[feature]!({ deployment, spec, pod, container: pod.containers[0] as Fields, service, autoscale });
  return { deployment, service, autoscaler };
}
