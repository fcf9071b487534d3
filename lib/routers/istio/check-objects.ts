import type { ApiObject } from 'cdk8s';
import type * as istio from '../../../imports/networking.istio.io';
import type { Remark } from '../../core/finding';
import { VERSION_LABEL } from '../../core/labels';
import type { CanaryPair } from '../../pair';
import { type RenderedObjects, at, checkIdentity, equal, patched } from '../../rendered/rendered-objects';
import type { Template } from '../../rendered/template';
import { type Entrances, catchesAll, entrancesOf } from './catch-all';
import { resolvedHost } from './hosts';
import type { IstioVirtualServiceProps } from './props';
import type { WrittenRule } from './rules';

/** The objects of a route as they were declared. */
export interface Declared {
  readonly props: IstioVirtualServiceProps;
  readonly virtualService: ApiObject;
  readonly destinationRule: ApiObject;
  readonly rules: readonly WrittenRule[];
}

/** Checks that the route follows the plan and that the DestinationRule defines every subset: otherwise clients get 503. */
export function checkObjects({ props, virtualService, destinationRule, rules }: Declared, objects: RenderedObjects): Remark[] {
  const [route, rule] = [objects.of(virtualService), objects.of(destinationRule)];
  return route && rule
    ? [...checkRules(route, rules, entrancesOf(props)), ...checkSubsets(props.pair, rule), ...checkIdentity(route), ...checkIdentity(rule)]
    : [];
}

/**
 * No rule was added or removed, and each still takes all requests or some. `lostFields` checks that the destinations are the plan's.
 */
function checkRules({ construct, json }: Template, expected: readonly WrittenRule[], entrances: Entrances): Remark[] {
  const rules = at(json, ['spec', 'http']);
  const what = `VirtualService ${construct.name}, spec.http`;
  if (!Array.isArray(rules) || rules.length < expected.length) {
    return [];
  }
  if (rules.length > expected.length) {
    return [patched(what, `${rules.length} rules`, 'rules')];
  }
  return rules.flatMap(({ match }: istio.VirtualServiceSpecHttp, index) => {
    const { rule, isForTesters } = expected[index]!;
    const isChanged = Boolean(match?.length) !== Boolean(rule.match?.length) || (isForTesters && catchesAll(match!, entrances));
    return isChanged ? [patched(`${what}[${index}].match`, match, 'match')] : [];
  });
}

function checkSubsets(pair: CanaryPair, { construct, json }: Template): Remark[] {
  const what = `DestinationRule ${construct.name}`;
  const host = at(json, ['spec', 'host']);
  const subsets = (at(json, ['spec', 'subsets']) ?? []) as { name?: string; labels?: Record<string, string> }[];
  return [
    ...(isService(host, pair, construct) ? [] : [patched(`${what}, spec.host`, host, 'service.name')]),
    ...pair
      ._tracks()
      .filter(({ subsetName, version }) => {
        const subset = subsets.find(({ name }) => name === subsetName);
        return !equal(subset?.labels, { [VERSION_LABEL]: version });
      })
      .map(({ subsetName }) =>
        patched(
          `${what}, the subset ${subsetName}`,
          subsets.find(({ name }) => name === subsetName),
          'subsetName',
        ),
      ),
  ];
}

/** Whether a host is the pair's Service, in any spelling. */
function isService(host: unknown, pair: CanaryPair, { metadata: { namespace = '' } }: ApiObject): boolean {
  return typeof host === 'string' && resolvedHost(host, namespace) === resolvedHost(pair._name(), namespace);
}
