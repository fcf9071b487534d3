import { percent } from '../../../../../lib/core/format-share';
import { Fraction } from '../../../../../lib/core/fraction';
import type { RolloutPair } from '../../plan/plan';
import { type Resource, at, listAt, textAt } from '../../resource';
import type { Expectation } from '../../traffic/expected-share';

/** The weight of a backend that states none. */
const DEFAULT_WEIGHT = 1;

/** The rules of a route that lead to the Services of a pair's tracks, in their order. */
export function rulesOfPair(route: Resource | undefined, pair: RolloutPair): readonly Resource[] {
  return listAt(route, 'spec', 'rules').filter((rule) => weightsOf(rule, route, pair).leadsToPair);
}

/** The canary's share of the requests that a rule takes. Requests to other backends of the rule do not count. */
export function shareOfRule(rule: Resource, route: Resource, pair: RolloutPair): Expectation {
  const { stable, canary } = weightsOf(rule, route, pair);
  if (stable + canary === 0) {
    return { why: `${titleOf(route)} sends this request to neither version` };
  }
  const share = Fraction.of(canary, stable + canary);
  return { share, from: `${titleOf(route)}: ${percent(share)}` };
}

/** Names a route: `HTTPRoute shop`. */
export function titleOf(route: Resource): string {
  return `${textAt(route, 'kind') ?? 'route'} ${textAt(route, 'metadata', 'name') ?? ''}`;
}

function weightsOf(rule: Resource, route: Resource | undefined, pair: RolloutPair) {
  const refs = listAt(rule, 'backendRefs');
  const namespace = textAt(route, 'metadata', 'namespace');
  const ofTrack = (service: string | undefined) => refs.filter((ref) => isService(ref, service, namespace, pair.namespace));
  const [stable, canary] = [ofTrack(pair.stable.service), ofTrack(pair.canary.service)];
  const sum = (list: readonly Resource[]) => list.reduce((total, ref) => total + weightOf(ref), 0);
  return { stable: sum(stable), canary: sum(canary), leadsToPair: stable.length + canary.length > 0 };
}

function weightOf(ref: Resource): number {
  const weight = at(ref, 'weight');
  return typeof weight === 'number' ? weight : DEFAULT_WEIGHT;
}

/** Whether a reference is to a Service. The manifests may leave the namespace to kubectl. */
function isService(ref: Resource, name: string | undefined, ofRoute: string | undefined, ofPair: string | undefined): boolean {
  const namespace = textAt(ref, 'namespace') ?? ofRoute;
  return (
    (textAt(ref, 'group') ?? '') === '' &&
    (textAt(ref, 'kind') ?? 'Service') === 'Service' &&
    name !== undefined &&
    textAt(ref, 'name') === name &&
    (namespace === undefined || ofPair === undefined || namespace === ofPair)
  );
}
