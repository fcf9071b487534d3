import { GATEWAY_GROUP } from '../../../lib/core/gateway-api';
import { type GatewayRef, gatewaysOf } from '../core/in-force/gateway-places';
import type { LiveGateways } from '../core/in-force/route-status';
import { type Resource, textAt } from '../core/resource';
import { isAllowed } from './access';
import { type Api, ApiError } from './api';

/**
 * Reads what the proof of a weight needs of the Gateways and their proxies. All of it is optional: a command makes no request that the user may
 * not make, and what cannot be read is undefined.
 */
export class GatewayReader {
  private readonly allowed = new Map<string, Promise<boolean>>();

  constructor(private readonly api: Api) {}

  /** Returns a Gateway; `hidden` if the user may not read it, and undefined if it does not exist. */
  async gateway({ namespace, name }: Pick<GatewayRef, 'namespace' | 'name'>): Promise<Resource | 'hidden' | undefined> {
    return (await this.may('get', GATEWAY_GROUP, 'gateways', namespace))
      ? this.api.find(`/apis/${GATEWAY_GROUP}/v1/namespaces/${encodeURIComponent(namespace)}/gateways/${encodeURIComponent(name)}`)
      : 'hidden';
  }

  /** Returns the Gateways of a route, and their classes. A Gateway that the user may not read counts as programmed: only the route's own conditions tell. */
  async behind(route: Resource): Promise<LiveGateways> {
    const found = await Promise.all(gatewaysOf(route).gateways.map(async (ref) => hiddenOr(await this.gateway(ref), ref)));
    const gateways = found.filter((gateway) => gateway !== undefined);
    const classes = await Promise.all(gateways.map((gateway) => this.gatewayClass(gateway)));
    return { gateways, gatewayClasses: classes.filter((one) => one !== undefined) };
  }

  /** Returns the class of a Gateway, which names its controller; undefined if the user may not read it. */
  async gatewayClass(gateway: Resource): Promise<Resource | undefined> {
    const name = textAt(gateway, 'spec', 'gatewayClassName');
    return name !== undefined && (await this.may('get', GATEWAY_GROUP, 'gatewayclasses'))
      ? this.api.find(`/apis/${GATEWAY_GROUP}/v1/gatewayclasses/${encodeURIComponent(name)}`)
      : undefined;
  }

  /** Returns a Service; undefined if the user may not read it, or it does not exist. */
  async service(namespace: string, name: string): Promise<Resource | undefined> {
    return (await this.may('get', '', 'services', namespace))
      ? this.api.find(`/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(name)}`)
      : undefined;
  }

  /** Returns the Services of a namespace, or of all namespaces; an empty list if the user may not list them. */
  async services(namespace?: string): Promise<readonly Resource[]> {
    const place = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
    return (await this.may('list', '', 'services', namespace)) ? itemsOf(await this.api.get(`/api/v1${place}/services`)) : [];
  }

  /** Returns the EndpointSlices of a Service; undefined if the user may not list them. */
  async slices(service: Resource): Promise<readonly Resource[] | undefined> {
    const [namespace, name] = [textAt(service, 'metadata', 'namespace') ?? '', textAt(service, 'metadata', 'name') ?? ''];
    return (await this.may('list', 'discovery.k8s.io', 'endpointslices', namespace))
      ? itemsOf(
          await this.api.get(`/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices`, {
            labelSelector: `kubernetes.io/service-name=${name}`,
          }),
        )
      : undefined;
  }

  private may(verb: string, group: string, resource: string, namespace?: string): Promise<boolean> {
    const key = [verb, group, resource, namespace].join(' ');
    const known = this.allowed.get(key) ?? isAllowed(this.api, { verb, group, resource, namespace });
    this.allowed.set(key, known);
    return known;
  }
}

function hiddenOr(gateway: Resource | 'hidden' | undefined, { namespace, name }: GatewayRef): Resource | undefined {
  return gateway === 'hidden'
    ? {
        metadata: { namespace, name, generation: 1 },
        status: { conditions: [{ type: 'Programmed', status: 'True', observedGeneration: 1 }] },
      }
    : gateway;
}

function itemsOf(list: Resource): readonly Resource[] {
  return (list['items'] as readonly Resource[] | undefined) ?? [];
}

/** What the API server said about a failed read; undefined for an error of another kind. */
export function readFailure(error: unknown): string | undefined {
  return error instanceof ApiError ? error.message : undefined;
}
