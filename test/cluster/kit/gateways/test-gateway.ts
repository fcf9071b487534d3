import { run, until } from '../../../support/command';
import { MESH_LABEL } from '../../machine/cluster-info';
import { type Resource, get } from '../api';
import type { Target } from '../load';
import { Namespace } from '../namespace';
import { isReady } from '../pods';
import { cutOff } from './cut-off';
import { envoyGateway } from './envoy-gateway';
import { GATEWAY, type GatewayImplementation, type GatewayProvider, LISTENERS, type Listener, PROXIES } from './implementation';
import { istioGateway } from './istio';

const PROVIDERS: Readonly<Record<GatewayImplementation, GatewayProvider>> = { istio: istioGateway, 'envoy-gateway': envoyGateway };

export interface TargetOptions {
  /** `grpc` uses the HTTP listener, `tcp` the TCP listener (default: http). */
  readonly protocol?: 'http' | 'grpc' | 'tcp';
  /** The hostname to ask for; needed if the route has hostnames. */
  readonly host?: string;
  readonly headers?: Target['headers'];
  /** Connections that are kept open (default: a connection for each request). */
  readonly keep?: number;
}

/** One of the proxies of a gateway. */
export interface Proxy {
  readonly pod: string;
  readonly ip: string;
}

/** A Gateway that is programmed, with two proxies behind a Service, in a namespace of its own. */
export class TestGateway {
  readonly name = GATEWAY;

  private constructor(
    readonly implementation: GatewayImplementation,
    /** The namespace of the Gateway. It is not the test's, so that a test may delete all objects of its own. */
    readonly namespace: Namespace,
    /** The address of the Service, which balances connections over the proxies. */
    readonly address: string,
  ) {}

  /** Creates a Gateway and waits until it is programmed and its proxies are ready. */
  static async open(implementation: GatewayImplementation): Promise<TestGateway> {
    const namespace = await Namespace.create({ [MESH_LABEL]: 'member' });
    try {
      const provider = PROVIDERS[implementation];
      await provider.create(namespace);
      await until('the Gateway to be programmed', 60, async () => isTrue(await readGateway(namespace), 'Programmed') || undefined);
      await until('the proxies', 60, async () => (await readyProxies(provider, namespace)).length === PROXIES || undefined);
      await untilBalanced(provider, await readyProxies(provider, namespace));
      return new TestGateway(implementation, namespace, await serviceAddress(provider, namespace));
    } catch (error) {
      const folder = await namespace.keep(`gateway ${implementation}`);
      await namespace.remove();
      throw new Error(`${(error as Error).message}\nobjects of the gateway: ${folder}`, { cause: error });
    }
  }

  get gatewayClass(): string {
    return this.provider.gatewayClass;
  }

  get controllerName(): string {
    return this.provider.controllerName;
  }

  /** What a route writes to attach itself to a listener. */
  parentRef(listener: Listener): { readonly name: string; readonly namespace: string; readonly sectionName: Listener } {
    return { name: this.name, namespace: this.namespace.name, sectionName: listener };
  }

  /** The Gateway as the API server has it. */
  read(): Promise<Resource> {
    return readGateway(this.namespace);
  }

  /** Sends requests through the Service of the proxies. */
  target(options: TargetOptions = {}): Target {
    return targetAt(this.address, LISTENERS, options);
  }

  /** Sends requests to one proxy, past the Service. */
  targetOf(proxy: Proxy, options: TargetOptions = {}): Target {
    return targetAt(proxy.ip, this.provider.podPorts, options);
  }

  /** The ready proxies. */
  proxies(): Promise<Proxy[]> {
    return readyProxies(this.provider, this.namespace);
  }

  /**
   * Cuts a proxy off from its control plane. It goes on serving what it knows.
   *
   * @returns a function that heals it
   */
  cutOff(proxy: Proxy): Promise<() => Promise<void>> {
    return cutOff(proxy.ip, this.provider.controlPlanePort);
  }

  async close(): Promise<void> {
    await this.namespace.remove();
  }

  private get provider(): GatewayProvider {
    return PROVIDERS[this.implementation];
  }
}

function readGateway(namespace: Namespace): Promise<Resource> {
  return namespace.object('gateway.networking.k8s.io/v1', 'gateways', GATEWAY);
}

function targetAt(address: string, ports: Readonly<Record<Listener, number>>, { protocol = 'http', ...more }: TargetOptions): Target {
  return { ...more, url: `${protocol}://${address}:${ports[protocol === 'tcp' ? 'tcp' : 'http']}` };
}

/** Whether a condition of an object's current generation is true. */
export function isTrue({ metadata, status }: Resource, type: string): boolean {
  const conditions = (status?.conditions ?? []) as Condition[];
  return conditions.some((one) => one.type === type && one.status === 'True' && one.observedGeneration === metadata.generation);
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly observedGeneration: number;
}

/** The list of a kind that belongs to a gateway. */
async function listed(provider: GatewayProvider, gateway: Namespace, kinds: string): Promise<Resource[]> {
  const { namespace, selector } = provider.proxies(gateway);
  return (await get(`/api/v1/namespaces/${namespace}/${kinds}?labelSelector=${encodeURIComponent(selector)}`))['items'] as Resource[];
}

async function readyProxies(provider: GatewayProvider, gateway: Namespace): Promise<Proxy[]> {
  const pods = await listed(provider, gateway, 'pods');
  return pods
    .filter((pod) => isReady(pod) && !pod['metadata'].deletionTimestamp)
    .map(({ metadata, status }) => ({ pod: metadata.name as string, ip: status.podIP as string }));
}

/**
 * Waits until kube-proxy balances the ports of all listeners over all proxies. An earlier connection would be refused, or reach nothing,
 * and the kernel would send later ones from the same client port the same way.
 */
async function untilBalanced(provider: GatewayProvider, proxies: readonly Proxy[]): Promise<void> {
  const destinations = proxies.flatMap(({ ip }) => Object.values(provider.podPorts).map((port) => `--to-destination ${ip}:${port}`));
  await until('rules of kube-proxy for the proxies', 30, async () => {
    const lines = (await run(['iptables-save', '-t', 'nat'])).split('\n');
    return destinations.every((one) => lines.some((line) => line.endsWith(one))) || undefined;
  });
}

async function serviceAddress(provider: GatewayProvider, gateway: Namespace): Promise<string> {
  const [service] = await listed(provider, gateway, 'services');
  return service!['spec'].clusterIP as string;
}
