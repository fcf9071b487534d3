import { PROMOTED, STAGE_0 } from '../../../../lib/core/folders';
import type { Verdict } from '../traffic/evidence';
import type { DeploymentHealth, Trouble } from '../kubernetes/health';
import { type CapacitySituation, METRICS_LAG, type Requirement, isMet, requirements, unseenLoads, unseenText } from './capacity';
import type { Direction } from './direction';
import { promotedText, stableText, withForeign } from './end-text';
import type { PairHealth } from './pair-health';
import type { Position } from './position';
import { type SettleRule, type SettleWait, isPending, settleOf } from './settle-wait';
import { advancePath, atText, isGoingBack, nextStage, rollbackPath } from '../plan/path';

/**
 * Decides the next step from the plan, the observed state, the answer of the user, and the time. These are its only inputs, so that a
 * restarted driver decides as the killed one would have, and every case can be tested without a cluster.
 */

/** The inputs of a decision. Times are milliseconds of one monotonic clock. */
export interface Situation extends SettleWait, SettleRule, CapacitySituation {
  readonly now: number;
  /** How long the pods of a folder may take to become ready. */
  readonly timeout: number;
  /** For how long part of the cached cluster state has been stale; 0 while all of it is current. */
  readonly staleMs: number;
  /** The `staleMs` at which the driver gives up. */
  readonly apiTimeout: number;
}

export type Step =
  | { readonly do: 'apply'; readonly folder: string }
  /** Give an autoscaled track the pods for its next share of the load, which its autoscaler does not see yet. */
  | { readonly do: 'scale'; readonly requirement: Requirement }
  /** `why`: what the user should know about the wait. */
  | { readonly do: 'wait'; readonly until: number; readonly why?: string }
  /** The target is reached, and its pods are ready. */
  | { readonly do: 'arrived'; readonly folder: string }
  | { readonly do: 'fail'; readonly whose: 'canary' | 'stable' | 'other'; readonly why: string };

/** Returns the next step toward the target. */
export function nextStep(situation: Situation): Step {
  const { plan, position, direction, applied, target, staleMs, apiTimeout, now } = situation;
  // The cached state is stale; make no decision from it.
  if (staleMs > 0) {
    const why = `no contact with the API server for ${Math.round(staleMs / 1_000)} s`;
    return staleMs >= apiTimeout ? { do: 'fail', whose: 'other', why } : { do: 'wait', until: now + apiTimeout - staleMs };
  }
  if (position.kind === 'unrecognized') {
    return { do: 'fail', whose: 'other', why: position.why };
  }
  if (applied !== undefined && position.kind === 'absent') {
    return {
      do: 'fail',
      whose: 'other',
      why: `this run applied ${applied}, and now none of the plan's Deployments exists: they were deleted, perhaps with their namespace`,
    };
  }
  if (applied !== undefined && !isAt(position, applied)) {
    return { do: 'fail', whose: 'other', why: changedText(situation, applied) };
  }
  const way = direction === 'advance' ? advancePath(plan, position, target) : rollbackPath(plan, position);
  const unmet = requirements(situation).filter((requirement) => !isMet(requirement));
  const small = unmet.find(({ health, pods }) => health.wanted < pods);
  if (small) {
    return { do: 'scale', requirement: small };
  }
  // Apply an incomplete transition again without waiting for its pods. A rollback does not wait for the canary's pods either, but once the
  // route was moved, also by a driver before this one, its next folder takes pods away.
  const isOnWay = direction === 'advance' || applied !== undefined || isGoingBack(plan, position);
  const mustRest = position.kind === 'at' && (isOnWay || way.length === 0 || unmet.length > 0);
  if (mustRest) {
    const waiting = restAt(situation);
    if (waiting) {
      return waiting;
    }
  }
  const [folder] = way;
  const unseen = folder !== undefined && position.kind === 'at' ? unseenLoads(situation, folder) : [];
  const { settledSince } = situation;
  if (unseen.length > 0 && settledSince !== undefined && now < settledSince + METRICS_LAG) {
    return { do: 'wait', until: settledSince + METRICS_LAG, why: unseenText(unseen) };
  }
  return folder === undefined ? { do: 'arrived', folder: direction === 'advance' ? target : STAGE_0 } : { do: 'apply', folder };
}

