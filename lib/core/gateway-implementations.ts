/**
 * What is known of implementations of the Gateway API, where one YAML means different things. The sources are threads of the projects, read in
 * November 2026; what was run here stands in docs/guides/gateway.md.
 */

export type RouteKind = 'HTTPRoute' | 'GRPCRoute' | 'TCPRoute';

/** An implementation, and where it differs from the specification. */
export interface GatewayProfile {
  readonly title: string;
  /** The `controllerName` of its GatewayClasses. */
  readonly controllers: readonly string[];
  /** The kinds of `gateway.networking.k8s.io/v1` that it does not serve. */
  readonly lacks: readonly RouteKind[];
  /** The denominator of the finest share that it keeps; undefined if shares are exact. */
  readonly finest?: number;
  /** What a user should know, with its source. */
  readonly notes: readonly { readonly what: string; readonly source: string }[];
}

export const GATEWAY_PROFILES = {
  'envoy-gateway': {
    title: 'Envoy Gateway',
    controllers: ['gateway.envoyproxy.io/gatewayclass-controller'],
    lacks: [],
    notes: [
      { what: 'ignores weights under consistent hashing', source: 'envoyproxy/gateway#9775' },
      { what: 'loses requests when a rule is added before others', source: 'envoyproxy/gateway#9029' },
    ],
  },
  istio: {
    title: 'Istio',
    controllers: ['istio.io/gateway-controller', 'istio.io/mesh-controller'],
    lacks: [],
    notes: [],
  },
  contour: {
    title: 'Contour',
    controllers: ['projectcontour.io/gateway-controller'],
    lacks: ['TCPRoute'],
    notes: [{ what: 'reads TCPRoutes of v1alpha2 alone', source: 'Contour 1.33.8, run' }],
  },
  traefik: {
    title: 'Traefik',
    controllers: ['traefik.io/gateway-controller'],
    lacks: ['TCPRoute'],
    notes: [
      { what: 'reads TCPRoutes of v1alpha2 alone', source: 'Traefik 3.7.9, run' },
      { what: 'an empty Service broke its whole Gateway', source: 'traefik/traefik#9158' },
    ],
  },
  'nginx-gateway-fabric': {
    title: 'NGINX Gateway Fabric',
    controllers: ['gateway.nginx.org/nginx-gateway-controller'],
    lacks: [],
    finest: 10_000,
    notes: [{ what: 'cuts shares to hundredths of a percent', source: 'nginx/nginx-gateway-fabric' }],
  },
  kgateway: {
    title: 'kgateway',
    controllers: ['kgateway.dev/kgateway'],
    lacks: [],
    notes: [{ what: 'sent everything to a single backend of weight 0', source: 'kgateway-dev/kgateway#13833' }],
  },
  cilium: {
    title: 'Cilium',
    controllers: ['io.cilium/gateway-controller'],
    lacks: [],
    notes: [{ what: 'waited 5 s for the address of a pod that was gone', source: 'cilium/cilium#48460' }],
  },
  aws: {
    title: 'AWS Load Balancer Controller',
    controllers: ['gateway.k8s.aws/alb', 'gateway.k8s.aws/nlb'],
    lacks: [],
    notes: [{ what: 'makes no target group for a weight of 0', source: 'kubernetes-sigs/aws-load-balancer-controller#4732' }],
  },
  consul: {
    title: 'Consul',
    controllers: ['consul.hashicorp.com/gateway-controller'],
    lacks: [],
    notes: [{ what: 'took a weight of 0 for 1', source: 'hashicorp/consul#23305' }],
  },
  linkerd: {
    title: 'Linkerd',
    controllers: ['linkerd.io/policy-controller'],
    lacks: [],
    notes: [{ what: 'takes an available backend where the share of an empty one should get 503', source: "Linkerd's documentation" }],
  },
} as const satisfies Readonly<Record<string, GatewayProfile>>;

/** The key of a profile. */
export type GatewayName = keyof typeof GATEWAY_PROFILES;

/** The profile of a key; undefined for a key that this version does not know. */
export function gatewayProfile(name: string): GatewayProfile | undefined {
  return Object.hasOwn(GATEWAY_PROFILES, name) ? GATEWAY_PROFILES[name as GatewayName] : undefined;
}

/** The profile whose GatewayClasses have this controller; undefined for one that is not known. */
export function profileOfController(controllerName: string): GatewayProfile | undefined {
  return Object.values<GatewayProfile>(GATEWAY_PROFILES).find(({ controllers }) => controllers.includes(controllerName));
}
