import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Children, FIRST } from './children';
import { MESH_LABEL } from './cluster-info';
import { attempt, run, until } from '../../support/command';
import { GATE, NODE, inClient } from './network';
import type { Programs } from './programs';

/** Where istiod serves configuration to proxies. */
export const DISCOVERY = { address: GATE, port: 15010 };
const ENVOY_ADMIN = { address: '127.0.0.1', port: 15000 };

/** istiod's settings: no certificate authority and no webhooks, because the tests only check routes. */
const ISTIOD_SETTINGS = {
  ENABLE_CA_SERVER: 'false',
  PILOT_CERT_PROVIDER: 'none',
  INJECTION_WEBHOOK_CONFIG_NAME: '',
  VALIDATION_WEBHOOK_CONFIG_NAME: '',
  // The Envoy project's own build lacks the filters that Istio compiles into its build.
  PILOT_ENABLE_METADATA_EXCHANGE: 'false',
  PILOT_ENABLE_ALPN_FILTER: 'false',
  // The proxies of a Gateway are ours, because istiod's own need an injected sidecar.
  PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER: 'false',
  POD_NAMESPACE: 'istio-system',
};

const MESH = {
  enableAutoMtls: false,
  outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
  discoverySelectors: [{ matchExpressions: [{ key: MESH_LABEL, operator: 'Exists' }] }],
};

/** Starts istiod, and Envoy beside the client as the sidecar for the client's requests. */
export async function startIstio(children: Children, programs: Programs, folder: string, kubeconfig: string): Promise<void> {
  const kubectl = (...words: string[]) => run([programs.bin['kubectl']!, `--kubeconfig=${kubeconfig}`, ...words]);
  // istiod looks for the Gateway API once, when it starts.
  await kubectl('apply', '--server-side', '-f', programs.istioCrds, '-f', programs.gatewayCrds);
  await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s');
  await kubectl('create', 'namespace', 'istio-system');

  const mesh = join(folder, 'mesh.yaml');
  writeFileSync(mesh, JSON.stringify(MESH));
  const discovery = [
    'discovery',
    `--kubeconfig=${kubeconfig}`,
    `--meshConfig=${mesh}`,
    `--grpcAddr=${DISCOVERY.address}:${DISCOVERY.port}`,
  ];
  const elsewhere = ['--httpAddr=127.0.0.1:15081', '--httpsAddr=', '--secureGRPCAddr=', '--monitoringAddr=127.0.0.1:15014'];
  children.start('istiod', [programs.bin['pilot-discovery']!, ...discovery, ...elsewhere, '--ctrlz_port=0'], ISTIOD_SETTINGS);
  await until('istiod', 60, async () => ((await fetch('http://127.0.0.1:15081/ready')).ok ? true : undefined));

  const bootstrap = join(folder, 'envoy.json');
  writeFileSync(bootstrap, JSON.stringify(istioBootstrap(CLIENT_NODE, ENVOY_ADMIN)));
  children.start('envoy', [
    ...inClient,
    ...FIRST,
    programs.bin['envoy']!,
    '--config-path',
    bootstrap,
    '--log-level',
    'warning',
    '--concurrency',
    '1',
  ]);
  await until('Envoy', 30, async () =>
    (
      await attempt([...inClient, programs.bin['load']!, '-url', `http://${ENVOY_ADMIN.address}:${ENVOY_ADMIN.port}/ready`, '-count', '1'])
    ).stdout.includes('"answered":1')
      ? true
      : undefined,
  );
}

/** The client's sidecar, by the names that istiod reads. */
const CLIENT_NODE = {
  id: `sidecar~${NODE}~client.default~default.svc.cluster.local`,
  cluster: 'client.default',
  metadata: { INTERCEPTION_MODE: 'NONE', NAMESPACE: 'default' },
};

interface Address {
  readonly address: string;
  readonly port: number;
}

const socketAddress = ({ address, port }: Address) => ({ socket_address: { address, port_value: port } });

/** The bootstrap of an Envoy that gets its whole configuration from istiod. */
export function istioBootstrap(node: object, admin: Address): object {
  return {
    node,
    admin: { address: socketAddress(admin) },
    dynamic_resources: {
      lds_config: { ads: {}, resource_api_version: 'V3' },
      cds_config: { ads: {}, resource_api_version: 'V3' },
      ads_config: { api_type: 'GRPC', transport_api_version: 'V3', grpc_services: [{ envoy_grpc: { cluster_name: 'istiod' } }] },
    },
    static_resources: {
      clusters: [
        {
          name: 'istiod',
          type: 'STATIC',
          connect_timeout: '1s',
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
              // Without keepalive, Envoy does not notice that its packets are lost, and never connects again.
              explicit_http_config: { http2_protocol_options: { connection_keepalive: { interval: '3s', timeout: '2s' } } },
            },
          },
          load_assignment: { cluster_name: 'istiod', endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(DISCOVERY) } }] }] },
        },
      ],
    },
  };
}
