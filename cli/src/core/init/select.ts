import type { JsonObject } from '../../../../lib/core/yaml';
import { UsageError } from '../errors';
import { autoscalerOf, minimumOf } from './autoscaler';
import { isObject, objectsIn, selects, textsIn, withoutNulls } from './json';
import type { Left } from './report';
import { type Route, routesOf } from './route';
import { serviceOfCanary } from './service';
import { WORKLOAD_KINDS, type Workload, accountOf, isNear, isWorkload, metadataOf, nameOf, refuse, titleOf, workloadOf } from './workload';

/** A workload, and the objects of the input that belong to it. */
export interface Selection {
  readonly workload: Workload;
  /** The Service of the pair; undefined if no Service divides requests between its pods. */
  readonly service?: JsonObject;
  readonly additionalServices: readonly JsonObject[];
  /** The route that divides the requests of the Service; undefined if the pods divide them. */
  readonly route?: Route;
  /** The HorizontalPodAutoscaler of the workload, with the fields of autoscaling/v2. */
  readonly autoscaler?: JsonObject;
  /** The LimitRanges of the namespace, which may set what the containers request. */
  readonly limitRanges: readonly JsonObject[];
  /** The service account of the pods. */
  readonly account?: JsonObject;
  /** The labels by which the Services select. */
  readonly selectorLabels: Readonly<Record<string, string>>;
  /** What is not in the app, each with the reason. */
  readonly left: readonly Left[];
  readonly remarks: readonly string[];
}

/** The objects of a `List`, and of the lists in it, without nulls. */
export function flatten(documents: readonly unknown[]): JsonObject[] {
  return documents.flatMap((document) => {
    if (!isObject(document) || typeof document.kind !== 'string') {
      return [];
    }
    return document.kind.endsWith('List') && Array.isArray(document.items)
      ? flatten(document.items)
      : [withoutNulls(document)].filter(isObject);
  });
}

/**
 * Selects a workload of the input, and what belongs to it.
 *
 * @param wanted `deployment/NAME`, `rollout/NAME` or `canary/NAME`; undefined for the only one
 * @param isWholeNamespace whether the input may have objects that have nothing to do with the workload
 * @throws CliError
 */
export function select(objects: readonly JsonObject[], wanted: string | undefined, isWholeNamespace = false): Selection {
  const chosen = choose(objects, wanted);
  const declared = workloadOf(chosen, objects);
  const near = objects.filter((object) => isNear(object, chosen));
  const scaler = autoscalerOf(declared, near);
  refuseEmpty(declared);
  const workload = { ...declared, replicas: Math.max(declared.replicas, minimumOf(scaler?.autoscaler)) };
  const { service, additionalServices, left: services, remarks } = servicesOf(workload, near);
  const routes = routesOf(workload, service, near);
  const left = [...services, ...routes.left];
  const others = othersLeft(
    objects,
    [service, ...additionalServices, routes.route?.virtualService, routes.route?.destinationRule, scaler?.found],
    workload,
    left,
  );
  const selector = serviceSelector(service ?? additionalServices[0]);
  const { version: _, track: __, ...selectorLabels } = selector ?? workload.matchLabels;
  return {
    workload,
    service,
    additionalServices,
    route: routes.route,
    autoscaler: scaler?.autoscaler,
    limitRanges: near.filter(({ kind }) => kind === 'LimitRange'),
    selectorLabels,
    account: near.find((object) => object.kind === 'ServiceAccount' && nameOf(object) === accountOf(workload.podSpec)),
    left: [...left, ...others.filter(({ why }) => !isWholeNamespace || why !== NOT_OF_THE_PAIR)],
    remarks: [...remarks, ...foreignPods(workload, selectorLabels, near)],
  };
}

/** The Services whose requests the route divides: the pair's, and those of a Rollout. */
export function hostsOf({ service, workload }: Selection): string[] {
  return [
    ...(service ? [nameOf(service)] : []),
    ...(workload.serviceName === undefined ? [] : [workload.serviceName]),
    ...workload.canaryServices,
  ];
}