/** Says what became of a folder that this run applied. A Deployment that was deleted tells more than the position that results. */
function changedText({ pairs, position }: Situation, applied: string): string {
  const gone = pairs.flatMap(({ stable, canary }) => [stable, canary]).filter(({ isMissing }) => isMissing);
  return gone.length > 0
    ? `this run applied ${applied}, and another client deleted ${gone.map(({ name }) => `Deployment/${name}`).join(' and ')}; perhaps its namespace is being deleted`
    : `another client changed the cluster: this run applied ${applied}, and now the cluster is ${atText(position)}`;
}

function isAt(position: Position, folder: string): boolean {
  return position.kind === 'at' && position.folder === folder;
}

/** Returns the failure or the wait that keeps the rollout at an applied folder; undefined if all its pods are settled. */
function restAt(situation: Situation): Step | undefined {
  const { direction, now, since, settledSince, timeout } = situation;
  const { tracks } = judgedTracks(situation.pairs, direction);
  if (direction === 'advance') {
    // A user who paused a Deployment wants no progress, even if all its pods are ready.
    for (const { health } of tracks) {
      const wish = health.troubles.find(({ isWanted }) => isWanted);
      if (wish) {
        return { do: 'fail', whose: 'other', why: troubleText(health, wish) };
      }
    }
  }
  if (isSettledFor(situation) && settledSince !== undefined) {
    const settled = settledSince + settleOf(situation);
    return proofStep(situation) ?? (now >= settled ? undefined : { do: 'wait', until: settled });
  }
  // Check the canary first: its trouble is the reason to roll back, while trouble of stable may be older than the rollout.
  for (const whose of ['canary', 'stable'] as const) {
    for (const { health } of tracks.filter((track) => track.whose === whose)) {
      const trouble = health.troubles.find(({ isLasting }) => isLasting);
      // A rollback has no alternative to stable, so it waits until the timeout.
      if (trouble && direction === 'advance') {
        return { do: 'fail', whose, why: troubleText(health, trouble) };
      }
    }
  }
  if (now - since >= timeout) {
    if (direction === 'rollback' && tracks.every(({ health }) => serves(health))) {
      // Stable has fewer pods than the load needs, for example because a quota has no room beside the canary. That is better than the canary.
      return undefined;
    }
    const late = tracks.find(({ health }) => !health.isSettled) ?? requirements(situation).find((requirement) => !isMet(requirement));
    const whose = late?.whose ?? 'other';
    const why = late
      ? lateText(late.health, Math.round(timeout / 1_000))
      : `the pods did not settle within ${Math.round(timeout / 1_000)} s`;
    return { do: 'fail', whose, why };
  }
  return { do: 'wait', until: since + timeout };
}

/** Whether a Deployment can take the traffic: it is settled, or autoscaled and has its least pods, whatever keeps it from more. */
function serves({ isSettled, autoscaler, ready, endpoints }: DeploymentHealth): boolean {
  return isSettled || (autoscaler !== undefined && Math.min(ready, endpoints) >= autoscaler.min);
}

/** Returns the failure or the wait for the proof that the weights are in force; undefined if the driver does not wait for it. */
function proofStep({ proof, requiresProof, now, since, timeout }: Situation): Step | undefined {
  if (proof?.kind === 'not proven' && requiresProof) {
    return { do: 'fail', whose: 'other', why: `${proof.why}; --in-force require does not go on without the proof` };
  }
  if (!isPending(proof)) {
    return undefined;
  }
  return now - since < timeout
    ? { do: 'wait', until: since + timeout }
    : { do: 'fail', whose: 'other', why: `the weight is not in force after ${Math.round(timeout / 1_000)} s: ${proof.why}` };
}

