import type { Construct } from 'constructs';
import * as gateway from '../../../imports/gateway.networking.k8s.io';
import { checkGrpcRoute } from './check-props';
import { GatewayRoute, type RouteForm } from './gateway-route';
import type { GatewayGrpcRouteProps } from './props';
import { rulesOf } from './rules';

/**
 * Divides the gRPC calls of a pair by the weights of a GRPCRoute of the Gateway API. Calls are divided one by one, whatever connection they
 * come over.
 */
export class GatewayGrpcRoute extends GatewayRoute {
  /**
   * @param scope a chart, or a construct in one
   * @param id the construct's id
   * @param props what it routes, and how
   */
  public constructor(scope: Construct, id: string, props: GatewayGrpcRouteProps) {
    super(scope, id, props);
  }

  /** @internal */
  public override _form(props: GatewayGrpcRouteProps): RouteForm {
    return {
      gvk: gateway.GrpcRoute.GVK,
      check: (input) => checkGrpcRoute(input, props),
      rules: () => {
        const { filters, match, rules = [{}] } = props;
        return rulesOf<gateway.GrpcRouteSpecRules>(rules, { filters }, match);
      },
      spec: (written) => {
        const rules = written.map(({ rule }) => rule as gateway.GrpcRouteSpecRules);
        return (gateway.GrpcRoute.manifest({ spec: { hostnames: props.hostnames, rules } }) as { spec: object }).spec;
      },
    };
  }
}
