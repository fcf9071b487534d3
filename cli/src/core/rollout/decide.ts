import { PROMOTED, STAGE_0 } from '../../../../lib/core/folders';
import type { Verdict } from '../traffic/evidence';
import type { DeploymentHealth, Trouble } from '../kubernetes/health';
import type { PlanFile } from '../plan/plan';
import type { Position } from './position';
import { nextStage, placeText, rollbackPath, advancePath } from '../plan/path';

/**
 * What to do next, as a function of the plan, what is seen, what was answered and the time. It looks at nothing else, so that a
 * driver that was killed decides the same when it is started again, and every case can be tested without a cluster.
 */

/** The two Deployments of a pair. */
export interface PairHealth {
  readonly path: string;
  readonly stable: DeploymentHealth;
  readonly canary: DeploymentHealth;
}

export type Direction = 'advance' | 'rollback';

/** What is known when it is decided. Times are milliseconds of one clock that does not jump. */
export interface Situation {
  readonly plan: PlanFile;
  readonly direction: Direction;
  /** The stage to go to; on the way back it is `stage-0` in any case. */
  readonly target: string;
  readonly position: Position;
  readonly pairs: readonly PairHealth[];
  /** The folder that this driver applied last, and nobody else should have moved. */
  readonly applied: string | undefined;
  readonly now: number;
  /** When that folder was applied, the driver began to watch, or something stopped to be ready: the latest of these, less the staleMs since. */
  readonly since: number;
  /** Since when all is as it should be; undefined while it is not. */
  readonly settledSince: number | undefined;
  /** How long a folder may take until its pods are ready. */
  readonly timeout: number;
  /** How long all must have been settled: a route takes a moment to reach every sidecar, an endpoint every node. */
  readonly settle: number;
  /** For how long some of the cluster has not been heard of; 0 while all of it is seen as it is. */
  readonly staleMs: number;
  /** How long that may last. */
  readonly apiTimeout: number;
}

export type Step =
  | { readonly do: 'apply'; readonly folder: string }
  | { readonly do: 'wait'; readonly until: number }
  /** The target is reached, and all is ready there. */
  | { readonly do: 'arrived'; readonly folder: string }
  | { readonly do: 'fail'; readonly whose: 'canary' | 'stable' | 'somebody'; readonly why: string };

/** The next step on the way to the target. */
export function nextStep(situation: Situation): Step {
  const { plan, position, direction, applied, target, staleMs, apiTimeout, now } = situation;
  // What was seen last may be long over: nothing is decided by it, and nobody is blamed.
  if (staleMs > 0) {
    const why = `the cluster has not been heard of for ${Math.round(staleMs / 1_000)} s`;
    return staleMs >= apiTimeout ? { do: 'fail', whose: 'somebody', why } : { do: 'wait', until: now + apiTimeout - staleMs };
  }
  if (position.kind === 'unrecognized') {
    return { do: 'fail', whose: 'somebody', why: position.why };
  }
  if (applied !== undefined && !isAt(position, applied)) {
    return {
      do: 'fail',
      whose: 'somebody',
      why: `${applied} was applied, and the cluster is at ${placeText(position)} now: somebody else moved it`,
    };
  }
  const way = direction === 'advance' ? advancePath(plan, position, target) : rollbackPath(plan, position);
  // What was begun and not finished is begun again: its pods are not what to wait for. Neither are the canary's on the way back.
  const mustRest = position.kind === 'at' && (direction === 'advance' || applied !== undefined || way.length === 0);
  if (mustRest) {
    const waiting = restAt(situation);
    if (waiting) {
      return waiting;
    }
  }
  const [folder] = way;
  return folder === undefined ? { do: 'arrived', folder: direction === 'advance' ? target : STAGE_0 } : { do: 'apply', folder };
}

function isAt(position: Position, folder: string): boolean {
  return position.kind === 'at' && position.folder === folder;
}

/** Why one cannot go on from a folder that is applied; undefined where all its pods are there. */
function restAt(situation: Situation): Step | undefined {
  const { direction, now, since, settledSince, timeout, settle } = situation;
  const { tracks, isSettled } = judgedTracks(situation.pairs, direction);
  if (direction === 'advance') {
    // Whoever paused a Deployment wants nothing to become of it, though all its pods may be ready.
    for (const { health } of tracks) {
      const wish = health.troubles.find(({ isWanted }) => isWanted);
      if (wish) {
        return { do: 'fail', whose: 'somebody', why: troubleText(health, wish) };
      }
    }
  }
  if (isSettled && settledSince !== undefined) {
    return now - settledSince >= settle ? undefined : { do: 'wait', until: settledSince + settle };
  }
  // The canary first: what keeps it from coming up is the reason to go back, and stable may be what it always was.
  for (const whose of ['canary', 'stable'] as const) {
    for (const { health } of tracks.filter((track) => track.whose === whose)) {
      const trouble = health.troubles.find(({ isLasting }) => isLasting);
      // On the way back stable has no alternative: it is waited for to the end.
      if (trouble && direction === 'advance') {
        return { do: 'fail', whose, why: troubleText(health, trouble) };
      }
    }
  }
  if (now - since >= timeout) {
    const late = tracks.find(({ health }) => !health.isSettled);
    const whose = late?.whose ?? 'somebody';
    const why = late ? lateText(late.health, Math.round(timeout / 1_000)) : 'the cluster did not come to rest';
    return { do: 'fail', whose, why };
  }
  return { do: 'wait', until: since + timeout };
}

