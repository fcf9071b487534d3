import { Remark } from '../core/finding';
import { IstioVirtualService } from '../istio-virtual-service';
import { VERSION_LABEL } from '../core/labels';
import { CanaryPair } from '../pair';
import { RenderedObjects, at, checkIdentity, equal, patched } from './rendered-objects';
import { Template } from './template';

/** A route that does not follow the plan, or a subset that nothing defines, is 503 for everyone. */
export function checkRouter(pair: CanaryPair, objects: RenderedObjects): Remark[] {
  const router = pair._router;
  if (!(router instanceof IstioVirtualService)) {
    return [];
  }
  const virtualService = objects.of(router.virtualService);
  const destinationRule = objects.of(router.destinationRule);
  return virtualService && destinationRule
    ? [
        ...checkRoutes(virtualService, router._ruleCount()),
        ...checkSubsets(pair, destinationRule),
        ...checkIdentity(virtualService),
        ...checkIdentity(destinationRule),
      ]
    : [];
}

/** Only the last rule takes what no other does, and there is none but the plan's. That their routes are the plan's is `lostFields`' concern. */
function checkRoutes({ construct, json }: Template, expected: number): Remark[] {
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
    ...(host === pair.service.name ? [] : [patched(`${what}, spec.host`, host, 'service.name')]),
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
