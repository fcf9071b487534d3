import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../support/command';
import { get } from '../api';
import { clusterInfo } from '../cluster-info';
import { onceInRun } from '../once-in-run';
import { ENVOY_IMAGE, pushEnvoy, pushOnce } from './images';
import { GATEWAY, type GatewayProvider, PROXIES, gatewayObject } from './implementation';

/** The namespace of the control plane and of all proxies. */
const SYSTEM = 'envoy-gateway-system';
const CLASS = 'envoy-gateway';
const CONTROLLER = 'gateway.envoyproxy.io/gatewayclass-controller';
const IMAGE = 'docker.io/gateways/envoy-gateway:1';
const RESOLVER = 'resolver';

/** Envoy Gateway, installed by its own chart. It deploys the proxies itself. */
export const envoyGateway: GatewayProvider = {
  gatewayClass: CLASS,
  controllerName: CONTROLLER,
  controlPlanePort: 18000,
  // The proxies do not run as root, so Envoy Gateway adds 10000 to low ports.
  podPorts: { http: 10080, tcp: 9000 },
  proxies: ({ name }) => ({
    namespace: SYSTEM,
    selector: `gateway.envoyproxy.io/owning-gateway-namespace=${name},gateway.envoyproxy.io/owning-gateway-name=${GATEWAY}`,
  }),

  async create(namespace) {
    await onceInRun('Envoy Gateway', 300, install);
    const parametersRef = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: GATEWAY };
    const items = [envoyProxy(await addressOf(RESOLVER)), gatewayObject(CLASS, { infrastructure: { parametersRef } })];
    await namespace.applyText(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  },
};

/** How Envoy Gateway deploys the proxies of a Gateway. */
function envoyProxy(resolver: string): object {
  const podSpec = { dnsPolicy: 'None', dnsConfig: { nameservers: [resolver] }, terminationGracePeriodSeconds: 1 };
  const envoyDeployment = {
    replicas: PROXIES,
    container: { image: `docker.io/${ENVOY_IMAGE}`, resources: { requests: { cpu: '10m' } } },
    patch: { type: 'StrategicMerge', value: { spec: { template: { spec: podSpec } } } },
  };
  return {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'EnvoyProxy',
    metadata: { name: GATEWAY },
    spec: { concurrency: 1, provider: { type: 'Kubernetes', kubernetes: { envoyService: { type: 'ClusterIP' }, envoyDeployment } } },
  };
}

async function install(): Promise<void> {
  const { program, chart } = clusterInfo.gateways!.envoyGateway!;
  await Promise.all([
    pushEnvoy(),
    pushOnce({ name: IMAGE.replace('docker.io/', ''), program, path: '/usr/local/bin/envoy-gateway' }),
    pushOnce({ name: 'gateways/resolver:1', program: clusterInfo.gateways!.resolver }),
    kubectl(['apply', '--server-side', '-f', join(chart, 'charts', 'crds', 'crds', 'generated')]),
  ]);
  await kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  await installChart(chart);
  const name = `envoy-gateway.${SYSTEM}.svc.cluster.local`;
  const items = [gatewayClass(), ...resolver(`${name}=${await addressOf('envoy-gateway')}`)];
  await kubectl(['apply', '--server-side', '--namespace', SYSTEM, '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await kubectl(['rollout', 'status', '--namespace', SYSTEM, `deployment/${RESOLVER}`, '--timeout=120s']);
}

const kubectl = (words: readonly string[], input?: string) => run([clusterInfo.kubectl, ...words], { input });

const gatewayClass = () => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GatewayClass',
  metadata: { name: CLASS },
  spec: { controllerName: CONTROLLER },
});

async function addressOf(service: string): Promise<string> {
  return (await get(`/api/v1/namespaces/${SYSTEM}/services/${service}`))['spec'].clusterIP as string;
}

/** Installs the chart. Its values are a template, into which a release of Envoy Gateway writes its own image. */
async function installChart(chart: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'canary-chart-'));
  try {
    cpSync(chart, folder, { recursive: true });
    const values = readFileSync(join(chart, 'values.tmpl.yaml'), 'utf8');
    const filled = values.replace('${GatewayImage}', IMAGE).replace('${GatewayImagePullPolicy}', 'IfNotPresent');
    writeFileSync(join(folder, 'values.yaml'), filled);
    const settings = ['crds.enabled=false', 'topologyInjector.enabled=false'].flatMap((setting) => ['--set', setting]);
    const words = [
      'install',
      'envoy-gateway',
      folder,
      '--namespace',
      SYSTEM,
      '--create-namespace',
      '--wait',
      '--timeout',
      '3m',
      ...settings,
    ];
    const home = join(folder, 'home');
    const env = { ...process.env, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
    await run([clusterInfo.gateways!.helm, ...words], { env });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A DNS server that knows one name: the proxies find their control plane only by its name. */
function resolver(name: string): object[] {
  const labels = { app: RESOLVER };
  const metadata = { name: RESOLVER, labels };
  const container = { name: RESOLVER, image: 'gateways/resolver:1', args: [name], resources: { requests: { cpu: '10m' } } };
  const template = { metadata: { labels }, spec: { containers: [container] } };
  return [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { selector: { matchLabels: labels }, template } },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] } },
  ];
}
