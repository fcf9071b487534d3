import { ApiObject, type Chart } from 'cdk8s';
import { CanaryPair, type CanaryPairProps, IstioVirtualService, Stages } from '../../../lib';
import { type Tree, synthesized, track } from './trees';

const VERSIONS = { stable: '1.0-rules', canary: '1.1-rules' };

/** Two releases through Istio: one with several ports, a gateway and rules for other services; one that another VirtualService delegates to. */
export function istioRules(): Tree {
  return synthesized((chart) => {
    const object = (kind: string, name: string, spec: object, apiVersion = 'networking.istio.io/v1') =>
      void new ApiObject(chart, `${kind}-${name}`, { apiVersion, kind, metadata: { name }, spec });
    object('Gateway', 'public', {
      selector: { istio: 'ingressgateway' },
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    });
    object('Service', 'admin', { selector: { app: 'admin' }, ports: [{ name: 'http', port: 80 }] }, 'v1');
    new IstioVirtualService(chart, 'route', {
      pair: pair(chart, 'edge', [
        { name: 'http', port: 8080, targetPort: 80 },
        { name: 'grpc-api', port: 9090, targetPort: 80 },
        { name: 'tcp-raw', port: 7000, targetPort: 80 },
      ]),
      hosts: ['edge', 'edge.example.com'],
      gateways: ['mesh', 'public'],
      match: [{ headers: { 'user-group': { exact: 'beta-testers' } } }, { uri: { regex: '/(?i:beta)/.*' } }],
      rules: [
        { match: [{ uri: { prefix: '/admin' } }], route: [{ destination: { host: 'admin' } }] },
        { match: [{ uri: { exact: '/old' } }], redirect: { uri: '/new' } },
        { match: [{ method: { exact: 'POST' } }], timeout: '3s', headers: { request: { set: { 'x-from': 'edge' } } } },
        {
          corsPolicy: { allowOrigins: [{ exact: 'https://edge.example.com' }] },
          mirrors: [{ destination: { host: 'admin' }, percentage: { value: 1 } }],
        },
      ],
    });
    new IstioVirtualService(chart, 'delegate', { pair: pair(chart, 'inner', [{ name: 'http', port: 80 }]), delegate: true });
    object('VirtualService', 'root', {
      hosts: ['inner'],
      http: [{ match: [{ uri: { prefix: '/' } }], delegate: { name: 'inner' } }],
    });
  });
}

function pair(chart: Chart, name: string, ports: NonNullable<CanaryPairProps['service']>['ports']): CanaryPair {
  return new CanaryPair(chart, name, {
    stages: Stages.percent(10, 100),
    service: { name, ports },
    pod: { image: 'scubakiz/servicedemo:1.0', ports: [{ number: 80 }] },
    stable: track(`${name}-a`, VERSIONS.stable, 'yellow'),
    canary: track(`${name}-b`, VERSIONS.canary, 'red'),
  });
}
