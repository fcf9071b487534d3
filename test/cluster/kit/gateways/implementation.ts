import type { Namespace } from '../namespace';

/** The implementations of the Gateway API that the kit can start. */
export type GatewayImplementation = 'istio' | 'envoy-gateway';

/** A listener of every Gateway of the kit, and its port: HTTP and gRPC, or TCP. */
export type Listener = 'http' | 'tcp';
export const LISTENERS: Readonly<Record<Listener, number>> = { http: 80, tcp: 9000 };

/** The name of every Gateway of the kit. Each has a namespace of its own. */
export const GATEWAY = 'gateway';

export const PROXIES = 2;

/** How an implementation is used. */
export interface GatewayProvider {
  readonly gatewayClass: string;
  readonly controllerName: string;
  /** The port of the control plane, as a proxy's pod sees it. */
  readonly controlPlanePort: number;
  /** The ports on which a proxy's pod serves the listeners. */
  readonly podPorts: Readonly<Record<Listener, number>>;
  /** Creates the Gateway and whatever belongs to it, in a namespace that has nothing else. */
  create(namespace: Namespace): Promise<void>;
  /** Where the proxies of that Gateway and their Service are. */
  proxies(namespace: Namespace): { readonly namespace: string; readonly selector: string };
}

/** The Gateway, with what the implementation adds to its spec. Routes of all namespaces may refer to it. */
export function gatewayObject(gatewayClassName: string, more: object): object {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: GATEWAY },
    spec: {
      gatewayClassName,
      listeners: Object.entries(LISTENERS).map(([name, port]) => ({
        name,
        port,
        protocol: name.toUpperCase(),
        allowedRoutes: { namespaces: { from: 'All' } },
      })),
      ...more,
    },
  };
}
