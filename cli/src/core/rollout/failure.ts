import { CRASHES } from '../kubernetes/health';
import { ERROR_PATTERN } from '../traffic/log-lines';
import { type Resource, at, countAt, listAt, textAt } from '../resource';
import { excerpt } from '../text/excerpt';
import type { Direction } from './direction';
import type { PairHealth } from './pair-health';

/** Why the pods of a Deployment failed, read before they are gone. All texts are safe to print. */
export interface RecordedFailure {
  /** ISO 8601. */
  readonly at: string;
  readonly folder: string;
  readonly track: 'stable' | 'canary';
  readonly deployment: string;
  /** At most {@link MOST_PODS}, those that are not ready first. */
  readonly pods: readonly FailedPod[];
  /** What could not be read, and why, a sentence each. */
  readonly missing: readonly string[];
}

export interface FailedPod {
  readonly name: string;
  readonly containers: readonly FailedContainer[];
  /** The newest events of the pod, oldest first. */
  readonly events: readonly PodEvent[];
}

export interface FailedContainer {
  readonly name: string;
  /** Such as `waiting: CrashLoopBackOff`, `running, not ready`. */
  readonly state: string;
  readonly isReady: boolean;
  readonly restarts: number;
  /** How the container ended last; undefined if it never did. */
  readonly exit: { readonly code: number; readonly reason: string } | undefined;
  /** The last lines of its log. */
  readonly log: readonly string[];
}

export interface PodEvent {
  /** ISO 8601; undefined if the event has no time. */
  readonly at: string | undefined;
  /** `Warning` or `Normal`. */
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  /** How often it occurred. */
  readonly count: number;
}

/** The most pods of a Deployment, events of a pod and lines of a log that a record keeps, and the most characters of a message and a line. */
export const MOST_PODS = 3;
export const MOST_LINES = 20;
const MOST_EVENTS = 10;
const MOST_CHARACTERS = 300;

/** A track whose pods may show why a stage failed. */
export interface FailingTrack {
  readonly pair: PairHealth;
  readonly track: 'stable' | 'canary';
}

/** Returns the tracks whose pods are not settled, the canary first; every canary if all are settled, because then the gates failed it. */
export function failingTracks(pairs: readonly PairHealth[], direction: Direction): readonly FailingTrack[] {
  const all = (['canary', 'stable'] as const)
    .filter((track) => direction === 'advance' || track === 'stable')
    .flatMap((track) => pairs.map((pair) => ({ pair, track })));
  const failing = all.filter(({ pair, track }) => !pair[track].isSettled || pair[track].troubles.some(({ isLasting }) => isLasting));
  return failing.length > 0 ? failing : all.filter(({ track }) => track === 'canary');
}

/** Returns the pods to read, those that are not ready first, then those that restarted most often. */
export function podsToRead(pods: readonly Resource[]): readonly Resource[] {
  const order = (pod: Resource) => {
    const containers = containersOf(pod);
    return containers.every(({ isReady }) => isReady) ? containers.reduce((sum, { restarts }) => sum + restarts, 0) : Infinity;
  };
  return pods
    .map((pod) => ({ pod, order: order(pod) }))
    .sort((a, b) => (a.order === b.order ? 0 : b.order - a.order))
    .slice(0, MOST_PODS)
    .map(({ pod }) => pod);
}

/** A container, and which of its logs to read. */
export interface ContainerStatus extends Omit<FailedContainer, 'log'> {
  /** Whether the log before the last restart shows the failure, rather than the current one. */
  readonly isPrevious: boolean;
}

