import type { Json } from '../../../../lib/core/yaml';
import { quantityOf } from '../../../../lib/core/quantity';
import type { Declaration } from './declaration';
import { type Expression, type Properties, isEmpty, literal, object } from './expression';
import { hasOnly, isObject } from './json';
import { cpu, size } from './quantities';

/** The resources of a container, and the extended ones of the main container; undefined if no property can express them. */
export function resourcesOf(value: Json, isMain: boolean, declaration: Declaration): Properties | undefined {
  if (!hasOnly(value, 'requests', 'limits')) {
    return undefined;
  }
  const requests = isObject(value.requests) ? value.requests : {};
  const limits = isObject(value.limits) ? value.limits : {};
  const names = [...new Set([...Object.keys(limits), ...Object.keys(requests)])];
  const amounts: Record<string, Expression> = {};
  const extended: Record<string, Expression> = {};
  for (const resource of names) {
    const property = PROPERTIES[resource];
    const request = requests[resource];
    const limit = limits[resource];
    if (property) {
      const pair = object({ request: convert(resource, request), limit: convert(resource, limit) });
      if (pair.kind !== 'object' || pair.entries.length !== [request, limit].filter((amount) => amount !== undefined).length) {
        return undefined;
      }
      amounts[property] = pair;
    } else {
      const count = quantityOf(String(limit));
      const isSame = request === undefined || quantityOf(String(request)) === count;
      if (!isMain || !resource.includes('/') || !isSame || !Number.isSafeInteger(count) || count! < 1) {
        return undefined;
      }
      extended[resource] = literal(count!);
    }
  }
  const others = object(extended);
  const added = Object.keys(extended).filter((resource) => requests[resource] === undefined);
  if (added.length > 0) {
    // The API server copies limits to the requests of a pod, but not to those of a template: the pods have them, and are replaced.
    declaration.templateChanges.push(`the requests of ${added.join(', ')}, written out: pods without them get those of the limits`);
  }
  return { resources: object(amounts), extendedResources: isEmpty(others) ? undefined : others };
}

function convert(resource: string, amount: Json | undefined): Expression | undefined {
  return amount === undefined ? undefined : resource === 'cpu' ? cpu(amount) : size(amount);
}

const PROPERTIES: Readonly<Record<string, string>> = { cpu: 'cpu', 'ephemeral-storage': 'ephemeralStorage', memory: 'memory' };
