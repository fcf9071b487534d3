import { FINDING_CODES } from './core/finding';
import { STAGE_NAME, stageFolder } from './core/folders';
import { Fraction } from './core/fraction';
import * as names from './core/names';
import { ACCEPTABLE } from './findings';
import { Input } from './input';
import { checkPairTrack, checkSelectorLabels, checkService, checkSharedPod, list } from './input-track';
import { CanaryPairProps } from './pair';
import { mergePod } from './pod';
import { Stage } from './stages';
import { Tolerance } from './tolerance';
import { TrackOptions } from './track';
import { Weight } from './weight';

const PAIR: Readonly<Record<keyof CanaryPairProps, true>> = {
  accept: true,
  baseline: true,
  canary: true,
  floor: true,
  maxReplicas: true,
  minCanary: true,
  namespace: true,
  pod: true,
  quota: true,
  selectorLabels: true,
  service: true,
  stable: true,
  stableKeepsBaseline: true,
  stages: true,
  tolerance: true,
};

const STAGE: Readonly<Record<keyof Stage, true>> = { name: true, split: true, weight: true };

const MANY = Number.MAX_SAFE_INTEGER;

/** Checks the properties of a pair. */
export function checkPair(input: Input, props: CanaryPairProps): void {
  if (!input.known('', props, PAIR)) {
    return;
  }
  const baselineIsSound = input.integer('baseline', props.baseline, 1, 1e9);
  const baseline = baselineIsSound ? (props.baseline ?? 3) : 1;
  input.integer('floor', props.floor, 1, baseline, `${baseline}, the baseline`);
  input.integer('maxReplicas', props.maxReplicas, baseline + 1, MANY, `${10 * baseline}, ten times the baseline`);
  input.integer('minCanary', props.minCanary, 1, MANY);
  input.integer('quota', props.quota, baseline, MANY);
  if (props.tolerance !== undefined && !(props.tolerance instanceof Tolerance)) {
    input.reject('tolerance', props.tolerance, 'be a Tolerance', 'Tolerance.points(1)');
  }
  if (props.namespace !== undefined) {
    input.text('namespace', props.namespace, names.NAMESPACE);
  }
  checkSelectorLabels(input, 'selectorLabels', props.selectorLabels);
  checkAccept(input, props.accept);
  checkTracks(input, props);
  checkStages(input, props, baseline);
}

/** Checks the codes of accepted findings, and that each has a reason. */
export function checkAccept(input: Input, accept: unknown): void {
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
      input.reject(property, reason, 'not be accepted, because nothing could be built instead', 'to mend what the finding names');
    } else if (typeof reason !== 'string' || reason.trim() === '') {
      input.reject(property, reason, 'say why it is accepted');
    }
  }
}

function checkTracks(input: Input, props: CanaryPairProps): void {
  const { stable, canary } = props;
  const shared = props.pod ?? {};
  if (props.pod !== undefined) {
    checkSharedPod(input, 'pod', props.pod);
  }
  const selectorLabels = props.selectorLabels ?? { app: props.service?.name };
  const merged: TrackOptions[] = [];
  for (const [property, track] of Object.entries({ stable, ...(canary === undefined ? {} : { canary }) })) {
    if (typeof track !== 'object' || track === null) {
      input.reject(property, track, 'be an object');
    } else {
      merged.push(mergePod(shared, track));
      checkPairTrack(input, property, track, merged[merged.length - 1]!, selectorLabels);
    }
  }
  const ports = merged.map((track) => list<{ number: number }>(new Input(), '', track.ports).map(({ number }) => number));
  checkService(input, props.service, ports.length > 0 ? ports[0]!.filter((port) => ports.every((others) => others.includes(port))) : []);
  if (merged.length === 2) {
    checkDifferent(input, merged[0]!, merged[1]!);
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
      `give another Istio subset than stable's ${JSON.stringify(stable.version)}, both are ${subset(canary)}`,
      'a subsetName of its own',
    );
  }
}

function checkStages(input: Input, props: CanaryPairProps, baseline: number): void {
  if (props.stages === undefined) {
    return;
  }
  const stages = list<Stage>(input, 'stages', props.stages);
  if (stages.length === 0) {
    input.reject('stages', props.stages, 'have at least one stage', 'Stages.percent(10, 25, 50, 100)');
    return;
  }
  const folders = new Map<string, number>();
  let before = Fraction.ZERO;
  for (const [index, stage] of stages.entries()) {
    const property = `stages[${index}]`;
    if (!input.known(property, stage, STAGE)) {
      continue;
    }
    const weight = checkWeight(input, `${property}.weight`, stage.weight, before);
    if (weight) {
      before = weight;
      checkName(input, property, stage, weight, folders, index);
      checkSplit(input, property, stage, weight, baseline, props.maxReplicas ?? 10 * baseline);
    }
  }
  if (before.lessThan(Fraction.ONE)) {
    input.reject(`stages[${stages.length - 1}].weight`, show(before), 'be 100 % at the last stage', 'a last stage of Weight.percent(100)');
  }
}

function checkWeight(input: Input, property: string, weight: unknown, before: Fraction): Fraction | undefined {
  if (!(weight instanceof Weight)) {
    input.reject(property, weight, 'be a Weight', typeof weight === 'number' ? `Weight.percent(${weight})` : 'Weight.percent(10)');
    return undefined;
  }
  const fraction = weight._toFraction();
  if (fraction.equals(Fraction.ZERO)) {
    input.reject(property, show(fraction), 'be above 0, because stage-0 is always there', 'to leave this stage out');
    return undefined;
  }
  if (fraction.lessThan(before)) {
    input.reject(
      property,
      show(fraction),
      `not be less than the stage before (${show(before)}), because weights rise`,
      'the stages in rising order',
    );
  }
  return fraction;
}

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
  const folder = stageFolder(weight, stage.name);
  const first = folders.get(folder);
  if (first !== undefined) {
    input.reject(
      property,
      stage.name ?? show(weight),
      `have a folder of its own, but ${folder} is stages[${first}]'s`,
      'a name for one of the two',
    );
  }
  folders.set(folder, index);
}

function checkSplit(input: Input, property: string, stage: Stage, weight: Fraction, baseline: number, maxReplicas: number): void {
  if (stage.split === undefined || !input.known(`${property}.split`, stage.split, { stable: true, canary: true })) {
    return;
  }
  const { stable, canary } = stage.split;
  const counts =
    input.integer(`${property}.split.stable`, stable ?? NaN, weight.equals(Fraction.ONE) ? 0 : 1, MANY) &&
    input.integer(`${property}.split.canary`, canary ?? NaN, 1, MANY);
  if (counts && stable + canary > Math.max(maxReplicas, 2 * baseline)) {
    input.reject(
      `${property}.split`,
      stage.split,
      `have at most maxReplicas (${maxReplicas}) pods, but ${stable} + ${canary} is ${stable + canary}`,
    );
  }
}

function show(weight: Fraction): string {
  return `${weight.times(100).toRounded(6)}%`;
}