function choose(objects: readonly JsonObject[], wanted: string | undefined): JsonObject {
  const workloads = objects.filter(isWorkload);
  // A Canary or a Rollout speaks for the Deployment that it refers to.
  const referred = new Set(workloads.map((object) => referenceOf(object)));
  const candidates = workloads.filter((object) => !(object.kind === 'Deployment' && referred.has(nameOf(object))));
  const words = candidates.map((object) => `${String(object.kind).toLowerCase()}/${nameOf(object)}`);
  if (wanted !== undefined) {
    const [kind = '', name = ''] = wanted.split('/');
    const found = workloads.find((object) => object.kind === WORKLOAD_KINDS[kind.toLowerCase()] && nameOf(object) === name);
    if (!found) {
      throw new UsageError(`workload: got ${wanted}; must be one of the input: ${words.join(', ') || 'which has none'}`);
    }
    return candidates.find((object) => referenceOf(object) === name && found.kind === 'Deployment') ?? found;
  }
  if (candidates.length === 0) {
    const kinds = [...new Set(objects.map(({ kind }) => String(kind)))].join(', ');
    throw new UsageError(
      `the input has no Deployment, Rollout or Canary${kinds === '' ? '' : `, only ${kinds}`}; must have one, because a pair runs its pods by two Deployments`,
    );
  }
  if (candidates.length > 1) {
    throw new UsageError(
      `the input has ${candidates.length} workloads; name the one to declare`,
      words.map((word) => `kubectl canary init ${word} -f …`),
    );
  }
  return candidates[0]!;
}

function referenceOf(object: JsonObject): string | undefined {
  const spec = isObject(object.spec) ? object.spec : {};
  const reference = object.kind === 'Canary' ? spec.targetRef : object.kind === 'Rollout' ? spec.workloadRef : undefined;
  return isObject(reference) ? String(reference.name) : undefined;
}

function refuseEmpty(workload: Workload): void {
  if (workload.replicas < 1) {
    refuse(`${workload.title}, spec.replicas: got ${workload.replicas}; must be at least 1, the pods that serve at rest`);
  }
}

function serviceSelector(service: JsonObject | undefined): Record<string, string> | undefined {
  return service && textsIn((service.spec as JsonObject).selector);
}

/** The Services that select the pods. The one of the pair divides requests, so it is not headless. */
function servicesOf(
  workload: Workload,
  near: readonly JsonObject[],
): Pick<Selection, 'service' | 'additionalServices' | 'left' | 'remarks'> {
  const made = workload.canary && serviceOfCanary(workload.canary, workload.name, workload.matchLabels);
  const found = near.filter(
    (object) =>
      object.kind === 'Service' &&
      isObject(object.spec) &&
      object.spec.type !== 'ExternalName' &&
      selects(textsIn(object.spec.selector), workload.podLabels),
  );
  const isMade = made !== undefined && !found.some((service) => nameOf(service) === nameOf(made));
  const [unready, ready] = [true, false].map((is) =>
    found.filter((object) => ((object.spec as JsonObject).publishNotReadyAddresses === true) === is),
  );
  const services = [...(isMade ? [made] : []), ...ready!].filter((service) => !workload.canaryServices.includes(nameOf(service)));
  const service = [...services].sort((a, b) => rank(a, workload) - rank(b, workload)).find((candidate) => !isHeadless(candidate));
  const first = service ?? services[0];
  const selector = JSON.stringify(sorted(serviceSelector(first)));
  const isSame = (other: JsonObject) => JSON.stringify(sorted(serviceSelector(other))) === selector;
  const others = services.filter((other) => other !== service);
  const version = serviceSelector(first)?.version;
  const remarks = [
    ...(isMade ? [`${titleOf(made)} is declared as Flagger makes it for ${titleOf(workload.canary!)}`] : []),
    ...(version === undefined
      ? []
      : [`${titleOf(first!)} no longer selects version=${version}: a Service of a pair selects the pods of both versions`]),
  ];
  if (first && Object.keys(serviceSelector(first)!).every((key) => key === 'version' || key === 'track')) {
    refuse(
      `${titleOf(first)}, spec.selector: got ${JSON.stringify(serviceSelector(first))}; must select a label that the pods of both versions have, such as app`,
    );
  }
  for (const one of [service, ...others.filter(isSame)]) {
    refuseUnknownPorts(one, workload);
  }
  return {
    service,
    additionalServices: others.filter(isSame),
    left: [
      ...others
        .filter((other) => !isSame(other))
        .map((other) => ({
          object: titleOf(other),
          why: 'it selects other labels than the Service of the pair; the pods of the new version have its labels, too',
        })),
      ...unready!.map((other) => ({ object: titleOf(other), why: 'it sends requests to pods that are not ready, which no pair may' })),
      ...workload.canaryServices.map((name) => ({ object: `Service/${name}`, why: 'only the Rollout needs it' })),
    ],
    remarks,
  };
}

