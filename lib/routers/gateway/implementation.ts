/** The implementations of the Gateway API of which something is known that a route may meet. */
export enum GatewayImplementation {
  /** Envoy Gateway. */
  ENVOY_GATEWAY = 'envoy-gateway',
  /** Istio, also in ambient mode. */
  ISTIO = 'istio',
  /** Contour. */
  CONTOUR = 'contour',
  /** Traefik. */
  TRAEFIK = 'traefik',
  /** NGINX Gateway Fabric. */
  NGINX_GATEWAY_FABRIC = 'nginx-gateway-fabric',
  /** kgateway. */
  KGATEWAY = 'kgateway',
  /** Cilium. */
  CILIUM = 'cilium',
  /** The AWS Load Balancer Controller. */
  AWS = 'aws',
  /** Consul. */
  CONSUL = 'consul',
  /** Linkerd. */
  LINKERD = 'linkerd',
}
