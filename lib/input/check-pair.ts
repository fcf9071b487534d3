import { STAGE_NAME, stageFolder } from '../core/folders';
import { Fraction } from '../core/fraction';
import * as names from '../core/names';
import { type Input, MOST_PODS, isMap } from './input';
import { checkAutoscaling } from './check-autoscaling';
import { checkGates, checkStageGates } from './check-gates';
import { checkService } from './check-service';
import { checkAccept, checkPairTrack, checkSelectorLabels, checkSharedPod } from './check-track';
import { baselineOf } from '../pair-plan';
import type { CanaryPairProps } from '../pair-props';
import { type PodOptions, mergePod } from '../pod';
import type { ReplicaSplit, Stage } from '../stages';
import { Promotion } from '../promotion';
import type { ServiceOptions } from '../service-options';
import { Tolerance } from '../tolerance';
import { defaultServiceName } from '../track-services';
import type { TrackOptions } from '../track-props';
import { Weight } from '../weight';

const PAIR: Readonly<Record<keyof CanaryPairProps, true>> = {
  accept: true,
  additionalServices: true,
  autoscaling: true,
  baseline: true,
  canary: true,
  fixedTotal: true,
  floor: true,
  gates: true,
  maxReplicas: true,
  minCanary: true,
  name: true,
  namespace: true,
  pod: true,
  promotion: true,
  quota: true,
  selectorLabels: true,
  service: true,
  serviceName: true,
  stable: true,
  stableKeepsBaseline: true,
  stages: true,
  tolerance: true,
  trackServices: true,
};

const STAGE: Readonly<Record<keyof Stage, true>> = { gates: true, name: true, split: true, weight: true };
const SPLIT: Readonly<Record<keyof ReplicaSplit, true>> = { canary: true, stable: true };

/** Checks the properties of a pair. */
export function checkPair(input: Input, props: CanaryPairProps): void {
  if (!input.ownPlus('', props) || !input.known('', props, PAIR)) {
    return;
  }
  if (input.integer('baseline', props.baseline, 1, MOST_PODS, '3') && checkAutoscaling(input, props)) {
    checkCounts(input, props, baselineOf(props));
  }
  for (const property of ['stableKeepsBaseline', 'fixedTotal'] as const) {
    if (props[property] !== undefined && typeof props[property] !== 'boolean') {
      input.reject(property, props[property], 'be true or false');
    }
  }
  input.oneOf('promotion', props.promotion, Object.values(Promotion));
  input.instance('tolerance', props.tolerance, Tolerance, 'Tolerance.points(1)');
  if (props.namespace !== undefined) {
    input.text('namespace', props.namespace, names.NAMESPACE);
  }
  checkSelectorLabels(input, 'selectorLabels', props.selectorLabels);
  checkAccept(input, props.accept);
  checkGates(input, 'gates', props.gates);
  checkTracks(input, props);
  checkStages(input, props);
}

/** Checks the counts whose bounds depend on the baseline. */
function checkCounts(input: Input, props: CanaryPairProps, baseline: number): void {
  input.integer('floor', props.floor, 1, baseline, `${baseline}, the baseline`);
  input.integer('maxReplicas', props.maxReplicas, baseline + 1, MOST_PODS, `${10 * baseline}, ten times the baseline`);
  input.integer('minCanary', props.minCanary, 1, MOST_PODS, '1');
  input.integer('quota', props.quota, baseline, MOST_PODS, `${4 * baseline}, or leave it out`);
  if (props.fixedTotal === true && (baseline === 1 || props.stableKeepsBaseline === true)) {
    const must =
      baseline === 1
        ? 'have a baseline of at least 2, because one pod cannot be divided'
        : 'not be combined with stableKeepsBaseline, which needs more pods';
    input.reject('fixedTotal', props.fixedTotal, must);
  }
}

function checkTracks(input: Input, props: CanaryPairProps): void {
  const shared: PodOptions = isMap(props.pod) ? props.pod : {};
  const selectorLabels = props.selectorLabels ?? { app: props.service?.name ?? props.serviceName ?? props.name };
  if (props.pod !== undefined) {
    checkSharedPod(input, 'pod', props.pod, selectorLabels);
  }
  const tracks: TrackOptions[] = [];
  for (const [property, track] of Object.entries({ stable: props.stable, canary: props.canary })) {
    if (isMap(track)) {
      checkPairTrack(input, property, track, shared, selectorLabels);
      tracks.push(mergePod(shared, track));
    } else if (property === 'stable' || track !== undefined) {
      input.reject(property, track, 'be an object', '{ name: "shop-blue", version: "1.0" }');
    }
  }
  checkServices(input, props);
  checkTrackServices(input, props, tracks);
  const [stable, canary] = tracks;
  if (stable && canary) {
    checkDifferent(input, stable, canary);
  }
}

