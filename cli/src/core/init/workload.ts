import type { Json, JsonObject } from '../../../../lib/core/yaml';
import { CliError, EXIT } from '../errors';
import { isObject, objectsIn, textsIn } from './json';

/** The kinds of objects that run a service, in the words of a command line. */
export const WORKLOAD_KINDS: Readonly<Record<string, string>> = { deployment: 'Deployment', rollout: 'Rollout', canary: 'Canary' };

/** What runs now, whatever kind of object declares it. */
export interface Workload {
  /** `Deployment/shop`, or what declares it. */
  readonly title: string;
  readonly name: string;
  readonly namespace?: string;
  /** The object that has the pod template, as `kubectl get` takes it. */
  readonly source: string;
  /** Whether a Deployment of this name runs, so that the stable track adopts it. */
  readonly isDeployment: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly podLabels: Readonly<Record<string, string>>;
  readonly podAnnotations: Readonly<Record<string, string>>;
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly replicas: number;
  readonly podSpec: JsonObject;
  /** The spec of the Deployment, for what it says of updates. */
  readonly spec: JsonObject;
  /** Weights of the steps of an Argo Rollout or a Flagger Canary, in percent. */
  readonly weights?: readonly number[];
  /** The Service that has the stable pods, if a Rollout names one. */
  readonly serviceName?: string;
  /** Services, named by a Rollout, that have the canary's pods. */
  readonly canaryServices: readonly string[];
  /** The Flagger Canary that makes the Service. */
  readonly canary?: JsonObject;
}

export function metadataOf(object: JsonObject): JsonObject {
  return isObject(object.metadata) ? object.metadata : {};
}

export function nameOf(object: JsonObject): string {
  return String(metadataOf(object).name ?? '');
}

export function titleOf(object: JsonObject): string {
  return `${String(object.kind)}/${nameOf(object)}`;
}

export function namespaceOf(object: JsonObject): string | undefined {
  const { namespace } = metadataOf(object);
  return typeof namespace === 'string' && namespace !== '' ? namespace : undefined;
}

/** Whether two objects may be in one namespace: a manifest that names none is in that of the others. */
export function isNear(a: JsonObject, b: JsonObject): boolean {
  const [one, other] = [namespaceOf(a), namespaceOf(b)];
  return one === undefined || other === undefined || one === other;
}

export function isWorkload(object: JsonObject): boolean {
  const group = String(object.apiVersion ?? '').split('/')[0];
  return (
    (object.kind === 'Deployment' && (group === 'apps' || group === 'extensions')) ||
    (object.kind === 'Rollout' && group === 'argoproj.io') ||
    (object.kind === 'Canary' && group === 'flagger.app')
  );
}

/** The name of the service account of a pod, under the field or its old name; `default` if the pod names none. */
export function accountOf(podSpec: JsonObject): string {
  return String(podSpec.serviceAccountName || podSpec.serviceAccount || 'default');
}

/** Refuses what no pair can be declared of. */
export function refuse(message: string, next: readonly string[] = []): never {
  throw new CliError(message, EXIT.refused, next);
}

/**
 * Reads a Deployment, an Argo Rollout or a Flagger Canary as the workload that runs.
 *
 * @param objects the whole input, in which a Rollout or a Canary finds its Deployment
 * @throws CliError if it refers to a Deployment that is not in the input, or if no pair can express it
 */
export function workloadOf(object: JsonObject, objects: readonly JsonObject[]): Workload {
  const spec = isObject(object.spec) ? object.spec : {};
  if (object.kind === 'Canary') {
    const deployment = referred(object, spec.targetRef, 'targetRef', objects);
    return { ...deploymentOf(deployment, titleOf(object)), weights: canaryWeights(spec), canary: object };
  }
  if (object.kind === 'Rollout') {
    const template = spec.workloadRef === undefined ? object : referred(object, spec.workloadRef, 'workloadRef', objects);
    return rolloutOf(object, spec, template);
  }
  return deploymentOf(object, titleOf(object));
}

