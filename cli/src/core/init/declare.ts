import type { JsonObject } from '../../../../lib/core/yaml';
import { UsageError } from '../errors';
import { type AutoscaledPair, autoscaledPair } from './autoscaled-pair';
import { Declaration, type Patch } from './declaration';
import { reportOf, restartsOf } from './describe';
import { type Entry, type Expression, type Properties, call, entriesOf, isEmpty, list, literal, name, object } from './expression';
import { objectsIn } from './json';
import { type LiteralSecret, differenceOf, restartFor, withoutLiteralSecrets } from './literal-secrets';
import { keptMetadata } from './metadata';
import { chartName, pairName } from './names';
import { podProperties } from './pod';
import { type PatchCall, programText } from './program';
import type { Report } from './report';
import { declareRoute, routePatches } from './route';
import { type Selection, hostsOf, select } from './select';
import { declareService } from './service';
import { stageWeights } from './stages';
import { type PodLabels, canaryTrack, podLabels, sharedSelector, stableTrack } from './tracks';
import { stableVersion } from './version';
import { type Workload, nameOf } from './workload';

/** What the user asks for beside the input. */
export interface InitOptions {
  /** `deployment/NAME`; undefined for the only workload of the input. */
  readonly workload?: string;
  /** The image of the new version; undefined for a pair at rest. */
  readonly image?: string;
  /** The weights of the stages in percent; undefined for those of a Rollout or a Canary, or the default. */
  readonly weights?: readonly number[];
  /** Whether the objects are all of a namespace, so that the report leaves out those that have nothing to do with the workload. */
  readonly isWholeNamespace?: boolean;
}

/** The declaration of a workload as a program, and what is to be known of it. */
export interface Declared {
  /** `main.ts`. */
  readonly program: string;
  readonly report: Report;
  readonly workload: Workload;
  readonly autoscaling?: AutoscaledPair;
  /** The Secrets that the program refers to and that do not exist yet. */
  readonly secrets: readonly LiteralSecret[];
}

/**
 * Declares a workload that runs as a pair of this library: the program that renders it, and how the rendered objects differ from it.
 *
 * @throws CliError if no pair can express the workload, in one sentence
 */
export function declare(objects: readonly JsonObject[], options: InitOptions): Declared {
  const selected = select(objects, options.workload, options.isWholeNamespace);
  const { workload, secrets } = withoutLiteralSecrets(selected.workload, objects);
  const selection = { ...selected, workload };
  const declaration = new Declaration();
  declaration.differences.push(...secrets.map(differenceOf));
  declaration.templateChanges.push(...secrets.map(restartFor));
  const main = objectsIn(workload.podSpec.containers)[0]!;
  const image = String(main.image ?? '');
  if (options.image === image) {
    throw new UsageError(`--to: got ${JSON.stringify(image)}, the image that runs; must be the image of the new version`);
  }
  const version = stableVersion(image, workload.podLabels);
  const pod = podProperties({ spec: workload.podSpec, labels: workload.podLabels, account: selection.account }, declaration);
  const labels = podLabels(selection, version, options.image);
  const hasCanary = options.image !== undefined;
  const autoscaling = autoscaledPair(selection, { hasCanary, shared: sharedSelector(selection, labels, version), declaration });
  const pair = pairOf(selection, options, { pod, labels, version, image, declaration, autoscaling });
  const services = serviceOf(selection);
  const ofRoute = selection.route ? routePatches(selection.route) : [];
  const patches = patchCalls(declaration.patches, services, ofRoute, autoscaling);
  const program = programText({
    title: `The releases of ${workload.name}, declared from ${workload.title}.`,
    chart: chartName(workload.name),
    constants: declaration.constants,
    pair: call('new CanaryPair', name('chart'), literal(chartName(workload.name)), pair),
    route: selection.route && declareRoute(selection.route, nameOf(selection.service!), hostsOf(selection)),
    patches,
  });
  const all = [...declaration.patches, ...services.patches, ...(autoscaling?.patches ?? []), ...ofRoute];
  return { program, workload, autoscaling, secrets, report: reportOf(selection, declaration, version, all) };
}

interface Parts {
  readonly pod: Properties;
  readonly labels: PodLabels;
  readonly version: string;
  readonly image: string;
  readonly declaration: Declaration;
  readonly autoscaling: AutoscaledPair | undefined;
}

function pairOf(selection: Selection, options: InitOptions, { pod, labels, version, image, declaration, autoscaling }: Parts): Expression {
  const { workload, additionalServices } = selection;
  const services = serviceOf(selection);
  const annotations = keptMetadata(workload.podAnnotations);
  const shared = object({
    ...pod,
    podLabels: Object.keys(labels.shared).length > 0 ? literal(labels.shared) : undefined,
    podAnnotations: Object.keys(annotations).length > 0 ? literal(annotations) : undefined,
  });
  const canary = options.image === undefined ? undefined : canaryTrack(selection, options.image, version, labels, declaration);
  const weights = canary && stageWeights(selection, options.weights, declaration);
  const accepted = {
    ...(canary ? sharedSelector(selection, labels, version) : {}),
    ...(workload.isDeployment && restartsOf(selection, declaration, version).length === 0
      ? { 'adopted-pods': `no pod restarts: all of them have the label version=${version}` }
      : {}),
    ...autoscaling?.accepted,
  };
  const entries: Entry[] = entriesOf({
    namespace: workload.namespace === undefined ? undefined : literal(workload.namespace),
    name: services.main ? undefined : literal(pairName(workload.name)),
    baseline: autoscaling ? undefined : literal(workload.replicas),
    autoscaling: autoscaling?.properties,
    promotion: autoscaling?.isRolled ? name('Promotion.ROLL') : undefined,
    stages: weights && call('Stages.percent', ...weights.map(literal)),
    selectorLabels: literal(labels.selector),
    service: services.main,
    additionalServices: additionalServices.length > 0 ? list(services.additional) : undefined,
    pod: isEmpty(shared) ? undefined : shared,
    stable: stableTrack(selection, image, version, labels, declaration),
    canary,
    accept: Object.keys(accepted).length > 0 ? literal(accepted) : undefined,
  });
  return { kind: 'object', entries: entries.map((entry) => (entry.key === 'promotion' ? { ...entry, comment: WHY_ROLLED } : entry)) };
}

const WHY_ROLLED =
  'No route divides the requests, so only stable is autoscaled: the stages end below 100 %, and stable takes the new version pod by pod.';

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

function patchCalls(
  tracks: readonly Patch[],
  services: DeclaredServices,
  route: readonly Patch[],
  autoscaling: AutoscaledPair | undefined,
): PatchCall[] {
  const calls = [
    { callee: 'pair.patchTracks', patches: tracks },
    ...services.calls,
    ...(autoscaling?.autoscalers ?? []).map((autoscaler) => ({
      callee: `ApiObject.of(${autoscaler}).addJsonPatch`,
      patches: autoscaling!.patches,
    })),
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
