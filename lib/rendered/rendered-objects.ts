import { ApiObject } from 'cdk8s';
import { type Remark, error } from '../core/finding';
import type { Json, JsonObject } from '../core/yaml';
import { show } from '../input/input';
import type { StagedValue } from '../staged-value';
import { manifestsOf } from './manifests';
import type { Template } from './template';

/** The objects of an app, indexed by their constructs, the autoscalers by their targets, and the Services by a label that they select. */
export class RenderedObjects {
  private readonly byConstruct: Map<ApiObject, Template>;
  private readonly autoscalers = new Map<string, JsonObject[]>();
  private readonly services = new Map<string, JsonObject[]>();

  constructor(templates: readonly Template[]) {
    this.byConstruct = new Map(templates.map((template) => [template.construct, template]));
    for (const json of templates.flatMap(manifestsOf)) {
      const target = scaleTarget(json);
      if (target !== undefined) {
        const key = `${namespaceOf(json)}/${target}`;
        this.autoscalers.set(key, [...(this.autoscalers.get(key) ?? []), json]);
      }
      const [label] = Object.entries(selectorOf(json));
      if (label) {
        const key = labelKey(json, label);
        this.services.set(key, [...(this.services.get(key) ?? []), json]);
      }
    }
  }

  /** The rendered object of a construct; undefined if rendering failed. */
  of(construct: ApiObject): Template | undefined {
    return this.byConstruct.get(construct);
  }

  /** The Services that select the pods of all of these Deployments, which are in one namespace. */
  servicesOf(deployments: readonly Template[]): JsonObject[] {
    const [first] = deployments;
    const near = first ? Object.entries(podLabelsOf(first)).flatMap((label) => this.services.get(labelKey(first.json, label)) ?? []) : [];
    return near.filter((service) => deployments.every((deployment) => hasLabels(deployment, selectorOf(service))));
  }

  /** The objects that scale a Deployment. */
  autoscalersOf(deployment: Template): readonly JsonObject[] {
    return this.autoscalers.get(`${namespaceOf(deployment.json)}/${deployment.construct.name}`) ?? [];
  }
}

/** The labels by which a Service selects; none for other kinds. */
function selectorOf(json: JsonObject): Record<string, string> {
  return json.kind === 'Service' && json.apiVersion === 'v1' ? ((at(json, ['spec', 'selector']) ?? {}) as Record<string, string>) : {};
}

function labelKey(json: JsonObject, label: readonly [string, string]): string {
  return [namespaceOf(json), ...label].join('\u0000');
}

/**
 * The name of the Deployment that an object scales. HorizontalPodAutoscalers, KEDA's ScaledObjects and the autoscalers of other vendors
 * all have the field `scaleTargetRef`; in a ScaledObject a Deployment is the default kind.
 */
function scaleTarget(json: JsonObject): string | undefined {
  const target = (json.spec as { scaleTargetRef?: { kind?: string; name?: string } } | undefined)?.scaleTargetRef;
  return target?.kind === undefined || target.kind === 'Deployment' ? target?.name : undefined;
}

export function namespaceOf(json: JsonObject): string {
  return (json.metadata as { namespace?: string } | undefined)?.namespace ?? '';
}

export interface ContainerPort {
  readonly name?: string;
  readonly containerPort?: number;
  readonly protocol?: string;
}

export interface Container {
  readonly name?: string;
  readonly image?: string;
  readonly ports?: readonly ContainerPort[];
  readonly imagePullPolicy?: string;
  readonly resources?: { readonly requests?: Readonly<Record<string, string>>; readonly limits?: Readonly<Record<string, string>> };
  readonly readinessProbe?: unknown;
  readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } };
}

/** The containers of an object; empty if a patch removed them, which `checkObjects` reports. */
export function containersOf(template: Template): Container[] {
  return (at(template.json, ['spec', 'template', 'spec', 'containers']) ?? []) as Container[];
}

export function podLabelsOf(template: Template): Record<string, string> {
  return (at(template.json, ['spec', 'template', 'metadata', 'labels']) ?? {}) as Record<string, string>;
}

/** Whether the selector of one Deployment matches the pods of another. */
export function selectsPodsOf(deployment: Template, other: Template): boolean {
  const selector = (at(deployment.json, ['spec', 'selector', 'matchLabels']) ?? {}) as Record<string, string>;
  return hasLabels(other, selector);
}

/** Whether the pods of a Deployment have all of these labels. */
function hasLabels(deployment: Template, wanted: Readonly<Record<string, string>>): boolean {
  const labels = podLabelsOf(deployment);
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

/** The finding that a patch changed a value of the plan. */
export function patched(what: string, got: unknown, property: string): Remark {
  return error(
    'patched-plan-field',
    `${what}: got ${show(got)} from a patch; must be the value that the plan sets; try the property ${property}`,
  );
}

/** The finding that a Service, by a patch, leads to pods that are not ready. */
export function checkReadyAddresses({ construct, json }: Template): Remark[] {
  return at(json, ['spec', 'publishNotReadyAddresses'])
    ? [
        error(
          'patched-plan-field',
          `Service ${construct.name}, spec.publishNotReadyAddresses: got true from a patch; must be false, because pods would get requests before they are ready`,
        ),
      ]
    : [];
}

/** Finds values of the plan that a patch removed from the rendered objects, or moved. */
export function lostFields(
  values: readonly StagedValue[],
  templates: readonly Template[],
): { owner: StagedValue['owner']; remark: Remark }[] {
  const places = new Map(templates.flatMap(({ slots }) => slots.map(({ value, path }) => [value, path.join('/')] as const)));
  return values
    .filter((value) => places.get(value) !== value.path.join('/'))
    .map((value) => ({
      owner: value.owner,
      remark: patched(
        `${ApiObject.of(value.owner).kind} ${ApiObject.of(value.owner).name}, ${fieldAt(value.path)}`,
        standsAt(value, templates),
        value.property,
      ),
    }));
}

/** The path of a field, as a user writes it. */
export function fieldAt(path: readonly (string | number)[]): string {
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${key}`)).join('');
}

/** The value at the place of a staged value. A damaged placeholder is described instead, because it means nothing to a user. */
function standsAt({ owner, path }: StagedValue, templates: readonly Template[]): unknown {
  const value = at(templates.find(({ construct }) => construct === ApiObject.of(owner))?.json, path);
  return (JSON.stringify(value) ?? '').includes('cdk8s-canary:') ? 'a changed value' : value;
}

/** Checks the fields by which `plan.json`, a route and an autoscaler refer to an object. */
export function checkIdentity({ construct, json }: Template): Remark[] {
  const { name, namespace } = construct.metadata;
  const wanted = { kind: construct.kind, apiVersion: construct.apiVersion, 'metadata.name': name, 'metadata.namespace': namespace };
  return Object.entries(wanted)
    .map(([field, value]) => ({ field, value, got: at(json, field.split('.')) }))
    .filter(({ value, got }) => value !== got)
    .map(({ field, got }) => patched(`${construct.kind} ${construct.name}, ${field}`, got, IDENTITY_PROPERTIES[field] ?? 'name'));
}

const IDENTITY_PROPERTIES: Readonly<Record<string, string>> = { 'metadata.namespace': 'namespace' };

export function at(json: Json | undefined, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], json);
}

/** Whether two values of plain data are equal, whatever the order of their keys. */
export function equal(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return a === b;
  }
  const keys = Object.keys(a);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keys.length === Object.keys(b).length &&
    keys.every((key) => key in b && equal((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  );
}
