import type { Construct } from 'constructs';
import * as gateway from '../../../imports/gateway.networking.k8s.io';
import { checkTcpRoute } from './check-props';
import { GatewayRoute, type RouteForm } from './gateway-route';
import type { GatewayRouteProps } from './props';
import { rulesOf } from './rules';

/**
 * Divides the new TCP connections of a pair by the weights of a TCPRoute of the Gateway API. A connection that exists stays with its pod until
 * one of its ends closes it.
 */
export class GatewayTcpRoute extends GatewayRoute {
  /**
   * @param scope a chart, or a construct in one
   * @param id the construct's id
   * @param props what it routes, and how
   */
  public constructor(scope: Construct, id: string, props: GatewayRouteProps) {
    super(scope, id, props);
  }

  /** @internal */
  public override _form(props: GatewayRouteProps): RouteForm {
    return {
      gvk: gateway.TcpRoute.GVK,
      check: (input) => checkTcpRoute(input, props),
      rules: () => rulesOf([{}], {}, undefined),
      spec: (rules) => ({ rules: rules.map(({ rule }) => rule) }),
    };
  }
}
