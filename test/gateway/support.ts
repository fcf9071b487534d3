import type { Chart } from 'cdk8s';
import { CanaryPair, type CanaryPairProps, GatewayHttpRoute, type GatewayHttpRouteProps, RouteParent } from '../../lib';
import { type Output, type Written, inChart, pairProps, synthesize } from '../support/apps';

/** The Services of the two Deployments that take turns. */
export const SERVICES = { 'shop-a': 'pods-of-shop-a', 'shop-b': 'pods-of-shop-b' };

/** Declares a pair behind an HTTPRoute at a Gateway. */
export function declared(chart: Chart, route: Partial<GatewayHttpRouteProps> = {}, pair: Partial<CanaryPairProps> = {}): GatewayHttpRoute {
  const shop = new CanaryPair(chart, 'shop', pairProps(pair));
  return new GatewayHttpRoute(chart, 'route', { pair: shop, parents: [RouteParent.gateway('public')], ...route });
}

/** Synthesizes a pair behind an HTTPRoute. */
export function routed(
  route: Partial<GatewayHttpRouteProps> = {},
  pair: Partial<CanaryPairProps> = {},
  add: (chart: Chart, route: GatewayHttpRoute) => void = () => {},
): Output {
  return synthesize(inChart((chart) => add(chart, declared(chart, route, pair))));
}

/** The error of a synth. */
export function refusal(
  route: Partial<GatewayHttpRouteProps>,
  pair: Partial<CanaryPairProps> = {},
  add?: Parameters<typeof routed>[2],
): string {
  try {
    routed(route, pair, add);
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

/** The backends of each rule of a folder's route, as `name: weight`. */
export function weights(output: Output, folder: string, kind = 'HTTPRoute'): string[] {
  const { rules } = output.object(folder, kind).spec as { rules: { backendRefs: Written[] }[] };
  return rules.map(({ backendRefs }) => backendRefs.map(({ name, weight }) => `${name}: ${weight}`).join(', '));
}

/** A route without the numbers of its weights. */
export function shapeOf(route: Written): unknown {
  return JSON.parse(JSON.stringify(route.spec, (key, value: unknown) => (key === 'weight' || key === 'percent' ? 0 : value)));
}