/** A pair has a Service of its own, a Service that somebody else writes, or none and a name. */
function checkServices(input: Input, props: CanaryPairProps): void {
  const { service, serviceName, name } = props;
  if (serviceName !== undefined) {
    input.text('serviceName', serviceName, names.SERVICE_NAME);
  }
  if (name !== undefined) {
    input.text('name', name, names.SERVICE_NAME);
  }
  if (service !== undefined || (serviceName === undefined && name === undefined)) {
    checkService(input, service as ServiceOptions);
  }
  checkAdditionalServices(input, props);
  const others = Object.entries({ serviceName, name }).filter(([, value]) => value !== undefined);
  for (const [property, value] of others.slice(service === undefined ? 1 : 0)) {
    const other = service === undefined ? others[0]![0] : 'service';
    input.reject(property, value, `be left out, because ${other} names the pair`, 'one of the two');
  }
}

function checkAdditionalServices(input: Input, { additionalServices, service, serviceName }: CanaryPairProps): void {
  const taken = new Set([service?.name ?? serviceName]);
  for (const [index, additional] of input.entries<ServiceOptions>('additionalServices', additionalServices).entries()) {
    const property = `additionalServices[${index}]`;
    checkService(input, additional, property);
    if (isMap(additional) && taken.has(additional.name)) {
      input.reject(`${property}.name`, additional.name, 'differ from the names of the other Services of the pair');
    }
    taken.add(additional?.name);
  }
}

/** The Services of the two Deployments, of which a pair at rest declares only one. */
function checkTrackServices(input: Input, { trackServices, service, additionalServices }: CanaryPairProps, tracks: TrackOptions[]): void {
  if (trackServices === undefined) {
    return;
  }
  if (!isMap(trackServices) || Object.keys(trackServices).length !== 2) {
    const [stable = { name: 'shop-a' }, canary = { name: 'the-next-deployment' }] = tracks;
    const example = Object.fromEntries([stable, canary].map(({ name }) => [name, defaultServiceName(String(name))]));
    input.reject('trackServices', trackServices, 'have the names of the two Deployments that take turns', JSON.stringify(example));
    return;
  }
  if (service === undefined) {
    input.reject('trackServices', trackServices, 'be left out of a pair without service, whose ports the Services have', 'service');
  }
  const deployments = Object.keys(trackServices);
  for (const { name } of tracks.filter((track) => typeof track.name === 'string' && !deployments.includes(track.name))) {
    input.reject('trackServices', deployments, `have Deployment ${name}`, 'the names of the two Deployments that take turns');
  }
  const taken = new Set([service?.name, ...(Array.isArray(additionalServices) ? additionalServices : []).map((other) => other?.name)]);
  for (const [deployment, name] of Object.entries(trackServices)) {
    const property = `trackServices[${JSON.stringify(deployment)}]`;
    if (input.text(property, name, names.SERVICE_NAME, JSON.stringify(defaultServiceName(deployment))) && taken.has(name)) {
      input.reject(
        property,
        name,
        'differ from the names of the other Services of the pair',
        JSON.stringify(defaultServiceName(deployment)),
      );
    }
    taken.add(name);
  }
}

function checkDifferent(input: Input, stable: TrackOptions, canary: TrackOptions): void {
  if (stable.name === canary.name) {
    input.reject('canary.name', canary.name, "differ from stable's name, because it is the Deployment's identity");
  }
  if (stable.version === canary.version) {
    input.reject('canary.version', canary.version, "differ from stable's version, or there is nothing to roll out");
    return;
  }
  const subset = (track: TrackOptions) => track.subsetName ?? names.subsetOf(String(track.version));
  if (subset(stable) === subset(canary)) {
    input.reject(
      'canary.version',
      canary.version,
      `map to another Istio subset than stable's version ${JSON.stringify(stable.version)} (both map to ${subset(canary)})`,
      'to set subsetName',
    );
  }
}

