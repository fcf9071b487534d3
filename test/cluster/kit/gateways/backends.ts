import type { Namespace } from '../namespace';

/** The versions of the demo behind a plain route, with a Deployment and a Service each. */
export const VERSIONS = { stable: '1.0', canary: '1.1' } as const;
export type Track = keyof typeof VERSIONS;
const COLOURS = { stable: 'yellow', canary: 'red' } as const;

/** The ports of both Services, and of a third Service that selects both versions. */
export const PORTS = { http: 80, grpc: 9090, tcp: 9000 } as const;
export const BOTH = { name: 'both', port: 8085 } as const;

/** Starts two pods of each version of the demo, which serve HTTP, gRPC and TCP. */
export async function startBackends(namespace: Namespace): Promise<void> {
  const tracks = Object.keys(VERSIONS) as Track[];
  const items = [...tracks.flatMap((track) => [deployment(track), service(track)]), bothService()];
  await namespace.applyText(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await namespace.ready(...tracks);
}

/** Removes all pods of a version, and waits until they are gone. */
export async function drain(namespace: Namespace, track: Track): Promise<void> {
  await namespace.kubectl('scale', `deployment/${track}`, '--replicas=0');
  await namespace.gone();
}

const labelsOf = (track: Track) => ({ app: 'demo', track });

function deployment(track: Track): object {
  const labels = labelsOf(track);
  const settings = { IMAGE_COLOR: COLOURS[track], DEMO_GRPC_PORT: String(PORTS.grpc), DEMO_TCP_PORT: String(PORTS.tcp) };
  const container = {
    name: 'demo',
    image: 'scubakiz/servicedemo:1.0',
    imagePullPolicy: 'IfNotPresent',
    env: Object.entries(settings).map(([name, value]) => ({ name, value })),
    resources: { requests: { cpu: '10m' } },
    readinessProbe: { httpGet: { path: '/healthz', port: 80 }, periodSeconds: 1 },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: track },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container], terminationGracePeriodSeconds: 30 } },
    },
  };
}

function service(track: Track): object {
  const ports = [
    { name: 'http', port: PORTS.http },
    { name: 'grpc', port: PORTS.grpc, appProtocol: 'kubernetes.io/h2c' },
    { name: 'tcp', port: PORTS.tcp },
  ];
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: track }, spec: { selector: labelsOf(track), ports } };
}

function bothService(): object {
  const ports = [{ name: 'http', port: BOTH.port, targetPort: PORTS.http }];
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: BOTH.name }, spec: { selector: { app: 'demo' }, ports } };
}
