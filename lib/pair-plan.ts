import { Sizing } from './autoscaling';
import type { Remark } from './core/finding';
import { gateRemarks } from './core/gates/remarks';
import type { GatesEntry } from './core/gates/settings';
import { nearest } from './core/names';
import type { Plan, PlanRequest } from './core/plan';
import { gatesEntry } from './gates';
import type { CanaryPairProps } from './pair-props';
import { Promotion } from './promotion';
import type { Router } from './routers/router';
import { sha256 } from './sha256';
import { type Stage, Stages } from './stages';

/** The baseline of a pair. The constructor reads it before it reports invalid properties, so `props` may be undefined. */
export function baselineOf(props: CanaryPairProps | undefined): number {
  return props?.autoscaling?.min ?? props?.baseline ?? 3;
}

/** The stages that a pair declares, or the default ones. */
export function stagesOf(props: CanaryPairProps): Stage[] {
  return props.stages ?? Stages.percent(10, 25, 50, 100);
}

/** Converts the properties of a pair to the input of the planner, with the defaults filled in. */
export function planRequest(props: CanaryPairProps, router: Router | undefined): PlanRequest {
  const baseline = baselineOf(props);
  return {
    baseline,
    floor: props.floor ?? baseline,
    maxReplicas: props.maxReplicas ?? 10 * baseline,
    minCanary: props.minCanary ?? 1,
    quota: props.quota,
    autoscaling: props.autoscaling && { max: props.autoscaling.max, isPeak: props.autoscaling.sizing === Sizing.PEAK },
    routed: router !== undefined,
    routedByTrack: router?._routesByTrack ?? false,
    stableKeepsBaseline: props.stableKeepsBaseline ?? false,
    fixedTotal: props.fixedTotal ?? false,
    tolerance: props.tolerance?._toFraction(),
    promotion: props.promotion ?? Promotion.SWAP,
    // A strategy that the user sets may add up to as many pods as there are.
    surge: props.stable.strategy ? baseline : 1,
    stages: props.canary ? stagesOf(props).map(({ weight, name, split }) => ({ weight: weight._toFraction(), name, split })) : [],
  };
}

/** The gates of a stage, or those of the pair if no index is given. */
export function gatesOf(props: CanaryPairProps, index?: number): GatesEntry {
  return gatesEntry(props.gates, index === undefined ? undefined : stagesOf(props)[index]?.gates);
}

/** The remarks about the splits, the transitions and the gates of a plan. */
export function planRemarks({ remarks, stages }: Plan, props: CanaryPairProps): Remark[] {
  return [...remarks, ...gateRemarks(stages, (_, index) => gatesOf(props, index))];
}

/**
 * Looks up a folder in the states or the descriptions of a plan.
 *
 * @throws if the plan has no such folder; the message names the pair by its path
 */
export function valueIn<T>(values: ReadonlyMap<string, T>, folder: string, path: string): T {
  const value = values.get(folder);
  if (value === undefined) {
    const folders = [...values.keys()];
    const near = nearest(folder, folders);
    throw new Error(`[${path}] stage: got ${JSON.stringify(folder)}; must be one of ${folders.join(', ')}${near ? `; try ${near}` : ''}`);
  }
  return value;
}

/** The tracks and the plan that identify a release. */
export interface ReleaseIdentity {
  readonly stable: TrackIdentity;
  readonly canary?: TrackIdentity;
  readonly baseline: number;
  readonly plan: Plan;
}

interface TrackIdentity {
  readonly name: string;
  readonly version: string;
}

/** Hashes the names and versions of the tracks, the baseline and the stages. Files and other pairs do not change the digest. */
export function releaseDigest({ stable, canary, baseline, plan }: ReleaseIdentity): string {
  const track = (identity: TrackIdentity | undefined) => identity && { name: identity.name, version: identity.version };
  const stages = plan.stages.map(({ folder, weight, split }) => [folder, weight.toString(), split.stable, split.canary]);
  const release = { stable: track(stable), canary: track(canary), baseline, stages };
  return sha256(JSON.stringify(release)).slice(0, 16);
}