function checkStages(input: Input, props: CanaryPairProps): void {
  const stages = input.entries<Stage>('stages', props.stages);
  if (stages.length === 0) {
    if (!Array.isArray(props.stages)) {
      return;
    }
    input.reject('stages', props.stages, 'have at least one stage', 'Stages.percent(10, 25, 50, 100)');
    return;
  }
  const folders = new Map<string, number>();
  let before = Fraction.ZERO;
  let isWhole = true;
  for (const [index, stage] of stages.entries()) {
    const property = `stages[${index}]`;
    if (typeof stage === 'number') {
      input.reject(property, stage, 'be a Stage', `Stages.percent(${stages.join(', ')})`);
    }
    if (typeof stage === 'number' || !input.known(property, stage, STAGE)) {
      isWhole = false;
      continue;
    }
    const weight = checkWeight(input, `${property}.weight`, stage.weight, before);
    if (weight) {
      before = weight;
      checkName(input, property, stage, weight, folders, index);
      checkSplit(input, `${property}.split`, stage, weight, props);
      checkStageGates(input, `${property}.gates`, stage.gates, props.gates);
    } else {
      isWhole = false;
    }
  }
  // Whether an autoscaled pair must end at 100 % depends on its router, which is attached later.
  if (isWhole && before.lessThan(Fraction.ONE) && props.autoscaling === undefined) {
    input.reject(
      `stages[${stages.length - 1}].weight`,
      weightText(before),
      'be 100 % at the last stage',
      'a last stage of Weight.percent(100)',
    );
  }
}

function checkWeight(input: Input, property: string, weight: unknown, before: Fraction): Fraction | undefined {
  if (!(weight instanceof Weight)) {
    input.reject(property, weight, 'be a Weight', typeof weight === 'number' ? `Weight.percent(${weight})` : 'Weight.percent(10)');
    return undefined;
  }
  const fraction = weight._toFraction();
  if (fraction.equals(Fraction.ZERO)) {
    input.reject(property, weightText(fraction), 'be above 0, because stage-0 always exists', 'to leave this stage out');
    return undefined;
  }
  if (fraction.lessThan(before)) {
    input.reject(
      property,
      weightText(fraction),
      `be at least the weight of the stage before (${weightText(before)})`,
      'the stages in ascending order',
    );
  }
  return fraction;
}

/** Matches names that look like a weight, such as `25` or `1-of-3`: readers would take such a folder for an unnamed stage. */
const WEIGHT_LIKE = /^(?:[\d.]+|\d+-of-\d+)$/;

function checkName(input: Input, property: string, stage: Stage, weight: Fraction, folders: Map<string, number>, index: number): void {
  if (stage.name !== undefined) {
    if (
      typeof stage.name !== 'string' ||
      !STAGE_NAME.test(stage.name) ||
      stage.name.endsWith('-up') ||
      stage.name === '0' ||
      stage.name.includes('..')
    ) {
      input.reject(
        `${property}.name`,
        stage.name,
        'be at most 40 lower-case letters, digits, "." and "-", not "0" and not ending in "-up"',
        '"first-users"',
      );
      return;
    }
  }
  if (stage.name !== undefined && WEIGHT_LIKE.test(stage.name) && stageFolder(weight, stage.name) !== stageFolder(weight)) {
    input.reject(`${property}.name`, stage.name, `not look like a weight other than ${weightText(weight)}`, '"first-users"');
    return;
  }
  const folder = stageFolder(weight, stage.name);
  const first = folders.get(folder);
  if (first !== undefined) {
    input.reject(
      property,
      stage.name ?? weightText(weight),
      `have its own folder, but stages[${first}] already has ${folder}`,
      'a name for one of the two',
    );
  }
  folders.set(folder, index);
}

function checkSplit(input: Input, property: string, stage: Stage, weight: Fraction, props: CanaryPairProps): void {
  if (stage.split === undefined || !input.known(property, stage.split, SPLIT)) {
    return;
  }
  if (props.autoscaling !== undefined) {
    input.reject(property, stage.split, 'be left out, because autoscalers set the counts', 'minCanary for the fewest canary pods');
    return;
  }
  const { stable, canary } = stage.split;
  const least = weight.equals(Fraction.ONE) ? 0 : 1;
  const stableIsSound = input.requiredInteger(`${property}.stable`, stable, least, MOST_PODS);
  const canaryIsSound = input.requiredInteger(`${property}.canary`, canary, 1, MOST_PODS);
  const baseline = baselineOf(props);
  const { maxReplicas = 10 * baseline } = props;
  // The last stage may have twice the baseline's pods whatever `maxReplicas` is; the same holds for a computed split.
  if (stableIsSound && canaryIsSound && stable + canary > Math.max(maxReplicas, 2 * baseline)) {
    input.reject(
      property,
      stage.split,
      `have at most maxReplicas (${maxReplicas}) pods, but ${stable} + ${canary} is ${stable + canary}`,
      `maxReplicas: ${stable + canary}`,
    );
  }
}

/** A weight as the user might have written it. */
function weightText(weight: Fraction): string {
  return `${weight.times(100).toRounded(6)}%`;
}
