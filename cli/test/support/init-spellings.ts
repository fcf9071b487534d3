import type { Fields } from '../../../test/support/api-defaults';
import { type Service, serviceWith } from './init-features';

/** A service whose template needs nothing new: it has the label of its version, and says whether the token is mounted. */
export function settled(feature = 'nothing beyond the plain manifest'): Service {
  const service = serviceWith(feature);
  const template = service.deployment.spec.template as Fields;
  template.metadata.labels.version = '2.3';
  template.spec.automountServiceAccountToken ??= true;
  return service;
}

/** Values that the API server tells from another value of the same meaning, which this library would write. */
export const SPELLINGS: Readonly<Record<string, (pod: Fields, container: Fields) => void>> = {
  'volumes that are not mounted in their order': (pod, container) => {
    pod.volumes = ['a', 'b', 'c'].map((name) => ({ name, emptyDir: {} }));
    container.volumeMounts = ['c', 'a'].map((name) => ({ name, mountPath: `/${name}` }));
  },
  'a volume that must be patched and is not mounted first': (pod, container) => {
    pod.volumes = [
      { name: 'a', projected: { sources: [{ configMap: { name: 'a' } }] } },
      { name: 'b', emptyDir: {} },
    ];
    container.volumeMounts = ['b', 'a'].map((name) => ({ name, mountPath: `/${name}` }));
  },
  'volumes of sidecars and init containers': (pod) => {
    pod.volumes = ['a', 'b', 'c', 'd'].map((name) => ({ name, hostPath: { path: `/${name}` } }));
    const mounts = (name: string) => ({ name, image: 'i:1', volumeMounts: [{ name, mountPath: '/data' }] });
    pod.initContainers = [mounts('c'), { ...mounts('b'), restartPolicy: 'Always' }];
    pod.containers.push(mounts('a'));
  },
  'all capabilities dropped beside others': (_, container) =>
    void (container.securityContext = { capabilities: { drop: ['NET_RAW', 'ALL'] } }),
  'a capability in lower case': (_, container) => void (container.securityContext = { capabilities: { drop: ['all'] } }),
  'optional references that are not optional': (_, container) =>
    void (container.env = [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'a', key: 'a', optional: false } } }]),
  'an optional volume that is not optional': (pod, container) => {
    pod.volumes = [{ name: 'a', configMap: { name: 'a', optional: false } }];
    container.volumeMounts = [{ name: 'a', mountPath: '/a', readOnly: false }];
  },
  'service links that are on': (pod) => void (pod.enableServiceLinks = true),
  'a host name that is not the full one': (pod) => void (pod.setHostnameAsFQDN = false),
  'processes that are not shared': (pod) => void (pod.shareProcessNamespace = false),
  'an account by its old name': (pod) => void (pod.serviceAccount = 'orders'),
  'nothing privileged': (_, container) =>
    void (container.securityContext = { privileged: false, allowPrivilegeEscalation: false, readOnlyRootFilesystem: false }),
  'empty lists': (pod, container) => {
    Object.assign(pod, { volumes: [], tolerations: [], nodeSelector: {}, imagePullSecrets: [], securityContext: {} });
    Object.assign(container, { env: [], command: [], args: [], volumeMounts: [], envFrom: [], resources: {} });
  },
  'a delay of 0': (_, container) =>
    void (container.readinessProbe = { httpGet: { port: 8080, path: '' }, initialDelaySeconds: 0, successThreshold: 1 }),
  'a port of the node': (_, container) => void (container.ports = [{ containerPort: 8080, hostPort: 8080, name: 'http' }]),
  'a variable without a value': (_, container) => void (container.env = [{ name: 'A' }]),
  'limits and requests that are equal': (_, container) =>
    void (container.resources = {
      limits: { cpu: 1, memory: '1Gi', 'nvidia.com/gpu': 1 },
      requests: { cpu: '1000m', 'nvidia.com/gpu': '1' },
    }),
  'an extended resource beside requests alone': (_, container) =>
    void (container.resources = { limits: { 'example.com/tpu': '2' }, requests: { cpu: '100m' } }),
};

/** The settled plain service with one spelling. */
export function spelled(spelling: string): Service {
  const service = settled();
  const { spec } = service.deployment.spec.template as Fields;
  SPELLINGS[spelling]!(spec as Fields, spec.containers[0] as Fields);
  return service;
}
