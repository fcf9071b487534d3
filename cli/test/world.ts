import { STAGE_0 } from '../../lib/core/folders';
import { type RunSituation, type RunStep, isSettledFor, nextRunStep } from '../src/core/rollout/decide';
import type { PairHealth } from '../src/core/rollout/pair-health';
import { type ProofState, newWait, waitAfter } from '../src/core/rollout/settle-wait';
import { isHolding } from '../src/core/rollout/stage-hold';
import { transitionBack, transitionTo } from '../src/core/rollout/transition';
import type { Verdict } from '../src/core/traffic/evidence';
import type { DeploymentHealth } from '../src/core/kubernetes/health';
import type { PlanObjects } from '../src/core/kubernetes/objects';
import { rolloutPairs } from '../src/core/plan/plan';
import type { Position, RecordedTransition } from '../src/core/rollout/position';
import { recognize } from '../src/core/rollout/recognize-position';
import { CliError } from '../src/core/errors';
import { type Resource, countAt } from '../src/core/resource';
import { liveFrom } from './trees';

/** An event during a rollout. */
export type Happening =
  /** The driver is killed, and a new one starts. */
  | 'kill'
  /** The canary's pods fail permanently. */
  | 'canary breaks'
  /** Stable's pods fail permanently, so a rollback to them is impossible. */
  | 'stable breaks'
  | 'interrupt'
  | 'interrupt twice'
  /** The API server is unreachable, temporarily or permanently. */
  | 'silence'
  | 'silence for good'
  /** A user applies another folder. */
  | 'moved';

export interface Story {
  readonly objects: PlanObjects;
  readonly mode: 'ask' | 'auto' | 'yes';
  /** The user's answers or the gates' verdicts, one for each stage in turn; yes at all other stages. */
  readonly answers?: readonly ('yes' | 'no' | 'unknown')[];
  /** Events by the index of the driver's action that they precede. Each write of an object is an action of its own. */
  readonly happenings?: ReadonlyMap<number, Happening>;
  readonly last?: string;
  readonly start?: string;
  /** The endpoints of neither track, in every Service. */
  readonly foreign?: PairHealth['foreign'];
  /** Why the traffic can never decide anything. */
  readonly unreadable?: string;
  /** What requests show of the weights of a folder; nothing to prove by default. */
  readonly proofAt?: (folder: string) => ProofState | undefined;
  readonly requiresProof?: boolean;
}

export interface Told {
  readonly end: Extract<RunStep, { do: 'end' }>;
  readonly position: Position;
  /** Each folder that the driver began to apply, with the position before it. */
  readonly applied: readonly { readonly from: string; readonly to: string }[];
  /** The number of actions, and so the number of places for an event. */
  readonly things: number;
  readonly turned: boolean;
  readonly asked: readonly string[];
}

const READY_AFTER = 3_000;
const HOLD = 10_000;
/** Longer than the time limit of a folder. */
const SILENCE = 90_000;

