import type { Json, JsonObject } from '../../../../lib/core/yaml';
import { SERVICE_NAME, breaks } from '../../../../lib/core/names';
import { UsageError } from '../errors';
import { Declaration, type Patch } from './declaration';
import { type Entry, type Expression, type Properties, call, entriesOf, isEmpty, list, literal, name, object, seconds } from './expression';
import { hasOnly, isObject, objectsIn, selects } from './json';
import { keptMetadata, ownerOf } from './metadata';
import { podProperties } from './pod';
import { type PatchCall, programText } from './program';
import type { Report } from './report';
import { type Selection, select } from './select';
import { declareService } from './service';
import { canaryVersion, stableVersion } from './version';
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
  const patches = patchCalls(declaration.patches, services);
  const program = programText({
    title: `The releases of ${workload.name}, declared from ${workload.title}.`,
    chart: chartName(workload.name),
    constants: declaration.constants,
    pair: call('new CanaryPair', name('chart'), literal(chartName(workload.name)), pair),
    patches,
  });
  return { program, workload, report: reportOf(selection, declaration, version, [...declaration.patches, ...services.patches]) };
}

/** The name of the chart, which is that of its files. */
export function chartName(workload: string): string {
  return workload.toLowerCase().replace(/[^a-z0-9-]/g, '-');
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
  const weights = options.weights ?? stageWeights(workload.weights);
  const canary = options.image === undefined ? undefined : canaryTrack(selection, options.image, version, labels, declaration);
  const accepted = canary ? acceptedFindings(selection, labels, version) : {};
  const entries: Entry[] = entriesOf({
    namespace: workload.namespace === undefined ? undefined : literal(workload.namespace),
    name: services.main ? undefined : literal(pairName(workload.name)),
    baseline: literal(workload.replicas),
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

/** The weights of an Argo Rollout or a Flagger Canary, which may fall and may end below 100. */
function stageWeights(weights: readonly number[] | undefined): readonly number[] | undefined {
  const rising = (weights ?? []).filter(
    (weight, index, all) => weight > 0 && weight < 100 && all.slice(0, index).every((before) => before < weight),
  );
  return rising.length === 0 ? undefined : [...rising, 100];
}

function pairName(workload: string): string {
  const text = workload.toLowerCase().replace(/[^a-z0-9-]/g, '-');
  return (breaks(SERVICE_NAME, text) ? `pair-${text}` : text).slice(0, 63).replace(/-+$/, '');
}

interface PodLabels {
  readonly selector: Readonly<Record<string, string>>;
  readonly shared: Readonly<Record<string, string>>;
  /** Labels that state the version. */
  readonly stable: Readonly<Record<string, string>>;
  readonly canary: Readonly<Record<string, string>>;
}

const APP_VERSION = 'app.kubernetes.io/version';

function podLabels({ workload, selectorLabels }: Selection, version: string, canaryImage: string | undefined): PodLabels {
  const { version: _, ...labels } = keptMetadata(workload.podLabels);
  const selector = Object.keys(selectorLabels).length > 0 ? selectorLabels : { app: pairName(workload.name) };
  const rest = Object.fromEntries(Object.entries(labels).filter(([key]) => !(key in selector)));
  const { [APP_VERSION]: appVersion, ...shared } = rest;
  if (appVersion === undefined || canaryImage === undefined || APP_VERSION in workload.matchLabels) {
    return { selector, shared: rest, stable: {}, canary: {} };
  }
  return { selector, shared, stable: { [APP_VERSION]: appVersion }, canary: { [APP_VERSION]: canaryVersion(canaryImage, version) } };
}

function stableTrack({ workload }: Selection, image: string, version: string, labels: PodLabels, declaration: Declaration): Expression {
  const isAdopted = workload.isDeployment || workload.name.length > 46;
  const matchLabels = { ...workload.matchLabels };
  if (!workload.isDeployment && isAdopted) {
    declaration.remarks.push(`the Deployment keeps the selector of ${workload.title}, because its name is longer than 46 characters`);
  }
  return object({
    name: literal(workload.name),
    version: literal(version),
    image: literal(image),
    selector: isAdopted ? literal(matchLabels) : undefined,
    podLabels: Object.keys(labels.stable).length > 0 ? literal(labels.stable) : undefined,
    ...deploymentProperties(workload, declaration),
  });
}

/** The canary's Deployment gets another name, which says nothing of its role: roles change places. */
function canaryTrack(selection: Selection, image: string, version: string, labels: PodLabels, declaration: Declaration): Expression {
  return object({
    name: literal(`${selection.workload.name.slice(0, 44).replace(/-+$/, '')}-b`),
    version: literal(canaryVersion(image, version)),
    image: literal(image),
    podLabels: Object.keys(labels.canary).length > 0 ? literal(labels.canary) : undefined,
    ...deploymentProperties(withoutInstance(selection.workload, declaration), declaration),
  });
}

/** Argo CD can track objects by this label: it would prune a canary that has it, because no manifest of the application has the canary. */
const INSTANCE = 'app.kubernetes.io/instance';

function withoutInstance(workload: Workload, declaration: Declaration): Workload {
  const { [INSTANCE]: instance, ...labels } = workload.labels;
  if (instance !== undefined) {
    declaration.differences.push(`the new Deployment does not have the label ${INSTANCE}, by which Argo CD can track, and prune, objects`);
  }
  return { ...workload, labels };
}

/** How a Deployment replaces pods. Where it says nothing, the API server's defaults are written out, because this library's differ. */
function deploymentProperties({ spec, labels, annotations, isDeployment }: Workload, declaration: Declaration): Properties {
  const { track: role, ...kept } = keptMetadata(labels);
  const notes = keptMetadata(annotations);
  if (role !== undefined && !declaration.differences.some((text) => text.startsWith('the label track'))) {
    declaration.differences.push(`the label track of the Deployment is the role of its version, not ${JSON.stringify(role)}`);
  }
  const { progressDeadlineSeconds = 600, minReadySeconds = 0, revisionHistoryLimit = 10 } = spec;
  const time = (value: Json, preset: number) => (value === preset ? undefined : seconds(Number(value)));
  return {
    labels: Object.keys(kept).length > 0 ? literal(kept) : undefined,
    annotations: Object.keys(notes).length > 0 ? literal(notes) : undefined,
    strategy: isDeployment ? strategyOf(spec.strategy) : undefined,
    minReady: time(minReadySeconds, 0),
    progressDeadline: time(progressDeadlineSeconds, 600),
    revisionHistoryLimit: revisionHistoryLimit === 3 ? undefined : literal(revisionHistoryLimit),
  };
}

/** Undefined for this library's default, `maxSurge` 1 and `maxUnavailable` 0. */
function strategyOf(value: Json | undefined): Expression | undefined {
  const strategy = isObject(value) ? value : {};
  if (strategy.type === 'Recreate') {
    return call('DeploymentStrategy.recreate');
  }
  const { maxSurge = '25%', maxUnavailable = '25%' } = isObject(strategy.rollingUpdate) ? strategy.rollingUpdate : {};
  if (String(maxSurge) === '1' && String(maxUnavailable) === '0') {
    return undefined;
  }
  const amount = (count: Json) =>
    /^\d+%$/.test(String(count))
      ? call('PercentOrAbsolute.percent', literal(Number.parseInt(String(count), 10)))
      : call('PercentOrAbsolute.absolute', literal(Number(count)));
  const rolling = object({
    maxSurge: maxSurge === '25%' ? undefined : amount(maxSurge),
    maxUnavailable: maxUnavailable === '25%' ? undefined : amount(maxUnavailable),
  });
  return call('DeploymentStrategy.rollingUpdate', ...(isEmpty(rolling) ? [] : [rolling]));
}

function acceptedFindings({ workload }: Selection, labels: PodLabels, version: string): Record<string, string> {
  const isAdopted = workload.isDeployment || workload.name.length > 46;
  const canaryLabels = { ...workload.podLabels, ...labels.selector, ...labels.shared, version: '' };
  return isAdopted && selects(workload.matchLabels, canaryLabels) && version !== ''
    ? { 'shared-selector': `the selector of ${workload.name} cannot change while it runs` }
    : {};
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

function patchCalls(tracks: readonly Patch[], services: DeclaredServices): PatchCall[] {
  const calls = [...(tracks.length > 0 ? [{ callee: 'pair.patchTracks', patches: tracks }] : []), ...services.calls];
  return calls.map(({ callee, patches }) => ({
    callee,
    operations: patches.map(({ op, path, value, why }) => ({ why, operation: call(`JsonPatch.${op}`, literal(path), literal(value)) })),
  }));
}

function reportOf(selection: Selection, declaration: Declaration, version: string, patches: readonly Patch[]): Report {
  const { workload, service, additionalServices, left, remarks } = selection;
  const owner = ownerOf({ ...workload.annotations, ...workload.labels });
  const changes = [
    ...(workload.podLabels.version === version ? [] : [`the label version=${version}`]),
    ...(workload.podSpec.automountServiceAccountToken === undefined ? ['automountServiceAccountToken, written out'] : []),
    ...declaration.templateChanges,
  ];
  const rollout = workload.isDeployment
    ? []
    : [`the pods of ${workload.title} keep running beside the new Deployment; delete it, with its pods, when the new pods are ready`];
  return {
    workload: workload.title,
    same: [
      `${workload.isDeployment ? 'Deployment' : 'pods of'} ${workload.name}: ${workload.isDeployment ? 'name, selector and ' : ''}pod template`,
      ...[service, ...additionalServices].flatMap((each) => (each ? [`${titleOf(each)}: type, ports and selector`] : [])),
    ],
    differs: declaration.differences,
    patches: patches.map(({ path, why }) => ({ path, why })),
    restarts: workload.isDeployment ? changes : [],
    left,
    remarks: [
      ...(owner === undefined ? [] : [`${owner} owns ${workload.title}; end that before the first apply, or it undoes each stage`]),
      ...rollout,
      ...literalSecrets(workload.podSpec),
      ...declaration.remarks,
      ...remarks,
    ],
  };
}

const SECRET_NAME = /PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL/i;

/** Values in a manifest end up in Git. The report names such variables, but not their values. */
function literalSecrets(spec: JsonObject): string[] {
  return [...objectsIn(spec.containers), ...objectsIn(spec.initContainers)].flatMap((container) =>
    objectsIn(container.env)
      .filter(
        (variable) => hasOnly(variable, 'name', 'value') && SECRET_NAME.test(String(variable.name)) && String(variable.value ?? '') !== '',
      )
      .map(
        (variable) =>
          `the variable ${String(variable.name)} of ${nameOf({ metadata: { name: container.name! } })} has a literal value that looks like a secret; use EnvValue.fromSecretValue before you commit main.ts`,
      ),
  );
}