/** The Deployments that must be ready: both on the way forward, stable alone on the way back. */
export function judgedTracks(pairs: readonly PairHealth[], direction: Direction) {
  const tracks = pairs.flatMap(({ stable, canary }) => [
    ...(direction === 'advance' ? [{ whose: 'canary' as const, health: canary }] : []),
    { whose: 'stable' as const, health: stable },
  ]);
  return { tracks, isSettled: tracks.every(({ health }) => health.isSettled) };
}

export function troubleText(health: DeploymentHealth, trouble: Trouble): string {
  const which = trouble.pod === undefined ? health.name : `pod ${trouble.pod}`;
  return `${which}: ${trouble.reason}${trouble.message ? ` (${trouble.message})` : ''}`;
}

function lateText(health: DeploymentHealth, seconds: number): string {
  const [trouble] = health.troubles;
  const counts = `${health.name}: ${health.ready} of ${health.wanted} pods are ready, ${health.endpoints} take traffic after ${seconds} s`;
  return trouble ? `${counts} (${trouble.reason}${trouble.message ? `: ${trouble.message}` : ''})` : counts;
}

/** How a run decides at a stage: by asking, by the gates, or not at all. */
export type Mode = 'ask' | 'auto' | 'yes';

export interface RunSituation extends Situation {
  readonly mode: Mode;
  /** When the target was reached and settled; undefined on the way. */
  readonly arrivedAt: number | undefined;
  /** How long this stage is watched at least before it goes on, and at most while the gates do not know. */
  readonly hold: number;
  readonly longestHold: number;
  readonly answer: 'go on' | 'roll back' | undefined;
  /** What the gates said last, and when they looked. */
  readonly verdict: Verdict | undefined;
  readonly judgedAt: number | undefined;
  /** How often Ctrl-C was typed since it goes this way, and when first. */
  readonly interrupts: number;
  readonly interruptedAt: number | undefined;
  /** The stage at which to stop; `promoted` for a whole run. */
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
    };

/** For how long a second Ctrl-C is waited for. */
export const SECOND_INTERRUPT = 5_000;

/** How long it is between two looks of the gates: as often as there is something new to be seen. */
const LOOK_AGAIN = 1_000;

/** The next step of a run. */
export function nextRunStep(situation: RunSituation): RunStep {
  const { direction, interrupts, interruptedAt, now } = situation;
  if (direction === 'rollback' && interrupts > 0) {
    return { do: 'end', result: 'interrupted', why: `stopped at ${placeText(situation.position)}, on the way back` };
  }
  if (interrupts >= 2) {
    return { do: 'turn back', by: 'signal', why: 'Ctrl-C, twice' };
  }
  if (interrupts === 1) {
    const end = (interruptedAt ?? now) + SECOND_INTERRUPT;
    return now < end
      ? { do: 'wait', until: end }
      : { do: 'end', result: 'interrupted', why: `stopped at ${placeText(situation.position)}` };
  }
  const step = nextStep(situation);
  if (step.do === 'fail') {
    return afterFailure(situation, step);
  }
  if (step.do !== 'arrived') {
    return step;
  }
  return direction === 'rollback' ? { do: 'end', result: 'rolled-back', why: 'all traffic is on stable' } : atStage(situation, step.folder);
}

function afterFailure({ direction }: RunSituation, { whose, why }: Extract<Step, { do: 'fail' }>): RunStep {
  if (direction === 'rollback') {
    return { do: 'end', result: 'rollback-failed', why };
  }
  // Stable was there before: that it is in trouble is not the canary's doing, and going back would not mend it.
  return whose === 'canary' ? { do: 'turn back', by: 'pods', why } : { do: 'end', result: 'paused', why };
}

function atStage(situation: RunSituation, folder: string): RunStep {
  const { plan, position, now, arrivedAt, hold, mode, last } = situation;
  if (folder === PROMOTED) {
    return { do: 'end', result: 'promoted', why: 'the canary is the stable version now' };
  }
  const held = arrivedAt === undefined ? 0 : now - arrivedAt;
  // The baseline shows nothing of the canary: there is nothing to watch and nothing to decide.
  const next = nextStage(plan, position)!;
  if (folder === STAGE_0) {
    return folder === last
      ? { do: 'end', result: 'at-stage', why: 'all its pods are ready' }
      : { do: 'go on', target: next, by: 'option', why: 'the baseline' };
  }
  // Gates may say at any moment that a canary is worse; a person is asked when there is something to be seen.
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
  const { verdict, judgedAt, now, hold, longestHold } = situation;
  if (verdict === undefined || judgedAt === undefined) {
    return { do: 'judge', folder };
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
    return { do: 'end', result: 'paused', why: `the gates do not know after ${Math.round(held / 1_000)} s (${why})` };
  }
  const again = Math.min(judgedAt + LOOK_AGAIN, held < hold ? ended : most);
  return now >= again ? { do: 'judge', folder } : { do: 'wait', until: again };
}
