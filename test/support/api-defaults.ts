/**
 * The defaults that the API server (1.34) gives to Deployments, Services and HorizontalPodAutoscalers, so that a test can compare what two manifests mean. A suite on
 * the cluster compares them with those of a real API server (`test/cluster/suites/objects/init.test.ts`).
 */

/** An object of the Kubernetes API, or a part of one. */
export type Fields = Record<string, any>;

const PROBES = ['readinessProbe', 'livenessProbe', 'startupProbe'];

/** Sets fields that are missing. */
function fill(target: Fields, defaults: Fields): void {
  for (const [key, value] of Object.entries(defaults)) {
    target[key] ??= value;
  }
}

function httpGet(action: Fields | undefined): void {
  if (action?.httpGet) {
    fill(action.httpGet, { path: '/', scheme: 'HTTP' });
  }
}

/** An image without a tag, or with the tag `latest`, is pulled always. */
const isLatest = (image: string) => /^([^:@]+|.*\/[^:@/]+)$/.test(image) || /:latest$/.test(image);

function fillContainer(container: Fields): void {
  fill(container, {
    imagePullPolicy: isLatest(String(container.image)) ? 'Always' : 'IfNotPresent',
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  });
  for (const port of container.ports ?? []) {
    fill(port, { protocol: 'TCP' });
  }
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef) {
      fill(valueFrom.fieldRef, { apiVersion: 'v1' });
    }
    if (valueFrom?.resourceFieldRef) {
      fill(valueFrom.resourceFieldRef, { divisor: '0' });
    }
  }
  for (const probe of PROBES.flatMap((name) => (container[name] ? [container[name] as Fields] : []))) {
    fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
    httpGet(probe);
    if (probe.grpc) {
      fill(probe.grpc, { service: '' });
    }
  }
  httpGet(container.lifecycle?.preStop);
  httpGet(container.lifecycle?.postStart);
}

function fillVolume(volume: Fields): void {
  const sources = Object.keys(volume).filter((key) => key !== 'name');
  if (sources.length === 0) {
    volume.emptyDir = {};
  }
  for (const name of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    if (volume[name]) {
      fill(volume[name], { defaultMode: 0o644 });
    }
  }
  const items: Fields[] = [
    ...(volume.downwardAPI?.items ?? []),
    ...(volume.projected?.sources ?? []).flatMap((one: Fields) => one.downwardAPI?.items ?? []),
  ];
  items.filter(({ fieldRef }) => fieldRef).forEach(({ fieldRef }) => fill(fieldRef, { apiVersion: 'v1' }));
  for (const { serviceAccountToken } of volume.projected?.sources ?? []) {
    if (serviceAccountToken) {
      fill(serviceAccountToken, { expirationSeconds: 3600 });
    }
  }
  if (volume.hostPath) {
    fill(volume.hostPath, { type: '' });
  }
  if (volume.ephemeral) {
    fill(volume.ephemeral.volumeClaimTemplate.spec, { volumeMode: 'Filesystem' });
  }
}

function fillPodSpec(spec: Fields): void {
  fill(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: {},
  });
  // The older name of the field means the same, and the API server sets both.
  const account = (spec.serviceAccountName ?? spec.serviceAccount) as string | undefined;
  if (account) {
    Object.assign(spec, { serviceAccountName: account, serviceAccount: account });
  }
  [...(spec.containers ?? []), ...(spec.initContainers ?? [])].forEach(fillContainer);
  (spec.volumes ?? []).forEach(fillVolume);
}

function fillDeployment({ spec }: Fields): void {
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, strategy: {} });
  fill(spec.strategy, { type: 'RollingUpdate' });
  if (spec.strategy.type === 'RollingUpdate') {
    spec.strategy.rollingUpdate = { maxSurge: '25%', maxUnavailable: '25%', ...spec.strategy.rollingUpdate };
  }
  fillPodSpec(spec.template.spec);
}

function fillService({ spec }: Fields): void {
  fill(spec, { type: 'ClusterIP', sessionAffinity: 'None' });
  if (spec.sessionAffinity === 'ClientIP') {
    spec.sessionAffinityConfig ??= { clientIP: { timeoutSeconds: 10_800 } };
  }
  if (spec.type !== 'ExternalName') {
    fill(spec, { internalTrafficPolicy: 'Cluster' });
  }
  if (['NodePort', 'LoadBalancer'].includes(spec.type)) {
    fill(spec, { externalTrafficPolicy: 'Cluster' });
  }
  if (spec.type === 'LoadBalancer') {
    fill(spec, { allocateLoadBalancerNodePorts: true });
  }
  for (const port of spec.ports ?? []) {
    fill(port, { protocol: 'TCP', targetPort: port.port });
  }
}

/** The rules of an autoscaler whose behavior says nothing of them. */
const RULES: Readonly<Record<string, Fields>> = {
  scaleUp: {
    selectPolicy: 'Max',
    stabilizationWindowSeconds: 0,
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  },
  scaleDown: { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
};

function fillAutoscaler({ spec }: Fields): void {
  fill(spec, {
    minReplicas: 1,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }],
  });
  // The API server fills in the rules only if there is a behavior.
  if (spec.behavior) {
    fillBehavior(spec.behavior);
  }
}

/** Sets the rules that a behavior does not have. */
export function fillBehavior(behavior: Fields): void {
  for (const [direction, rules] of Object.entries(RULES)) {
    behavior[direction] = { ...structuredClone(rules), ...behavior[direction] };
  }
}

/** A copy of a Deployment, a Service or a HorizontalPodAutoscaler with the defaults of the API server. */
export function withDefaults(object: Fields): Fields {
  const copy = structuredClone(object);
  switch (copy.kind) {
    case 'Deployment':
      fillDeployment(copy);
      break;
    case 'Service':
      fillService(copy);
      break;
    case 'HorizontalPodAutoscaler':
      fillAutoscaler(copy);
      break;
    default:
      throw new Error(`no defaults are known for ${copy.kind}`);
  }
  return copy;
}
