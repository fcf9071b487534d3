import { ApiObject, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import type { Remark } from '../../core/finding';
import { STAGE_0 } from '../../core/folders';
import type { Fraction } from '../../core/fraction';
import { routeWeights } from '../../core/route-weights';
import type { Route } from '../../core/transition';
import { Input } from '../../input/input';
import type { RenderedObjects } from '../../rendered/rendered-objects';
import { staged } from '../../staged-value';
import type { TrackService } from '../../track-services';
import type { Router } from '../router';
import { checkObjects } from './check-objects';
import type { GatewayRouteProps } from './props';
import type { WrittenRule } from './rules';

/** What distinguishes the routes of HTTP, gRPC and TCP. */
export interface RouteForm {
  readonly gvk: { readonly apiVersion: string; readonly kind: string };
  /** Checks the properties. */
  readonly check: (input: Input) => void;
  /** All rules, those of the pair without their backends. */
  readonly rules: () => readonly WrittenRule[];
  /** The spec as the API has it, without the references to parents. */
  readonly spec: (rules: readonly WrittenRule[]) => object;
}

/**
 * Divides a pair's traffic by the weights of a route of the Gateway API. A route cannot name versions, so each track has a Service.
 *
 * Every folder has the same rules with the same backends in the same order, at rest too; only the weights change. Changing the shape of a
 * route costs requests in some implementations.
 */
export abstract class GatewayRoute extends Construct implements Router {
  /** The route as it will be written, for JSON patches. Its weights follow the plan and cannot be patched. */
  public readonly route: ApiObject;

  /** @internal */
  public readonly _name = 'gateway';

  /** @internal */
  public readonly _routesByTrack = true;

  /** @internal */
  public readonly _routesOutsideClients: boolean;
  /** @internal */
  public readonly _implementation?: string;
  private readonly base: GatewayRouteProps;
  private readonly form: RouteForm;

  protected constructor(scope: Construct, id: string, props: GatewayRouteProps) {
    super(scope, id);
    this.base = props;
    this.form = this._form(props);
    const { form } = this;
    this._implementation = props?.implementation;
    this._routesOutsideClients = Array.isArray(props?.parents) && props.parents.some((parent) => parent?._isGateway);
    const input = new Input();
    form.check(input);
    this.route = input.guard(this, () => {
      props.pair._attachRouter(this);
      return new ApiObject(this, 'Resource', {
        ...form.gvk,
        metadata: {
          name: props.name ?? props.pair._name(),
          namespace: props.pair._props.namespace,
          labels: props.labels,
          annotations: props.annotations,
        },
        spec: Lazy.any({ produce: () => this.spec() }) as unknown,
      });
    });
    this.node.defaultChild = this.route;
  }

  /** The kind of the route. It may use the properties alone, because the constructor calls it. @internal */
  public abstract _form(props: GatewayRouteProps): RouteForm;

  /** @internal */
  public _check(objects: RenderedObjects): Remark[] {
    return checkObjects({ props: this.base, route: this.route, rules: this.form.rules() }, objects);
  }

  private spec(): object {
    const { pair, parents } = this.base;
    const rules = this.form.rules();
    const { rules: written, ...rest } = this.form.spec(rules) as { rules: readonly object[] };
    return {
      parentRefs: parents.map((parent) => parent._refFor(pair)),
      ...rest,
      rules: written.map((rule, index) => {
        const { share } = rules[index]!;
        return share ? { ...rule, backendRefs: this.backendsAt(index, share) } : rule;
      }),
    };
  }

  /** The backends of one rule. Their weights are the canary's share of its requests at each stage. */
  private backendsAt(rule: number, share: (route: Route) => Fraction): object[] {
    return this.base.pair._trackServices().map(({ service, track }, index) => ({
      ...this._backend(service),
      weight: this._staged(['rules', rule, 'backendRefs', index, 'weight'], 'stages', (route) => this.weightOf(track, share(route))),
    }));
  }

  /** A reference to the Service of a track. @internal */
  public _backend(service: string): { readonly name: string; readonly port: number } {
    const { pair, port } = this.base;
    return { name: service, port: port ?? pair._props.service!.ports[0]!.port };
  }

  /**
   * A number in the spec that follows the plan.
   *
   * @param path its path in the spec
   * @param property the property that sets it
   * @internal
   */
  public _staged(path: readonly (string | number)[], property: string, at: (route: Route) => number): unknown {
    const { pair } = this.base;
    return staged(
      { owner: this, path: ['spec', ...path], property, isList: false, at: (folder) => at(pair._stateAt(folder).route!) },
      () => (pair.canary ? undefined : STAGE_0),
    );
  }

  /** A weight of 0 stays in the route: the number of backends is a part of its shape. */
  private weightOf(track: TrackService['track'], canaryShare: Fraction): number {
    const { canary, stable } = this.base.pair;
    const weights = routeWeights(canaryShare);
    if (track === stable) {
      return weights.stable;
    }
    return track !== undefined && track === canary ? weights.canary : 0;
  }
}
