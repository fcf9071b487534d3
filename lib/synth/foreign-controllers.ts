import { type Remark, error } from '../core/finding';
import type { Json, JsonObject } from '../core/yaml';
import { manifestsOf, titleOf } from '../rendered/manifests';
import { podLabelsIn } from '../rendered/pod-templates';
import { at, namespaceOf, podLabelsOf } from '../rendered/rendered-objects';
import type { Template } from '../rendered/template';

/** A reference of another controller to an object, which it scales, selects or overwrites. */
interface Reference {
  readonly controller: JsonObject;
  /** The field that names the object. */
  readonly field: string;
  readonly kind: string;
  readonly name: string;
}

/** A tool for canary releases: what its objects refer to, and how its pods are handed over. */
interface Tool {
  readonly read: (json: JsonObject) => Omit<Reference, 'controller'>[];
  /** The step that ends the tool's work on an object of this name and leaves its pods running. */
  readonly handOver: (name: string) => string;
}

const TOOLS: Readonly<Record<string, Tool>> = {
  'flagger.app/Canary': {
    read: ofFlagger,
    handOver: (name) => `set revertOnDeletion of canary ${name} to true in the cluster and delete it, so that Flagger restores its target`,
  },
  'argoproj.io/Rollout': {
    read: ofArgo,
    handOver: (name) =>
      `delete it in the cluster with --cascade=orphan, so that the pods of ${name} serve until those of stage-0 are ready`,
  },
  'rollouts.kruise.io/Rollout': {
    read: ofKruise,
    handOver: (name) => `delete ${name} in the cluster while no release is in progress; its workload keeps its pods`,
  },
};

function toolOf({ apiVersion, kind }: JsonObject): Tool | undefined {
  return TOOLS[`${String(apiVersion).split('/')[0]}/${String(kind)}`];
}

/** How to move from the object of another tool to a pair; undefined for any other object. */
export function wayOver(controller: JsonObject): string | undefined {
  const name = textAt(controller, 'metadata', 'name') ?? 'NAME';
  const handOver = toolOf(controller)?.handOver(name);
  return handOver && `take ${titleOf(controller)} out of the app, and ${handOver} (docs/guides/coming-from-argo-flagger.md)`;
}

/** What the other tools of an app refer to, by the object. */
export class ForeignControllers {
  private readonly byObject = new Map<string, Reference[]>();
  private readonly rollouts: JsonObject[] = [];

  constructor(templates: readonly Template[]) {
    for (const controller of templates.flatMap(manifestsOf)) {
      if (toolOf(controller) && podLabelsIn(controller).length > 0) {
        this.rollouts.push(controller);
      }
      for (const reference of toolOf(controller)?.read(controller) ?? []) {
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
          `${titleOf(controller)}, ${field} names ${kind} ${name}, so its controller changes that object too and works against the plan; ${wayOver(controller)!}, or let it carry out the release instead of this pair`,
        ),
      ),
    );
  }

  /** The remarks about rollouts with pods of their own whose selector matches the pods of a Deployment, too. */
  checkPods(deployments: readonly Template[]): Remark[] {
    return deployments.flatMap((deployment) =>
      this.rollouts
        .filter((rollout) => namespaceOf(rollout) === namespaceOf(deployment.json) && isSelectedBy(rollout, podLabelsOf(deployment)))
        .map((rollout) =>
          error(
            'foreign-controller',
            `${titleOf(rollout)}, spec.selector selects the pods of Deployment ${deployment.construct.name}, so both work on the same pods; ${wayOver(rollout)!}, or give the pair other selectorLabels`,
          ),
        ),
    );
  }
}

function isSelectedBy(rollout: JsonObject, labels: Readonly<Record<string, string>>): boolean {
  const selector = Object.entries((at(rollout, ['spec', 'selector', 'matchLabels']) ?? {}) as Record<string, string>);
  return selector.length > 0 && selector.every(([key, value]) => labels[key] === value);
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

/**
 * Flagger scales its target down, and runs a copy of it with the suffix `-primary`. It owns the Service of that name, a Service for each of
 * the two, and the routes that it makes of them.
 */
function ofFlagger(json: JsonObject): Omit<Reference, 'controller'>[] {
  const name = textAt(json, 'spec', 'service', 'name');
  const [service] = name === undefined ? target(json, 'spec', 'targetRef') : reference(json, 'Service', 'spec', 'service', 'name');
  const targets = target(json, 'spec', 'targetRef');
  const named = [...(service ? [service] : []), ...both(service)];
  return [
    ...targets,
    ...targets.map((deployment) => ({ ...deployment, name: `${deployment.name}-primary` })),
    ...(service ? [{ ...service, kind: 'VirtualService' }] : []),
    ...named.flatMap((owned) => ['Service', 'DestinationRule'].map((kind) => ({ ...owned, kind }))),
  ];
}

/** The names of both versions that Flagger makes of a name. */
function both(service: Omit<Reference, 'controller'> | undefined): Omit<Reference, 'controller'>[] {
  return service ? ['primary', 'canary'].map((suffix) => ({ ...service, name: `${service.name}-${suffix}` })) : [];
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

/** OpenKruise pauses and scales the workload, and changes the Services of its routes; the place of the reference depends on the version. */
function ofKruise(json: JsonObject): Omit<Reference, 'controller'>[] {
  const routings = ['spec', 'strategy', 'canary', 'trafficRoutings'];
  const several = at(json, routings);
  return [
    ...target(json, 'spec', 'workloadRef'),
    ...target(json, 'spec', 'objectRef', 'workloadRef'),
    ...(Array.isArray(several) ? [...several.keys()] : []).flatMap((index) =>
      reference(json, 'Service', ...routings, String(index), 'service'),
    ),
  ];
}
