import type { ApiObject } from 'cdk8s';
import type { Remark } from '../../core/finding';
import { VERSION_LABEL } from '../../core/labels';
import type { CanaryPair } from '../../pair';
import { type RenderedObjects, at, checkIdentity, equal, patched } from '../../rendered/rendered-objects';
import type { Template } from '../../rendered/template';

/** The objects of a route as they were declared. */
interface Declared {
  readonly pair: CanaryPair;
  readonly virtualService: ApiObject;
  readonly destinationRule: ApiObject;
  /** The number of rules: one for the matches, if there are any, and one for all other requests. */
  readonly rules: number;
}

/** Checks that the route follows the plan and that the DestinationRule defines every subset: otherwise clients get 503. */
export function checkObjects({ pair, virtualService, destinationRule, rules }: Declared, objects: RenderedObjects): Remark[] {
  const [route, rule] = [objects.of(virtualService), objects.of(destinationRule)];
  return route && rule ? [...checkRules(route, rules), ...checkSubsets(pair, rule), ...checkIdentity(route), ...checkIdentity(rule)] : [];
}

/** The last rule matches every request, and no rule was added. `lostFields` checks that the destinations are the plan's. */
function checkRules({ construct, json }: Template, expected: number): Remark[] {
  const rules = at(json, ['spec', 'http']);
  const what = `VirtualService ${construct.name}, spec.http`;
  if (!Array.isArray(rules) || rules.length < expected) {
    return [];
  }
  if (rules.length > expected) {
    return [patched(what, `${rules.length} rules`, 'match')];
  }
  return rules.flatMap((rule: { match?: unknown[] }, index) => {
    const isLast = index === rules.length - 1;
    return isLast === !rule.match?.length ? [] : [patched(`${what}[${index}].match`, rule.match, 'match')];
  });
}

function checkSubsets(pair: CanaryPair, { construct, json }: Template): Remark[] {
  const what = `DestinationRule ${construct.name}`;
  const host = at(json, ['spec', 'host']);
  const subsets = (at(json, ['spec', 'subsets']) ?? []) as { name?: string; labels?: Record<string, string> }[];
  const tracks = pair.canary ? [pair.stable, pair.canary] : [pair.stable];
  return [
    ...(host === pair._name() ? [] : [patched(`${what}, spec.host`, host, 'service.name')]),
    ...tracks
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
