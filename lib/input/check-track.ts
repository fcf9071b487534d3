import { DeploymentStrategy } from '../kplus';
import { FINDING_CODES } from '../core/finding';
import * as names from '../core/names';
import { ACCEPTABLE } from '../findings';
import { type At, type Input, MOST_PODS, below, isMap, secondsOf, show } from './input';
import { POD, checkPod } from './check-pod';
import { DEPLOYMENT_LABEL, TRACK_LABEL, VERSION_LABEL } from '../core/labels';
import { DEFAULT_GRACE, DEFAULT_PRE_STOP, type PodOptions, mergePod } from '../pod';
import { PreStop } from '../pre-stop';
import type { StableTrackProps, TrackOptions } from '../track-props';

const TRACK: Readonly<Record<keyof TrackOptions, true>> = {
  ...POD,
  annotations: true,
  labels: true,
  minReady: true,
  name: true,
  progressDeadline: true,
  revisionHistoryLimit: true,
  selector: true,
  strategy: true,
  subsetName: true,
  version: true,
};

const ALONE: Readonly<Record<keyof StableTrackProps, true>> = { ...TRACK, accept: true, replicas: true, selectorLabels: true };

/** Checks the pod options of both tracks, as the user wrote them. */
export function checkSharedPod(input: Input, property: string, pod: PodOptions, selectorLabels: unknown): void {
  if (input.known(property, pod, POD)) {
    checkPod(input, below(property), pod, selectorLabels);
  }
}

/** Checks a track without a pair. */
export function checkAlone(input: Input, props: StableTrackProps): void {
  if (input.ownPlus('', props) && input.known('', props, ALONE)) {
    const selectorLabels = props.selectorLabels ?? { app: props.name };
    input.integer('replicas', props.replicas, 1, MOST_PODS);
    checkSelectorLabels(input, 'selectorLabels', props.selectorLabels);
    checkAccept(input, props.accept);
    checkTrack(input, below(''), props, selectorLabels);
    checkTogether(input, below(''), {}, props, selectorLabels);
  }
}

/** Checks a track of a pair: its own options as the user wrote them, and the result of merging them with the shared ones. */
export function checkPairTrack(input: Input, property: string, own: TrackOptions, shared: PodOptions, selectorLabels: unknown): void {
  if (input.known(property, own, TRACK)) {
    checkTrack(input, below(property), own, selectorLabels);
    checkTogether(input, below(property), shared, own, selectorLabels);
  }
}

/** Checks the codes of accepted findings, and that each has a reason. */
export function checkAccept(input: Input, accept: unknown): void {
  if (accept !== undefined && !isMap(accept)) {
    input.reject('accept', accept, 'be a map from codes to reasons', "{ 'sticky-service': 'the service has many clients' }");
    return;
  }
  for (const [code, reason] of Object.entries(accept ?? {})) {
    const property = `accept[${JSON.stringify(code)}]`;
    if (!(FINDING_CODES as readonly string[]).includes(code)) {
      input.reject(
        property,
        reason,
        "have a finding's code as its key",
        names.nearest(code, ACCEPTABLE) ?? `one of ${ACCEPTABLE.join(', ')}`,
      );
    } else if (!(ACCEPTABLE as readonly string[]).includes(code)) {
      input.reject(property, reason, 'not be accepted, because the output would be invalid', 'to fix what the finding names');
    } else if (typeof reason !== 'string' || reason.trim() === '') {
      input.reject(property, reason, 'be the reason for accepting the finding', '"the reason in a sentence"');
    }
  }
}

/** Whether a track takes over a Deployment that runs with a selector of its own. */
export function isAdopted({ selector }: TrackOptions): boolean {
  return isMap(selector) && !(DEPLOYMENT_LABEL in selector);
}

/** Checks a track's own options, before they are merged. */
function checkTrack(input: Input, at: At, track: TrackOptions, selectorLabels: unknown): void {
  input.text(at('name'), track.name, isAdopted(track) ? names.ADOPTED_DEPLOYMENT_NAME : names.DEPLOYMENT_NAME);
  if (input.text(at('version'), track.version, names.LABEL_VALUE, '"1.0"')) {
    if (track.version === '') {
      input.reject(at('version'), track.version, 'not be empty', '"1.0"');
    }
    checkVersionAsSubset(input, at, track);
  }
  if (track.subsetName !== undefined) {
    const slug = typeof track.subsetName === 'string' ? JSON.stringify(names.subsetOf(track.subsetName)) : undefined;
    input.text(at('subsetName'), track.subsetName, names.SUBSET_NAME, slug);
  }
  input.labels(at('labels'), track.labels, { values: 'label', reserved: [TRACK_LABEL] });
  input.labels(at('annotations'), track.annotations, { values: 'any' });
  input.integer(at('revisionHistoryLimit'), track.revisionHistoryLimit, 0, 1000);
  input.instance(at('strategy'), track.strategy, DeploymentStrategy, 'DeploymentStrategy.rollingUpdate()');
  checkProgress(input, at, track);
  checkPod(input, at, track, selectorLabels);
}

