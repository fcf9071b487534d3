import * as names from '../../core/names';
import type { Input } from '../../input/input';
import type { CanaryPair } from '../../pair';

/** Where a Gateway is, and which of its listeners take a route. */
export interface GatewayParentOptions {
  /**
   * The namespace of the Gateway. The listener has to allow routes of the pair's namespace (`allowedRoutes`).
   *
   * @default - that of the pair
   */
  readonly namespace?: string;

  /**
   * The name of the listener.
   *
   * @default - all listeners that take such routes
   */
  readonly listener?: string;

  /**
   * The port of the listeners.
   *
   * @default - all ports
   */
  readonly port?: number;
}

/** What a route is attached to: a Gateway for clients outside the cluster, or a Service for clients in a mesh. */
export class RouteParent {
  /**
   * A Gateway. Its implementation applies the weights to the requests that come through it.
   *
   * @param name the Gateway's name
   * @param options its namespace and its listener
   */
  public static gateway(name: string, options: GatewayParentOptions = {}): RouteParent {
    return new RouteParent('Gateway', name, options);
  }

  /**
   * The Service of the pair, in a mesh that follows the Gateway API, such as Istio's ambient mode or Linkerd: the mesh applies the weights to
   * the requests that its clients send to the Service.
   *
   * @param port the port of the Service; all ports if it is left out
   */
  public static service(port?: number): RouteParent {
    return new RouteParent('Service', undefined, { port });
  }

  private constructor(
    private readonly kind: 'Gateway' | 'Service',
    private readonly name: string | undefined,
    private readonly options: GatewayParentOptions,
  ) {}

  /** Whether clients outside the mesh pass through it. @internal */
  public get _isGateway(): boolean {
    return this.kind === 'Gateway';
  }

  /** The reference of a route to it. @internal */
  public _refFor(pair: CanaryPair): ParentRef {
    const { namespace, listener, port } = this.options;
    const of = this._isGateway ? { name: this.name! } : { group: '', kind: 'Service', name: pair._name() };
    return {
      ...of,
      ...(namespace !== undefined && { namespace }),
      ...(listener !== undefined && { sectionName: listener }),
      ...(port !== undefined && { port }),
    };
  }

  /** Checks what was given to the factory, which cannot name the property. @internal */
  public _check(input: Input, property: string): void {
    const { namespace, listener, port } = this.options;
    if (this._isGateway) {
      input.text(`${property}.name`, this.name, names.OBJECT_NAME);
    }
    if (namespace !== undefined) {
      input.text(`${property}.namespace`, namespace, names.NAMESPACE);
    }
    if (listener !== undefined) {
      input.text(`${property}.listener`, listener, names.OBJECT_NAME);
    }
    input.integer(`${property}.port`, port, 1, 65535);
  }
}

/** A `parentRef` of a route. */
export interface ParentRef {
  readonly group?: string;
  readonly kind?: string;
  readonly name: string;
  readonly namespace?: string;
  readonly sectionName?: string;
  readonly port?: number;
}