/** Returns the containers of a pod that have a status, init containers first. */
export function containersOf(pod: Resource): readonly ContainerStatus[] {
  const of = (field: string, isInit: boolean) => listAt(pod, 'status', field).map((status) => ({ status, isInit }));
  return [...of('initContainerStatuses', true), ...of('containerStatuses', false)].map(({ status, isInit }) => {
    const [waiting, running] = [at(status, 'state', 'waiting'), at(status, 'state', 'running')];
    const now = at(status, 'state', 'terminated');
    const ended = now ?? at(status, 'lastState', 'terminated');
    // An init container that has finished is not ready, and has not failed.
    const isReady = status['ready'] === true || (isInit && now !== undefined && countAt(now, 'exitCode') === 0);
    const restarts = countAt(status, 'restartCount');
    const reason = textAt(waiting, 'reason');
    return {
      name: textAt(status, 'name') ?? '',
      state: waiting
        ? `waiting: ${excerpt(reason ?? 'no reason', MOST_CHARACTERS)}`
        : running
          ? `running, ${isReady ? 'ready' : 'not ready'}`
          : now
            ? 'terminated'
            : 'unknown',
      isReady,
      restarts,
      exit: ended
        ? { code: countAt(ended, 'exitCode'), reason: excerpt(textAt(ended, 'reason') ?? 'no reason', MOST_CHARACTERS) }
        : undefined,
      isPrevious: running !== undefined && ended !== undefined && (!isReady || restarts >= CRASHES),
    };
  });
}

/** Reads the newest events from a list of the API. */
export function eventsOf(items: readonly Resource[]): readonly PodEvent[] {
  const timeOf = (event: Resource) =>
    [textAt(event, 'series', 'lastObservedTime'), textAt(event, 'lastTimestamp'), textAt(event, 'eventTime')].find(Boolean);
  return items
    .map((event) => ({
      at: timeOf(event),
      type: excerpt(textAt(event, 'type') ?? '', MOST_CHARACTERS),
      reason: excerpt(textAt(event, 'reason') ?? '', MOST_CHARACTERS),
      message: excerpt(textAt(event, 'message') ?? '', MOST_CHARACTERS),
      count: Math.max(1, countAt(event, 'series', 'count'), countAt(event, 'count')),
    }))
    .sort((a, b) => (a.at ?? '').localeCompare(b.at ?? ''))
    .slice(-MOST_EVENTS);
}

/** Returns the last lines of a log. */
export function linesOf(log: string): readonly string[] {
  const lines = log.split('\n').map((line) => excerpt(line, MOST_CHARACTERS));
  return lines.filter((line) => line !== '').slice(-MOST_LINES);
}

const ERRORS = new RegExp(ERROR_PATTERN, 'i');

/**
 * Returns what the pods say about their failure, in one sentence: how a container ended, the last probe or other event, and a log line.
 * Undefined if they say nothing.
 *
 * @param why the reason that is known already; what it contains is not repeated
 */
export function failureText({ pods }: RecordedFailure, why: string): string | undefined {
  const sentences = pods.map((pod) => ({ pod, parts: partsOf(pod, why) }));
  const first = sentences.find(({ parts }) => parts.length > 0);
  return first && `${why.includes(first.pod.name) ? '' : `pod ${first.pod.name}: `}${first.parts.join('; ')}`;
}

function partsOf({ containers, events }: FailedPod, why: string): readonly string[] {
  const failing = containers.find(({ isReady, restarts }) => !isReady || restarts >= CRASHES);
  const exit = failing?.exit && `exited with code ${failing.exit.code} (${failing.exit.reason})`;
  const warnings = events.filter(({ type, reason, message }) => type === 'Warning' && reason !== 'BackOff' && !why.includes(message));
  // A probe that fails is the kubelet's reason to restart the container, or to keep the pod out of the Service.
  const warning = failing ? (warnings.filter(({ reason }) => reason === 'Unhealthy').at(-1) ?? warnings.at(-1)) : undefined;
  const log = (failing ?? containers.find(({ log: lines }) => lines.some((line) => ERRORS.test(line))))?.log ?? [];
  const line = log.filter((one) => ERRORS.test(one)).at(-1) ?? (failing ? log.at(-1) : undefined);
  return [
    ...(exit !== undefined && !why.includes(exit) ? [exit] : []),
    ...(warning ? [`${warning.message}${warning.count > 1 ? ` (${warning.count} times)` : ''}`] : []),
    // The kubelet sends events with a delay, and may drop them.
    ...(failing && exit === undefined && !warning && !why.includes(failing.state.replace('waiting: ', ''))
      ? [`container ${failing.name} is ${failing.state}`]
      : []),
    ...(line === undefined ? [] : [`it logged ${JSON.stringify(line)}`]),
  ];
}
