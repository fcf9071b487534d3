import { until } from '../../../support/command';
import { type Resource, apply, plural } from '../api';
import type { Namespace } from '../namespace';
import { PORTS, VERSIONS } from './backends';
import { seenInForce } from './in-force';
import type { Condition, Proxy, TestGateway } from './test-gateway';

const GROUP = 'gateway.networking.k8s.io/v1';

export type RouteKind = 'HTTPRoute' | 'GRPCRoute' | 'TCPRoute';
const BACKEND_PORTS: Readonly<Record<RouteKind, number>> = { HTTPRoute: PORTS.http, GRPCRoute: PORTS.grpc, TCPRoute: PORTS.tcp };

/** When a weight was in force, in milliseconds since its write was sent. */
export interface Propagation {
  readonly first: number;
  readonly last: number;
}

/** A route with one rule that divides requests between the Services of two versions, written without the library. */
export class PlainRoute {
  private canary = 0;

  constructor(
    private readonly namespace: Namespace,
    private readonly kind: RouteKind,
    private readonly parentRef: object,
    private readonly hostnames?: readonly string[],
  ) {}

  /** Writes the canary's weight in percent. */
  async write(canary: number): Promise<void> {
    const port = BACKEND_PORTS[this.kind];
    const backendRefs = [
      { name: 'stable', port, weight: 100 - canary },
      { name: 'canary', port, weight: canary },
    ];
    const { hostnames, parentRef } = this;
    await apply(this.list, {
      apiVersion: GROUP,
      kind: this.kind,
      metadata: { name: 'demo' },
      spec: { parentRefs: [parentRef], ...(hostnames && { hostnames }), rules: [{ backendRefs }] },
    });
    this.canary = canary / 100;
  }

  /** Writes a weight and waits until each of the proxies serves it. HTTP only. */
  async move(canary: number, gateway: TestGateway, proxies: readonly Proxy[]): Promise<Propagation> {
    const from = this.canary;
    const begin = performance.now();
    await this.write(canary);
    const to = canary / 100;
    const times = await Promise.all(proxies.map((proxy) => seenInForce(gateway.targetOf(proxy), VERSIONS.canary, { from, to })));
    const since = times.map((at) => Math.round(at - begin));
    return { first: Math.min(...since), last: Math.max(...since) };
  }

  /** Waits until the status of each parent is of the current generation, and says that all is well. */
  async accepted(): Promise<void> {
    await until(`${this.kind} to be accepted`, 60, async () => (allIsWell(await this.read()) ? true : undefined));
  }

  read(): Promise<Resource> {
    return this.namespace.object(GROUP, plural(this.kind), 'demo');
  }

  private get list(): string {
    return this.namespace.path(GROUP, plural(this.kind));
  }
}

/** Whether a route's status says that it is accepted and resolved in its current generation, and nothing else. */
export function allIsWell({ metadata, status }: Resource): boolean {
  const parents = (status?.parents ?? []) as { readonly conditions: readonly Condition[] }[];
  const isWell = (conditions: readonly Condition[], type: string) =>
    conditions.some((one) => one.type === type && one.status === 'True' && one.observedGeneration === metadata.generation);
  return parents.length > 0 && parents.every(({ conditions }) => ['Accepted', 'ResolvedRefs'].every((type) => isWell(conditions, type)));
}