/** Returns the Deployments that must be ready: both tracks for an advance, only stable for a rollback. */
export function judgedTracks(pairs: readonly PairHealth[], direction: Direction) {
  const tracks = pairs.flatMap(({ stable, canary }) => [
    ...(direction === 'advance' ? [{ whose: 'canary' as const, health: canary }] : []),
    { whose: 'stable' as const, health: stable },
  ]);
  return { tracks, isSettled: tracks.every(({ health }) => health.isSettled) };
}

/** Whether all pods are settled that the direction needs, and autoscaled tracks have the pods for the next step. */
export function isSettledFor(situation: CapacitySituation): boolean {
  return judgedTracks(situation.pairs, situation.direction).isSettled && requirements(situation).every(isMet);
}

export function troubleText(health: DeploymentHealth, trouble: Trouble): string {
  const which = trouble.pod === undefined ? health.name : `pod ${trouble.pod}`;
  return `${which}: ${trouble.reason}${trouble.message ? ` (${trouble.message})` : ''}`;
}

function lateText(health: DeploymentHealth, seconds: number): string {
  const [trouble] = health.troubles;
  const counts = `${health.name}: ${health.ready} of ${health.wanted} pods are ready and ${health.endpoints} receive traffic after ${seconds} s`;
  return trouble ? `${counts} (${trouble.reason}${trouble.message ? `: ${trouble.message}` : ''})` : counts;
}

/** How a run decides at a stage: by a prompt, by the gates, or without a decision. */
export type Mode = 'ask' | 'auto' | 'yes';

export interface RunSituation extends Situation {
  readonly mode: Mode;
  /** When the target was reached and settled; undefined before that. */
  readonly arrivedAt: number | undefined;
  /** The minimum time at this stage, and the maximum while the gates are inconclusive. */
  readonly hold: number;
  readonly longestHold: number;
  readonly answer: 'go on' | 'roll back' | undefined;
  /** The last verdict of the gates, and when they returned it. */
  readonly verdict: Verdict | undefined;
  readonly judgedAt: number | undefined;
  /** Why the measured traffic can never decide anything, if that is so. */
  readonly unreadable?: string;
  /** How often the user pressed Ctrl-C since the run took this direction, and when first. */
  readonly interrupts: number;
  readonly interruptedAt: number | undefined;
  /** The stage at which to stop; `promoted` for a complete run. */
  readonly last: string;
}

export type RunStep =
  | Exclude<Step, { do: 'arrived' } | { do: 'fail' }>
  | { readonly do: 'ask'; readonly folder: string; readonly next: string }
  | { readonly do: 'judge'; readonly folder: string }
  | { readonly do: 'go on'; readonly target: string; readonly by: 'person' | 'gates' | 'option'; readonly why: string }
  | { readonly do: 'turn back'; readonly by: 'person' | 'gates' | 'pods' | 'signal'; readonly why: string }
  | {
      readonly do: 'end';
      readonly result: 'promoted' | 'at-stage' | 'rolled-back' | 'paused' | 'rollback-failed' | 'interrupted';
      readonly why: string;
      /** The track whose pods are the reason, if they are. */
      readonly whose?: 'canary' | 'stable';
    };

/** How long a run waits for a second Ctrl-C, in milliseconds. */
export const SECOND_INTERRUPT = 5_000;

/** The time between two evaluations of the gates, in milliseconds: as often as new evidence can be expected. */
const LOOK_AGAIN = 1_000;

/** Returns the next step of a run. */
export function nextRunStep(situation: RunSituation): RunStep {
  const { direction, interrupts, interruptedAt, now } = situation;
  if (direction === 'rollback' && interrupts > 0) {
    return { do: 'end', result: 'interrupted', why: `stopped ${atText(situation.position)}, during the rollback` };
  }
  if (interrupts >= 2) {
    return { do: 'turn back', by: 'signal', why: 'Ctrl-C was pressed twice' };
  }
  if (interrupts === 1) {
    const end = (interruptedAt ?? now) + SECOND_INTERRUPT;
    return now < end ? { do: 'wait', until: end } : { do: 'end', result: 'interrupted', why: `stopped ${atText(situation.position)}` };
  }
  const step = nextStep(situation);
  if (step.do === 'fail') {
    return afterFailure(situation, step);
  }
  if (step.do !== 'arrived') {
    return step;
  }
  const next: RunStep =
    direction === 'rollback' ? { do: 'end', result: 'rolled-back', why: stableText(situation.pairs) } : atStage(situation, step.folder);
  return next.do === 'end' ? { ...next, why: withForeign(next.why, situation.pairs) } : next;
}

