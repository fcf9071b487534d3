import type { Json } from '../../../../lib/core/yaml';
import type { Declaration } from './declaration';
import { type Expression, type Properties, call, isEmpty, literal, object, seconds } from './expression';
import { isObject, selects } from './json';
import { keptMetadata } from './metadata';
import { pairName } from './names';
import type { Selection } from './select';
import { canaryVersion } from './version';
import type { Workload } from './workload';

/** The labels of the pods of a pair. */
export interface PodLabels {
  readonly selector: Readonly<Record<string, string>>;
  readonly shared: Readonly<Record<string, string>>;
  /** Labels that state the version. */
  readonly stable: Readonly<Record<string, string>>;
  readonly canary: Readonly<Record<string, string>>;
}

const APP_VERSION = 'app.kubernetes.io/version';

/** Divides the labels of the pods: those of the Services' selectors, those of both versions, and those that state the version. */
export function podLabels({ workload, selectorLabels }: Selection, version: string, canaryImage: string | undefined): PodLabels {
  const { version: _, ...labels } = keptMetadata(workload.podLabels);
  const selector = Object.keys(selectorLabels).length > 0 ? selectorLabels : { app: pairName(workload.name) };
  const rest = Object.fromEntries(Object.entries(labels).filter(([key]) => !(key in selector)));
  const { [APP_VERSION]: appVersion, ...shared } = rest;
  if (appVersion === undefined || canaryImage === undefined) {
    return { selector, shared: rest, stable: {}, canary: {} };
  }
  return { selector, shared, stable: { [APP_VERSION]: appVersion }, canary: { [APP_VERSION]: canaryVersion(canaryImage, version) } };
}

/** The track of what runs. A Deployment is adopted with its selector, which cannot change. */
export function stableTrack(
  { workload }: Selection,
  image: string,
  version: string,
  labels: PodLabels,
  declaration: Declaration,
): Expression {
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
export function canaryTrack(selection: Selection, image: string, version: string, labels: PodLabels, declaration: Declaration): Expression {
  return object({
    name: literal(`${selection.workload.name.slice(0, 44).replace(/-+$/, '')}-b`),
    version: literal(canaryVersion(image, version)),
    image: literal(image),
    podLabels: Object.keys(labels.canary).length > 0 ? literal(labels.canary) : undefined,
    ...deploymentProperties(ofVersion(withoutInstance(selection.workload, declaration), canaryVersion(image, version)), declaration),
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

/** A Deployment that says of which version it is says so of the new one. */
function ofVersion(workload: Workload, version: string): Workload {
  return APP_VERSION in workload.labels ? { ...workload, labels: { ...workload.labels, [APP_VERSION]: version } } : workload;
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

/** The finding that an adoption cannot avoid, if the selector of what runs selects the canary's pods, too. */
export function sharedSelector({ workload }: Selection, labels: PodLabels, version: string): Record<string, string> {
  const isAdopted = workload.isDeployment || workload.name.length > 46;
  const canaryLabels = { ...workload.podLabels, ...labels.selector, ...labels.shared, ...labels.canary, version: '' };
  return isAdopted && selects(workload.matchLabels, canaryLabels) && version !== ''
    ? { 'shared-selector': `the selector of ${workload.name} cannot change while it runs` }
    : {};
}