function referred(from: JsonObject, reference: Json | undefined, field: string, objects: readonly JsonObject[]): JsonObject {
  const { kind, name } = isObject(reference) ? reference : {};
  if (kind !== 'Deployment') {
    refuse(`${titleOf(from)}, ${field}: got a ${String(kind)}; must be a Deployment, because a pair runs its pods by two Deployments`);
  }
  const found = objects.find((object) => object.kind === 'Deployment' && nameOf(object) === name && isNear(object, from));
  return (
    found ?? refuse(`${titleOf(from)}, ${field}: Deployment/${String(name)} is not in the input; pass its manifest, too: -f FILE -f FILE`)
  );
}

function deploymentOf(deployment: JsonObject, title: string): Workload {
  const metadata = metadataOf(deployment);
  const spec = isObject(deployment.spec) ? deployment.spec : {};
  const template = isObject(spec.template) ? spec.template : {};
  const podMetadata = metadataOf(template);
  const podSpec = isObject(template.spec) ? template.spec : {};
  if (objectsIn(podSpec.containers).length === 0) {
    refuse(`${title}, spec.template.spec.containers: got none; must have at least one container`);
  }
  const selector = isObject(spec.selector) ? spec.selector : {};
  if (objectsIn(selector.matchExpressions).length > 0) {
    refuse(
      `${title}, spec.selector.matchExpressions: got ${JSON.stringify(selector.matchExpressions)}; must be left out, because a track is adopted by matchLabels and a selector cannot change; declare a new pair beside it by hand`,
    );
  }
  const podLabels = textsIn(podMetadata.labels);
  return {
    title,
    name: nameOf(deployment),
    namespace: namespaceOf(deployment),
    source: `${deployment.kind === 'Rollout' ? 'rollouts.argoproj.io' : 'deployment'}/${nameOf(deployment)}`,
    isDeployment: deployment.kind === 'Deployment',
    labels: textsIn(metadata.labels),
    annotations: textsIn(metadata.annotations),
    podLabels,
    podAnnotations: textsIn(podMetadata.annotations),
    matchLabels: selector.matchLabels === undefined ? podLabels : textsIn(selector.matchLabels),
    replicas: typeof spec.replicas === 'number' ? spec.replicas : 1,
    podSpec,
    spec,
    canaryServices: [],
  };
}

function rolloutOf(rollout: JsonObject, spec: JsonObject, source: JsonObject): Workload {
  const workload = deploymentOf(source, titleOf(rollout));
  const strategy = isObject(spec.strategy) ? spec.strategy : {};
  const canary = isObject(strategy.canary) ? strategy.canary : {};
  const blueGreen = isObject(strategy.blueGreen) ? strategy.blueGreen : {};
  const weights = objectsIn(canary.steps).flatMap(({ setWeight }) => (typeof setWeight === 'number' ? [setWeight] : []));
  const stable = canary.stableService ?? blueGreen.activeService;
  return {
    ...workload,
    name: nameOf(rollout),
    namespace: namespaceOf(rollout) ?? workload.namespace,
    isDeployment: false,
    replicas: typeof spec.replicas === 'number' ? spec.replicas : workload.replicas,
    // How a Rollout replaces pods is its own strategy.
    spec: { ...spec, strategy: {} },
    weights,
    serviceName: typeof stable === 'string' ? stable : undefined,
    canaryServices: [canary.canaryService, blueGreen.previewService].filter((service) => typeof service === 'string'),
  };
}

function canaryWeights(spec: JsonObject): number[] {
  const analysis = isObject(spec.analysis) ? spec.analysis : isObject(spec.canaryAnalysis) ? spec.canaryAnalysis : {};
  const { stepWeights, stepWeight, maxWeight = 100 } = analysis;
  if (Array.isArray(stepWeights)) {
    return stepWeights.filter((weight) => typeof weight === 'number');
  }
  if (typeof stepWeight !== 'number' || typeof maxWeight !== 'number' || stepWeight <= 0) {
    return [];
  }
  const count = Math.min(100, Math.floor(maxWeight / stepWeight));
  return Array.from({ length: count }, (_, index) => (index + 1) * stepWeight);
}
