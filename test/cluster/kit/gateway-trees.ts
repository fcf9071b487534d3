import type { Chart } from 'cdk8s';
import { EnvValue } from 'cdk8s-plus-27';
import {
  type CanaryPair,
  type CanaryPairProps,
  GatewayGrpcRoute,
  GatewayHttpRoute,
  GatewayTcpRoute,
  RouteParent,
  type ServicePortOptions,
} from '../../../lib';
import type { Listener, TestGateway } from './gateways';
import { PORTS } from './gateways/backends';
import { type Tree, track, tutorial } from './trees';

/** The kinds of routes, by the protocol of their requests. */
export type Protocol = 'http' | 'grpc' | 'tcp';

export const ROUTES = { http: 'HTTPRoute', grpc: 'GRPCRoute', tcp: 'TCPRoute' } as const;

/** The host name of the routes for HTTP and gRPC. */
export const HOST = 'shop.example';

const LISTENER: Readonly<Record<Protocol, Listener>> = { http: 'http', grpc: 'http', tcp: 'tcp' };

const SERVICE_PORTS: readonly ServicePortOptions[] = [
  { name: 'web', port: 8080, targetPort: PORTS.http },
  { name: 'grpc', port: PORTS.grpc, appProtocol: 'kubernetes.io/h2c' },
  { name: 'tcp', port: PORTS.tcp },
];

const DEPLOYMENTS = ['canary-1-dep', 'canary-2-dep'];

/** The tutorial's release behind a route at a gateway, with a Service for each Deployment. */
export function behindGateway(gateway: TestGateway, protocol: Protocol = 'http', more: Partial<CanaryPairProps> = {}): Tree {
  const props: Partial<CanaryPairProps> = {
    service: { name: 'canary-svc', ports: [...SERVICE_PORTS] },
    trackServices: Object.fromEntries(DEPLOYMENTS.map((name) => [name, `pods-of-${name}`])),
    ...more,
  };
  const env = { DEMO_GRPC_PORT: String(PORTS.grpc), DEMO_TCP_PORT: String(PORTS.tcp) };
  return tutorial({ env, pair: props, beside: (chart) => declareRoute(chart, gateway, protocol) });
}

/** The release after it: the former canary is stable, and version 1.2 gets the free Deployment. */
export function nextBehindGateway(gateway: TestGateway, protocol: Protocol = 'http'): Tree {
  const next = track('canary-1-dep', '1.2', 'blue', true);
  return behindGateway(gateway, protocol, {
    stable: track('canary-2-dep', '1.1', 'red'),
    canary: { ...next, env: { ...next.env, IMAGE_COLOR: EnvValue.fromValue('blue') } },
  });
}

function declareRoute(chart: Chart, gateway: TestGateway, protocol: Protocol): void {
  const pair = chart.node.findChild('servicedemo') as CanaryPair;
  const parents = [RouteParent.gateway(gateway.name, { namespace: gateway.namespace.name, listener: LISTENER[protocol] })];
  const match = [{ headers: [{ name: 'user-group', value: 'beta-testers' }] }];
  switch (protocol) {
    case 'http':
      new GatewayHttpRoute(chart, 'route', { pair, parents, hostnames: [HOST], match });
      break;
    case 'grpc':
      new GatewayGrpcRoute(chart, 'route', { pair, parents, hostnames: [HOST], port: PORTS.grpc, match });
      break;
    case 'tcp':
      new GatewayTcpRoute(chart, 'route', { pair, parents, port: PORTS.tcp });
      break;
  }
}