/** Simulates a cluster and a driver. The clock advances when the driver waits. */
export function tell(story: Story): Told {
  const { objects, happenings = new Map<number, Happening>() } = story;
  const folders = new Map(objects.all.map(({ key }) => [key, story.start ?? STAGE_0]));
  const answers = [...(story.answers ?? [])];
  const applied: { from: string; to: string }[] = [];
  const asked: string[] = [];
  let going: (RecordedTransition & { readonly ended?: boolean }) | undefined;
  let now = 0;
  let readyAt = 0;
  let things = 0;
  let silent = { from: 0, until: 0 };
  let lookedAt = 0;
  const broken = { canary: false, stable: false };
  let driver = newDriver(story, going, objects, folders);
  driver.since = now;

  const happen = (): 'killed' | undefined => {
    const happening = happenings.get(things);
    things += 1;
    switch (happening) {
      case 'kill':
        driver = newDriver(story, going, objects, folders);
        driver.since = now;
        return 'killed';
      case 'canary breaks':
        broken.canary = true;
        break;
      case 'stable breaks':
        broken.stable = true;
        break;
      case 'interrupt':
      case 'interrupt twice':
        driver.interrupts += happening === 'interrupt' ? 1 : 2;
        driver.interruptedAt ??= now;
        break;
      case 'silence':
      case 'silence for good':
        silent = { from: now, until: happening === 'silence' ? now + SILENCE : Infinity };
        break;
      case 'moved':
        objects.all.forEach(({ key }) => folders.set(key, 'promoted'));
        break;
      case undefined:
    }
    return undefined;
  };

  for (let steps = 0; steps < 5_000; steps += 1) {
    const staleMs = now > silent.from && now < silent.until ? now - silent.from : 0;
    const pairs = healthIn(objects, folders, now >= readyAt && staleMs === 0, broken, story.foreign ?? []);
    const position = recognized(objects, folders, going);
    const isSettled = isSettledFor({ plan: objects.plan, ...driver, position, pairs });
    Object.assign(driver, waitAfter(driver, { now, elapsed: now - lookedAt, isSettled, isStale: staleMs > 0 }));
    lookedAt = now;
    const situation: RunSituation = {
      plan: objects.plan,
      ...driver,
      position,
      pairs,
      now,
      timeout: 60_000,
      settle: 1_000,
      proof: position.kind === 'at' ? story.proofAt?.(position.folder) : undefined,
      requiresProof: story.requiresProof,
      staleMs,
      apiTimeout: 120_000,
      mode: story.mode,
      hold: HOLD,
      longestHold: 2 * HOLD,
      last: story.last ?? 'promoted',
      unreadable: driver.verdict && story.unreadable,
    };
    const step = stepOf(situation);
    switch (step.do) {
      case 'apply': {
        going = transitionTo(step.folder, driver.direction, position);
        if (happen() === 'killed') {
          break;
        }
        applied.push({ from: going.from ?? '', to: step.folder });
        let wasKilled = false;
        for (const { key } of objects.in(step.folder)) {
          if (happen() === 'killed') {
            wasKilled = true;
            break;
          }
          folders.set(key, step.folder);
          readyAt = now + READY_AFTER;
        }
        if (!wasKilled) {
          Object.assign(driver, { ...newWait(now, step.folder), arrivedAt: undefined });
        }
        break;
      }
      case 'wait': {
        if (happen() !== 'killed') {
          if (isHolding(situation)) {
            driver.arrivedAt ??= now;
          }
          now = Math.max(
            now + 1,
            Math.min(step.until, now < readyAt ? readyAt : step.until, silent.until > now ? silent.until : step.until),
          );
        }
        break;
      }
      case 'ask':
      case 'judge': {
        if (happen() === 'killed') {
          break;
        }
        driver.arrivedAt ??= now;
        const answer = answers.shift() ?? 'yes';
        if (step.do === 'ask') {
          asked.push(step.folder);
          driver.answer = answer === 'no' ? 'roll back' : 'go on';
        } else {
          driver.verdict = verdictOf(answer);
          driver.judgedAt = now;
        }
        break;
      }
      case 'go on':
        Object.assign(driver, { target: step.target, answer: undefined, verdict: undefined, judgedAt: undefined, arrivedAt: undefined });
        break;
      case 'turn back': {
        going = transitionBack(objects.plan, position);
        Object.assign(driver, {
          direction: 'rollback',
          target: STAGE_0,
          ...newWait(now),
          interrupts: 0,
        });
        break;
      }
      case 'end':
        return { end: step, position, applied, things, turned: driver.direction === 'rollback', asked };
    }
  }
  throw new Error('the driver does not come to an end');
}

const POSITIONS = new WeakMap<PlanObjects, Map<string, Position>>();

