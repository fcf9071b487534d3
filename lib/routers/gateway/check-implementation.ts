import { percent } from '../../core/format-share';
import { type RouteKind, gatewayProfile } from '../../core/gateway-implementations';
import { type Remark, error, warning } from '../../core/finding';
import { Fraction } from '../../core/fraction';
import type { GatewayRouteProps } from './props';

/** Checks a route against what is known of the implementation that the user named. */
export function checkImplementation({ pair, implementation }: GatewayRouteProps, kind: string): Remark[] {
  const profile = implementation && gatewayProfile(implementation);
  if (!profile) {
    return [];
  }
  const { title, lacks, finest } = profile;
  const cut = finest === undefined ? [] : pair._plan().stages.filter(({ weight }) => weight.times(finest).denominator !== 1n);
  return [
    ...(lacks.includes(kind as RouteKind)
      ? [
          error(
            'gateway-limit',
            `${title} does not serve a ${kind} of gateway.networking.k8s.io/v1, so no connection would be divided; use another Gateway, or leave out implementation if a newer version serves it`,
          ),
        ]
      : []),
    ...cut.map(({ folder }) =>
      warning(
        'gateway-limit',
        `${folder}: ${title} cuts shares to ${percent(Fraction.of(1, finest))}, and this weight is finer; choose a weight of whole hundredths of a percent`,
      ),
    ),
  ];
}