function sorted(texts: Readonly<Record<string, string>> = {}): [string, string][] {
  return Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1));
}

function isHeadless(service: JsonObject): boolean {
  return isObject(service.spec) && service.spec.clusterIP === 'None';
}

/** The Service that a Rollout or a Canary names comes first, then one that is called as the workload. */
function rank(service: JsonObject, workload: Workload): number {
  const name = nameOf(service);
  return name === workload.serviceName ? 0 : name === workload.name ? 1 : 2;
}

/** A Service that refers to a port by a name that no container has serves no requests, now or later. */
function refuseUnknownPorts(service: JsonObject | undefined, workload: Workload): void {
  const spec = isObject(service?.spec) ? service.spec : {};
  const declared = [...objectsIn(workload.podSpec.containers), ...objectsIn(workload.podSpec.initContainers)].flatMap(({ ports }) =>
    objectsIn(ports).map(({ name, protocol = 'TCP' }) => `${String(name)}/${String(protocol)}`),
  );
  for (const { targetPort, protocol = 'TCP' } of objectsIn(spec.ports)) {
    const isName = typeof targetPort === 'string' && !/^\d+$/.test(targetPort);
    if (isName && !declared.includes(`${targetPort}/${String(protocol)}`)) {
      refuse(
        `${titleOf(service!)}, targetPort: got ${JSON.stringify(targetPort)}; must be the name of a ${String(protocol)} port of the containers of ${workload.title}, or a number`,
      );
    }
  }
}

/** Pods of other workloads take a part of the Service's requests that no plan knows. */
function foreignPods(workload: Workload, selector: Readonly<Record<string, string>>, near: readonly JsonObject[]): string[] {
  const others = near.filter((object) => {
    const spec = isObject(object.spec) ? object.spec : {};
    const template = isObject(spec.template) ? spec.template : {};
    const isOwn = nameOf(object) === workload.name || object.kind === 'Canary';
    return !isOwn && selects(selector, textsIn(metadataOf(template).labels));
  });
  return others.map(
    (object) => `${titleOf(object)} has the labels of the pair, so its pods get requests, too; scale it to 0 before the first stage`,
  );
}

/** Everything else of the input stays as it is: this app is not its only owner. */
function othersLeft(
  objects: readonly JsonObject[],
  taken: readonly (JsonObject | undefined)[],
  workload: Workload,
  left: readonly Left[],
): Left[] {
  const isOwn = (object: JsonObject) =>
    taken.includes(object) ||
    left.some(({ object: title }) => title === titleOf(object)) ||
    (isWorkload(object) && nameOf(object) === workload.name);
  return objects
    .filter((object) => !isOwn(object))
    .map((object) => ({ object: titleOf(object), why: WHY_LEFT[String(object.kind)] ?? NOT_OF_THE_PAIR }));
}

const NOT_OF_THE_PAIR = 'it is not a part of the pair';

const WHY_LEFT: Readonly<Record<string, string>> = {
  ConfigMap: 'the pods refer to it by name',
  PodDisruptionBudget: 'it selects the pods of both versions by their labels',
  Secret: 'the pods refer to it by name; its values are not read',
  ServiceAccount: 'the pods refer to it by name',
};