/** Merges a track's own options with the shared ones, and checks those that either can set. */
function checkTogether(input: Input, at: At, shared: PodOptions, own: TrackOptions, selectorLabels: unknown): void {
  const track = mergePod(shared, own);
  if (track.image === undefined) {
    input.reject(at('image'), track.image, 'name an image', '"scubakiz/servicedemo:1.0"');
  }
  checkSelector(input, at('selector'), track, selectorLabels);
  checkGrace(input, (name) => (own[name] === undefined && shared[name] !== undefined ? `pod.${name}` : at(name)), track);
}

function checkVersionAsSubset(input: Input, at: At, track: TrackOptions): void {
  if (track.subsetName === undefined && track.version !== '' && names.breaks(names.SUBSET_NAME, names.subsetOf(track.version))) {
    input.reject(at('version'), track.version, 'map to an Istio subset name of at most 63 letters, digits and "-"', 'to set subsetName');
  }
}

export function checkSelectorLabels(input: Input, property: string, labels: unknown): void {
  input.labels(property, labels, { values: 'label', reserved: [VERSION_LABEL, 'track'] });
  if (isMap(labels) && Object.keys(labels).length === 0) {
    input.reject(property, labels, 'not be empty, because it would select every pod', "{ app: 'shop' }");
  }
}

function checkSelector(input: Input, property: string, track: TrackOptions, selectorLabels: unknown): void {
  const { selector } = track;
  if (selector === undefined) {
    return;
  }
  if (!isMap(selector) || Object.keys(selector).length === 0) {
    input.reject(
      property,
      selector,
      'be a map with at least one label, because the API server refuses an empty selector',
      "{ app: 'shop' }",
    );
    return;
  }
  const podLabels: Record<string, unknown> = {
    ...(isMap(selectorLabels) ? selectorLabels : {}),
    ...track.podLabels,
    [VERSION_LABEL]: track.version,
    [DEPLOYMENT_LABEL]: track.name,
  };
  for (const [key, value] of Object.entries(selector)) {
    if (podLabels[key] !== value) {
      input.reject(
        `${property}[${JSON.stringify(key)}]`,
        value,
        `equal the label on the pods, which is ${podLabels[key] === undefined ? 'missing' : show(podLabels[key])}`,
        `podLabels: ${show({ [key]: value })}`,
      );
    }
  }
}

/** Rejects values that the API server would reject: `minReady` is in whole seconds and must be shorter than the deadline. */
function checkProgress(input: Input, at: At, track: TrackOptions): void {
  const minReady = input.duration(at('minReady'), track.minReady, 0) ? track.minReady.toSeconds() : 0;
  const deadline = input.duration(at('progressDeadline'), track.progressDeadline, 1) ? track.progressDeadline.toSeconds() : 600;
  if (minReady >= deadline) {
    input.reject(
      at('minReady'),
      track.minReady,
      `be shorter than progressDeadline (${deadline}s), or the API server refuses the Deployment`,
      `progressDeadline: Duration.seconds(${minReady + 600})`,
    );
  }
}

/** A container that is killed during its preStop sleep drains nothing. The error names the property that was set, not the default. */
function checkGrace(input: Input, at: (name: 'preStop' | 'terminationGracePeriod') => string, track: TrackOptions): void {
  const { preStop = DEFAULT_PRE_STOP, terminationGracePeriod = DEFAULT_GRACE } = track;
  const sleep = preStop instanceof PreStop ? preStop._seconds() : 0;
  const grace = secondsOf(terminationGracePeriod);
  if (grace === undefined || grace > sleep || sleep === 0) {
    return;
  }
  if (track.terminationGracePeriod === undefined) {
    input.reject(
      at('preStop'),
      `${sleep}s`,
      `be shorter than terminationGracePeriod (${grace}s), or the container is killed while it still waits`,
      `terminationGracePeriod: Duration.seconds(${sleep + 30})`,
    );
  } else {
    input.reject(
      at('terminationGracePeriod'),
      track.terminationGracePeriod,
      `be longer than the preStop sleep of ${sleep}s, or the container is killed while it still waits`,
      `Duration.seconds(${sleep + 30})`,
    );
  }
}