/** The position of the cluster, cached: it depends only on the values in the key, and thousands of stories reach the same positions. */
function recognized(objects: PlanObjects, folders: ReadonlyMap<string, string>, going: RecordedTransition | undefined): Position {
  const known = POSITIONS.get(objects) ?? new Map<string, Position>();
  POSITIONS.set(objects, known);
  const key = JSON.stringify([[...folders.values()], going]);
  const position =
    known.get(key) ??
    recognize(
      objects,
      liveFrom(objects, (object) => folders.get(object)),
      going,
    );
  known.set(key, position);
  return position;
}

/** An impossible step ends the run too, with the error's message as the reason. */
function stepOf(situation: RunSituation): RunStep {
  try {
    return nextRunStep(situation);
  } catch (error) {
    if (error instanceof CliError) {
      return { do: 'end', result: 'paused', why: error.message };
    }
    throw error;
  }
}

interface DriverState {
  direction: 'advance' | 'rollback';
  target: string;
  applied: string | undefined;
  since: number;
  settledSince: number | undefined;
  arrivedAt: number | undefined;
  answer: 'go on' | 'roll back' | undefined;
  verdict: Verdict | undefined;
  judgedAt: number | undefined;
  interrupts: number;
  interruptedAt: number | undefined;
}

/** The state of a driver that has just started: it knows the cluster and the recorded transition. */
function newDriver(
  story: Story,
  going: (RecordedTransition & { readonly ended?: boolean }) | undefined,
  objects: PlanObjects,
  folders: ReadonlyMap<string, string>,
): DriverState {
  const position = recognized(objects, folders, going);
  const isTurned = going?.direction === 'rollback' && !going.ended;
  const { advance } = objects.plan.order;
  const stops = advance.filter((folder) => folder === 'promoted' || objects.plan.stages.some((stage) => stage.folder === folder));
  const at = position.kind === 'at' ? advance.indexOf(position.folder) : position.kind === 'between' ? advance.indexOf(position.to) : 0;
  const target = stops.find((stop) => advance.indexOf(stop) >= Math.max(1, at)) ?? story.last ?? 'promoted';
  return {
    direction: isTurned ? 'rollback' : 'advance',
    target: isTurned ? STAGE_0 : target,
    applied: undefined,
    since: 0,
    settledSince: undefined,
    arrivedAt: undefined,
    answer: undefined,
    verdict: undefined,
    judgedAt: undefined,
    interrupts: 0,
    interruptedAt: undefined,
  };
}

function verdictOf(answer: 'yes' | 'no' | 'unknown'): Verdict {
  const verdict = { yes: 'pass', no: 'fail', unknown: 'inconclusive' }[answer] as Verdict['verdict'];
  return { verdict, checks: [{ name: 'errors', verdict, why: 'as the story has it' }] };
}

function healthIn(
  objects: PlanObjects,
  folders: ReadonlyMap<string, string>,
  areReady: boolean,
  broken: { readonly canary: boolean; readonly stable: boolean },
  foreign: PairHealth['foreign'],
): PairHealth[] {
  const live = liveFrom(objects, (key) => folders.get(key));
  const healthOf = (pair: { namespace?: string }, name: string, isBroken: boolean): DeploymentHealth => {
    const deployment: Resource | undefined = live.get(objects.deployment(pair, name)!.key);
    const wanted = countAt(deployment, 'spec', 'replicas');
    const isSettled = areReady && !(isBroken && wanted > 0);
    const ready = isSettled ? wanted : 0;
    const trouble = { reason: 'CrashLoopBackOff', pod: `${name}-x`, message: '', isLasting: true };
    const troubles = isBroken && wanted > 0 ? [trouble] : [];
    return { name, wanted, ready, pods: wanted, endpoints: ready, terminating: 0, isSettled, troubles };
  };
  return rolloutPairs(objects.plan).map((pair) => ({
    path: pair.path,
    service: pair.service,
    foreign,
    stable: healthOf(pair, pair.stable.deployment, broken.stable),
    canary: healthOf(pair, pair.canary.deployment, broken.canary),
  }));
}
