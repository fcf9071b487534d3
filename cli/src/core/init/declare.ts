import type { JsonObject } from '../../../../lib/core/yaml';
import { UsageError } from '../errors';
import { autoscalerRemarks, declareAutoscaling, refuseImpossible } from './autoscaler';
import { Declaration, type Patch } from './declaration';
import { reportOf, restartsOf } from './describe';
import { type Entry, type Expression, type Properties, call, entriesOf, isEmpty, list, literal, name, object } from './expression';
import { objectsIn } from './json';
import { keptMetadata } from './metadata';
import { chartName, pairName } from './names';
import { podProperties } from './pod';
import { type PatchCall, programText } from './program';
import type { Report } from './report';
import { declareRoute, routePatches } from './route';
import { type Selection, select } from './select';
import { declareService } from './service';
import { type PodLabels, canaryTrack, podLabels, sharedSelector, stableTrack } from './tracks';
import { stableVersion } from './version';
import { type Workload, nameOf, titleOf } from './workload';

/** What the user asks for beside the input. */
export interface InitOptions {
  /** `deployment/NAME`; undefined for the only workload of the input. */
  readonly workload?: string;
  /** The image of the new version; undefined for a pair at rest. */
  readonly image?: string;
  /** The weights of the stages in percent; undefined for those of a Rollout or a Canary, or the default. */
  readonly weights?: readonly number[];
}

/** The declaration of a workload as a program, and what is to be known of it. */
export interface Declared {
  /** `main.ts`. */
  readonly program: string;
  readonly report: Report;
  readonly workload: Workload;
}

/**
 * Declares a workload that runs as a pair of this library: the program that renders it, and how the rendered objects differ from it.
 *
 * @throws CliError if no pair can express the workload, in one sentence
 */
export function declare(objects: readonly JsonObject[], options: InitOptions): Declared {
  const selection = select(objects, options.workload);
  const { workload } = selection;
  const declaration = new Declaration();
  const main = objectsIn(workload.podSpec.containers)[0]!;
  const image = String(main.image ?? '');
  if (options.image === image) {
    throw new UsageError(`--to: got ${JSON.stringify(image)}, the image that runs; must be the image of the new version`);
  }
  const version = stableVersion(image, workload.podLabels);
  const pod = podProperties({ spec: workload.podSpec, labels: workload.podLabels, account: selection.account }, declaration);
  const labels = podLabels(selection, version, options.image);
  const pair = pairOf(selection, options, { pod, labels, version, image, declaration });
  const services = serviceOf(selection);
  const ofRoute = selection.route ? routePatches(selection.route) : [];
  const patches = patchCalls(declaration.patches, services, ofRoute);
  const program = programText({
    title: `The releases of ${workload.name}, declared from ${workload.title}.`,
    chart: chartName(workload.name),
    constants: declaration.constants,
    pair: call('new CanaryPair', name('chart'), literal(chartName(workload.name)), pair),
    route: selection.route && declareRoute(selection.route, nameOf(selection.service!), hostsOf(selection)),
    patches,
  });
  const all = [...declaration.patches, ...services.patches, ...ofRoute];
  return { program, workload, report: reportOf(selection, declaration, version, all) };
}

interface Parts {
  readonly pod: Properties;
  readonly labels: PodLabels;
  readonly version: string;
  readonly image: string;
  readonly declaration: Declaration;
}

