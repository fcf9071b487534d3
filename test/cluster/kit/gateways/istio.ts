import { DISCOVERY, istioBootstrap } from '../../machine/istio';
import type { Namespace } from '../namespace';
import { ENVOY_IMAGE, pushEnvoy } from './images';
import { GATEWAY, type GatewayProvider, LISTENERS, PROXIES, gatewayObject } from './implementation';

const LABELS = { app: GATEWAY };
const POD_PORTS = { http: 8080, tcp: 9000 };
const ADMIN = { address: '0.0.0.0', port: 15000 };

/** istiod as the control plane of proxies that are deployed by hand: the Gateway names their Service as its address. */
export const istioGateway: GatewayProvider = {
  gatewayClass: 'istio',
  controllerName: 'istio.io/gateway-controller',
  controlPlanePort: DISCOVERY.port,
  podPorts: POD_PORTS,
  proxies: ({ name }) => ({ namespace: name, selector: `app=${LABELS.app}` }),

  async create(namespace) {
    await pushEnvoy();
    const hostname = { type: 'Hostname', value: `${GATEWAY}.${namespace.name}.svc.cluster.local` };
    const items = [gatewayObject('istio', { addresses: [hostname] }), service(), bootstrap(namespace), deployment(namespace)];
    await namespace.applyText(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    await namespace.ready(GATEWAY);
  },
};

function service(): object {
  const ports = Object.entries(LISTENERS).map(([name, port]) => ({ name, port, targetPort: POD_PORTS[name as keyof typeof POD_PORTS] }));
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: GATEWAY, labels: LABELS }, spec: { selector: LABELS, ports } };
}

function bootstrap({ name }: Namespace): object {
  const config = istioBootstrap({ metadata: { NAMESPACE: name, CLUSTER_ID: 'Kubernetes', LABELS } }, ADMIN);
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: GATEWAY }, data: { 'envoy.json': JSON.stringify(config) } };
}

function deployment({ name }: Namespace): object {
  const fromPod = (variable: string, fieldPath: string) => ({ name: variable, valueFrom: { fieldRef: { fieldPath } } });
  const node = ['--service-cluster', `${GATEWAY}.${name}`, '--service-node', `router~$(IP)~$(POD).${name}~${name}.svc.cluster.local`];
  const container = {
    name: 'envoy',
    image: ENVOY_IMAGE,
    args: ['--config-path', '/config/envoy.json', '--log-level', 'warning', '--concurrency', '1', '--disable-hot-restart', ...node],
    env: [fromPod('IP', 'status.podIP'), fromPod('POD', 'metadata.name')],
    resources: { requests: { cpu: '10m' } },
    // Envoy is ready when it has its first configuration.
    readinessProbe: { httpGet: { path: '/ready', port: ADMIN.port }, periodSeconds: 1 },
    volumeMounts: [{ name: 'config', mountPath: '/config' }],
  };
  const template = {
    metadata: { labels: LABELS },
    spec: { containers: [container], volumes: [{ name: 'config', configMap: { name: GATEWAY } }], terminationGracePeriodSeconds: 1 },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: GATEWAY },
    spec: { replicas: PROXIES, selector: { matchLabels: LABELS }, template },
  };
}
