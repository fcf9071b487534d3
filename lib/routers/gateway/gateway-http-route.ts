import type { Construct } from 'constructs';
import * as gateway from '../../../imports/gateway.networking.k8s.io';
import { Fraction } from '../../core/fraction';
import { checkHttpRoute } from './check-props';
import { GatewayRoute, type RouteForm } from './gateway-route';
import type { GatewayHttpRouteProps } from './props';
import { type WrittenRule, rulesOf } from './rules';

/**
 * Divides the HTTP requests of a pair by the weights of an HTTPRoute of the Gateway API, behind a Gateway or in a mesh.
 *
 * The pair gets a Service for each track. Every folder has the same rules and backends, and only the weights differ.
 */
export class GatewayHttpRoute extends GatewayRoute {
  /**
   * @param scope a chart, or a construct in one
   * @param id the construct's id
   * @param props what it routes, and how
   */
  public constructor(scope: Construct, id: string, props: GatewayHttpRouteProps) {
    super(scope, id, props);
  }

  /** @internal */
  public override _form(props: GatewayHttpRouteProps): RouteForm {
    return {
      gvk: gateway.HttpRoute.GVK,
      check: (input) => checkHttpRoute(input, props),
      rules: () => rulesOfHttp(props),
      spec: (rules) => this.specOf(props, rules),
    };
  }

  private specOf(props: GatewayHttpRouteProps, written: readonly WrittenRule[]): object {
    const rules = written.map(({ rule }) => rule as gateway.HttpRouteSpecRules);
    const { spec } = gateway.HttpRoute.manifest({ spec: { hostnames: props.hostnames, rules } }) as { spec: { rules: Json[] } };
    return {
      ...spec,
      rules: spec.rules.map((rule, index) => (isMirrored(props, written[index]!) ? this.mirrored(props, rule, index) : rule)),
    };
  }

  /** Adds the filter that copies requests to the canary. It is there in every folder, because a filter is a part of the route's shape. */
  private mirrored({ pair, mirrorPercent = 0 }: GatewayHttpRouteProps, rule: Json, index: number): Json {
    const filters = (rule.filters ?? []) as unknown[];
    const target = pair._trackServices().find(({ track }) => track !== pair.stable)!;
    const path = ['rules', index, 'filters', filters.length, 'requestMirror', 'percent'];
    const percent = this._staged(path, 'mirrorPercent', ({ weight }) =>
      weight.equals(Fraction.ZERO) || weight.equals(Fraction.ONE) ? 0 : mirrorPercent,
    );
    const mirror = { type: 'RequestMirror', requestMirror: { backendRef: this._backend(target.service), percent } };
    return { ...rule, filters: [...filters, mirror] };
  }
}

type Json = Readonly<Record<string, unknown>>;

function rulesOfHttp({ filters, match, retry, rules = [{}], timeouts }: GatewayHttpRouteProps): WrittenRule[] {
  return rulesOf<gateway.HttpRouteSpecRules>(rules, { filters, retry, timeouts }, match);
}

/** Requests of testers go to the canary anyway. */
function isMirrored({ mirrorPercent }: GatewayHttpRouteProps, { share, isForTesters }: WrittenRule): boolean {
  return Boolean(mirrorPercent) && share !== undefined && !isForTesters;
}