function pairOf(selection: Selection, options: InitOptions, { pod, labels, version, image, declaration }: Parts): Expression {
  const { workload, additionalServices } = selection;
  const services = serviceOf(selection);
  const annotations = keptMetadata(workload.podAnnotations);
  const shared = object({
    ...pod,
    podLabels: Object.keys(labels.shared).length > 0 ? literal(labels.shared) : undefined,
    podAnnotations: Object.keys(annotations).length > 0 ? literal(annotations) : undefined,
  });
  const { autoscaler } = selection;
  const weights = stagesOf(selection, options, declaration);
  const canary = options.image === undefined ? undefined : canaryTrack(selection, options.image, version, labels, declaration);
  if (autoscaler && canary) {
    const podLabelsOfCanary = { ...workload.podLabels, ...labels.selector, ...labels.shared, ...labels.canary };
    refuseImpossible(autoscaler, workload, selection.route !== undefined, podLabelsOfCanary);
    declaration.remarks.push(...autoscalerRemarks(autoscaler, workload, selection.route !== undefined));
  }
  const accepted = {
    ...(canary ? sharedSelector(selection, labels, version) : {}),
    ...(workload.isDeployment && restartsOf(selection, declaration, version).length === 0
      ? { 'adopted-pods': `no pod restarts: all of them have the label version=${version}` }
      : {}),
  };
  const entries: Entry[] = entriesOf({
    namespace: workload.namespace === undefined ? undefined : literal(workload.namespace),
    name: services.main ? undefined : literal(pairName(workload.name)),
    baseline: autoscaler ? undefined : literal(workload.replicas),
    autoscaling: autoscaler && declareAutoscaling(autoscaler),
    promotion: autoscaler && canary && !selection.route ? name('Promotion.ROLL') : undefined,
    stages: weights && canary ? call('Stages.percent', ...weights.map(literal)) : undefined,
    selectorLabels: literal(labels.selector),
    service: services.main,
    additionalServices: additionalServices.length > 0 ? list(services.additional) : undefined,
    pod: isEmpty(shared) ? undefined : shared,
    stable: stableTrack(selection, image, version, labels, declaration),
    canary,
    accept: Object.keys(accepted).length > 0 ? literal(accepted) : undefined,
  });
  return { kind: 'object', entries };
}

/** The weights of the stages in percent; undefined for the default. Beside an autoscaler and without a route they end below 100. */
function stagesOf(
  { workload, autoscaler, route }: Selection,
  { weights, image }: InitOptions,
  declaration: Declaration,
): readonly number[] | undefined {
  const asked = weights ?? stageWeights(workload.weights);
  if (!autoscaler || route || image === undefined) {
    return asked;
  }
  const below = (asked ?? [10, 25, 50]).filter((weight) => weight < 100);
  if (below.length === 0) {
    throw new UsageError(
      `--stages: got ${weights!.join(',')}; must have a stage below 100, because ${titleOf(autoscaler)} scales ${workload.title} and no route divides its requests`,
    );
  }
  if (asked && below.length < asked.length) {
    declaration.remarks.push(`the stages end at ${below.at(-1)} %: without a route the canary of an autoscaled pair has a fixed count`);
  }
  return below;
}

/** The weights of an Argo Rollout or a Flagger Canary, which may fall and may end below 100. */
function stageWeights(weights: readonly number[] | undefined): readonly number[] | undefined {
  const rising = (weights ?? []).filter(
    (weight, index, all) => weight > 0 && weight < 100 && all.slice(0, index).every((before) => before < weight),
  );
  return rising.length === 0 ? undefined : [...rising, 100];
}

interface DeclaredServices {
  readonly main?: Expression;
  readonly additional: readonly Expression[];
  readonly calls: readonly { readonly callee: string; readonly patches: readonly Patch[] }[];
  readonly patches: readonly Patch[];
}

function serviceOf({ service, additionalServices }: Selection): DeclaredServices {
  const main = service && declareService(service);
  const additional = additionalServices.map((each) => declareService(each));
  const calls = [
    { callee: 'ApiObject.of(pair.service).addJsonPatch', patches: main?.patches ?? [] },
    ...additional.map(({ patches }, index) => ({ callee: `ApiObject.of(pair.additionalServices[${index}]!).addJsonPatch`, patches })),
  ].filter(({ patches }) => patches.length > 0);
  return {
    main: main?.properties,
    additional: additional.map(({ properties }) => properties),
    calls,
    patches: calls.flatMap(({ patches }) => patches),
  };
}

/** The Services whose requests the route divides: the pair's, and those of a Rollout. */
function hostsOf({ service, workload }: Selection): string[] {
  return [
    ...(service ? [nameOf(service)] : []),
    ...(workload.serviceName === undefined ? [] : [workload.serviceName]),
    ...workload.canaryServices,
  ];
}

function patchCalls(tracks: readonly Patch[], services: DeclaredServices, route: readonly Patch[]): PatchCall[] {
  const calls = [
    { callee: 'pair.patchTracks', patches: tracks },
    ...services.calls,
    { callee: 'route.destinationRule.addJsonPatch', patches: route },
  ].filter(({ patches }) => patches.length > 0);
  return calls.map(({ callee, patches }) => ({
    callee,
    operations: patches.map(({ path, value, why, operation }) => ({
      why,
      operation: call(`JsonPatch.${operation}`, literal(path), literal(value)),
    })),
  }));
}