function afterFailure({ direction }: RunSituation, { whose, why }: Extract<Step, { do: 'fail' }>): RunStep {
  const pods = whose === 'other' ? {} : { whose };
  if (direction === 'rollback') {
    return { do: 'end', result: 'rollback-failed', why, ...pods };
  }
  // Stable ran before the rollout: the canary did not cause its trouble, and a rollback would not fix it.
  return whose === 'canary' ? { do: 'turn back', by: 'pods', why } : { do: 'end', result: 'paused', why, ...pods };
}

function atStage(situation: RunSituation, folder: string): RunStep {
  const { plan, position, now, arrivedAt, hold, mode, last } = situation;
  if (folder === PROMOTED) {
    return {
      do: 'end',
      result: 'promoted',
      why: promotedText(plan, situation.pairs),
    };
  }
  const held = arrivedAt === undefined ? 0 : now - arrivedAt;
  // The baseline shows nothing of the canary, so there is nothing to watch and nothing to decide.
  const next = nextStage(plan, position)!;
  if (folder === STAGE_0) {
    return folder === last
      ? { do: 'end', result: 'at-stage', why: 'all its pods are ready' }
      : { do: 'go on', target: next, by: 'option', why: 'the baseline has no canary to check' };
  }
  // The gates may fail a canary at any moment. A person is asked after the hold, when there is something to see.
  if (held < hold && mode !== 'auto') {
    return { do: 'wait', until: (arrivedAt ?? now) + hold };
  }
  const decided = mode === 'auto' ? byGates(situation, folder, held) : byPerson(situation, folder, next);
  if (decided.do === 'go on' && folder === last) {
    return { do: 'end', result: 'at-stage', why: 'all its pods are ready' };
  }
  return decided.do === 'go on' ? { ...decided, target: next } : decided;
}

function byPerson({ mode, answer }: RunSituation, folder: string, next: string): RunStep {
  if (mode === 'yes') {
    return { do: 'go on', target: next, by: 'option', why: '--yes' };
  }
  if (answer === 'roll back') {
    return { do: 'turn back', by: 'person', why: `the answer at ${folder} was no` };
  }
  return answer === undefined
    ? { do: 'ask', folder, next }
    : { do: 'go on', target: next, by: 'person', why: `the answer at ${folder} was yes` };
}

function byGates(situation: RunSituation, folder: string, held: number): RunStep {
  const { verdict, judgedAt, unreadable, now, hold, longestHold } = situation;
  if (verdict === undefined || judgedAt === undefined) {
    return { do: 'judge', folder };
  }
  if (unreadable !== undefined && verdict.verdict === 'inconclusive') {
    return { do: 'end', result: 'paused', why: `the gates cannot decide: ${unreadable}` };
  }
  const reasons = verdict.checks.filter((check) => check.verdict === verdict.verdict).map(({ name, why }) => `${name}: ${why}`);
  const why = reasons.join('; ');
  if (verdict.verdict === 'fail') {
    return { do: 'turn back', by: 'gates', why };
  }
  if (verdict.verdict === 'pass' && held >= hold) {
    return { do: 'go on', target: folder, by: 'gates', why };
  }
  const [ended, most] = [now - held + hold, now - held + Math.max(hold, longestHold)];
  if (verdict.verdict === 'inconclusive' && judgedAt >= most) {
    return { do: 'end', result: 'paused', why: `the gates are still inconclusive after ${Math.round(held / 1_000)} s (${why})` };
  }
  const again = Math.min(judgedAt + LOOK_AGAIN, held < hold ? ended : most);
  return now >= again ? { do: 'judge', folder } : { do: 'wait', until: again };
}
