import { type Remark, error } from '../core/finding';
import type { Json, JsonObject } from '../core/yaml';
import { manifestsOf, titleOf } from '../rendered/manifests';
import { at, namespaceOf } from '../rendered/rendered-objects';
import type { Template } from '../rendered/template';

/** A reference of another controller to an object, which it scales, selects or overwrites. */
interface Reference {
  readonly controller: JsonObject;
  /** The field that names the object. */
  readonly field: string;
  readonly kind: string;
  readonly name: string;
}

/** The kinds of other tools for canary releases. */
const READERS: Readonly<Record<string, (json: JsonObject) => Omit<Reference, 'controller'>[]>> = {
  'flagger.app/Canary': ofFlagger,
  'argoproj.io/Rollout': ofArgo,
  'rollouts.kruise.io/Rollout': ofKruise,
};

/** What the other tools of an app refer to, by the object. */
export class ForeignControllers {
  private readonly byObject = new Map<string, Reference[]>();

  constructor(templates: readonly Template[]) {
    for (const controller of templates.flatMap(manifestsOf)) {
      const { apiVersion, kind } = controller;
      const read = READERS[`${String(apiVersion).split('/')[0]}/${String(kind)}`];
      for (const reference of read?.(controller) ?? []) {
        const key = keyOf(namespaceOf(controller), reference.kind, reference.name);
        this.byObject.set(key, [...(this.byObject.get(key) ?? []), { ...reference, controller }]);
      }
    }
  }

  /** The remarks about objects of a pair that another tool changes too. */
  check(objects: readonly Template[]): Remark[] {
    return objects.flatMap(({ construct, json }) =>
      (this.byObject.get(keyOf(namespaceOf(json), String(json.kind), construct.name)) ?? []).map(({ controller, field, kind, name }) =>
        error(
          'foreign-controller',
          `${titleOf(controller)}, ${field} names ${kind} ${name}, so its controller changes that object too and works against the plan; remove it, or let it carry out the release instead of this pair`,
        ),
      ),
    );
  }
}

function keyOf(namespace: string, kind: string, name: string): string {
  return [namespace, kind, name].join('\u0000');
}

function textAt(json: Json, ...path: string[]): string | undefined {
  const value = at(json, path);
  return typeof value === 'string' ? value : undefined;
}

function reference(json: Json, kind: string, ...path: string[]): Omit<Reference, 'controller'>[] {
  const name = textAt(json, ...path);
  return name === undefined ? [] : [{ field: path.join('.'), kind, name }];
}

/** A reference with a kind and a name. */
function target(json: Json, ...path: string[]): Omit<Reference, 'controller'>[] {
  return reference(json, textAt(json, ...path, 'kind') ?? 'Deployment', ...path, 'name');
}

/** Flagger scales its target down, and owns the Service of that name and the routes that it makes of it. */
function ofFlagger(json: JsonObject): Omit<Reference, 'controller'>[] {
  const name = textAt(json, 'spec', 'service', 'name');
  const [service] = name === undefined ? target(json, 'spec', 'targetRef') : reference(json, 'Service', 'spec', 'service', 'name');
  const owned = ['Service', 'VirtualService', 'DestinationRule'];
  return [...target(json, 'spec', 'targetRef'), ...(service ? owned.map((kind) => ({ ...service, kind })) : [])];
}

/** Argo Rollouts scales the Deployment that it refers to down, and changes selectors of Services and weights of routes. */
function ofArgo(json: JsonObject): Omit<Reference, 'controller'>[] {
  const canary = ['spec', 'strategy', 'canary'];
  const blueGreen = ['spec', 'strategy', 'blueGreen'];
  const routing = [...canary, 'trafficRouting', 'istio'];
  const services = [
    [...canary, 'stableService'],
    [...canary, 'canaryService'],
    [...blueGreen, 'activeService'],
    [...blueGreen, 'previewService'],
  ];
  const several = at(json, [...routing, 'virtualServices']);
  return [
    ...target(json, 'spec', 'workloadRef'),
    ...services.flatMap((path) => reference(json, 'Service', ...path)),
    ...reference(json, 'VirtualService', ...routing, 'virtualService', 'name'),
    ...(Array.isArray(several) ? [...several.keys()] : []).flatMap((index) =>
      reference(json, 'VirtualService', ...routing, 'virtualServices', String(index), 'name'),
    ),
    ...reference(json, 'DestinationRule', ...routing, 'destinationRule', 'name'),
  ];
}

/** OpenKruise pauses and scales the workload; the place of the reference depends on the version. */
function ofKruise(json: JsonObject): Omit<Reference, 'controller'>[] {
  return [...target(json, 'spec', 'workloadRef'), ...target(json, 'spec', 'objectRef', 'workloadRef')];
}
