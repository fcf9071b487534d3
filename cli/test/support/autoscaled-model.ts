import { STAGE_0 } from '../../../lib/core/folders';
import type { PlanObjects } from '../../src/core/kubernetes/objects';
import { inWriteOrder } from '../../src/core/kubernetes/write-order';
import { nextStage } from '../../src/core/plan/path';
import { loadOf } from '../../src/core/rollout/capacity';
import { type Situation, isSettledFor, nextStep } from '../../src/core/rollout/decide';
import type { Direction } from '../../src/core/rollout/direction';
import type { PairHealth } from '../../src/core/rollout/pair-health';
import { type Resource, at, listAt, textAt } from '../../src/core/resource';

/**
 * Every order in which a cluster with autoscalers and the driver can act, for one plan. The folders are those of a real synth, and the driver's
 * decisions are those of `core/rollout/decide`; the rest follows from how Kubernetes works:
 *
 * - The documents of a folder are written one after the other, and anything may happen in between.
 * - A Deployment without a count keeps the one that it has, and 0 becomes 1.
 * - An autoscaler does nothing at 0. It raises a count to its minimum, may raise it at any time up to its maximum, and lowers it to what the
 *   load of its own track needs, unless its folder forbids that.
 * - Pods start and become ready one at a time; too many are taken at once.
 */
export interface ModelTrack {
  readonly wanted: number;
  readonly ready: number;
  readonly starting: number;
  readonly min: number;
  readonly shrinks: boolean;
}

export interface ModelState {
  readonly stable: ModelTrack;
  readonly canary: ModelTrack;
  /** The canary's weight in force, from 0 to 1. */
  readonly weight: number;
  readonly direction: Direction;
  readonly target: string;
  readonly folder: string;
  /** The folder that is being written, and how many of its documents are. */
  readonly writing: { readonly folder: string; readonly written: number } | undefined;
  /** The folder that the driver applied last in this direction. */
  readonly applied: string | undefined;
  /** The load for which the driver has scaled since the last apply. */
  readonly scaledFor: number | undefined;
  readonly isOver: boolean;
}

export interface Model {
  readonly objects: PlanObjects;
  /** The load of the service in pods. */
  readonly load: number;
  readonly max: number;
  /** Changes the documents of the folders, to plant a bug. */
  readonly change?: (document: Resource) => Resource;
  /** Whether the driver gives tracks the pods for the next weight (default: true). */
  readonly scales?: boolean;
}

const TRACKS = ['stable', 'canary'] as const;
type Track = (typeof TRACKS)[number];

/** The pods that a share of the load needs. */
export const needOf = ({ load, max }: Model, share: number) => Math.min(max, Math.ceil(share * load - 1e-9));

const shareOf = ({ weight }: ModelState, track: Track) => (track === 'canary' ? weight : 1 - weight);

/** A state that was visited, and the one before it. */
export interface Sight {
  readonly state: ModelState;
  readonly before: Sight | undefined;
}

/**
 * Visits, breadth first, every reachable state of a whole rollout, with a rollback that begins at any resting stage.
 *
 * @param isEnough ends the visit at the first state for which it is true
 */
export function explored(model: Model, isEnough: (state: ModelState) => boolean = () => false): readonly Sight[] {
  const known = new Set<string>();
  const seen: Sight[] = [];
  const visit = (state: ModelState, before: Sight | undefined) => {
    const key = JSON.stringify(state);
    if (!known.has(key)) {
      known.add(key);
      seen.push({ state, before });
    }
  };
  visit(atStage0(model), undefined);
  // `seen` grows during this loop: each new state is visited in turn.
  for (let index = 0; index < seen.length; index += 1) {
    const sight = seen[index]!;
    if (isEnough(sight.state)) {
      break;
    }
    [...ofCluster(model, sight.state), ...ofDriver(model, sight.state)].forEach((state) => visit(state, sight));
  }
  return seen;
}

/** The states that led to one, a line each. */
export function traceOf(sight: Sight): readonly string[] {
  const { state, before } = sight;
  const track = ({ wanted, ready, starting, min, shrinks }: ModelTrack) =>
    `${ready}+${starting}/${wanted} min ${min}${shrinks ? ' shrinks' : ''}`;
  const place = state.writing ? `${state.folder} -> ${state.writing.folder} ${state.writing.written}` : state.folder;
  const line = `${state.direction} to ${state.target}, ${place}: ${track(state.stable)} : ${track(state.canary)} @${state.weight}`;
  return [...(before ? traceOf(before) : []), line];
}

function atStage0(model: Model): ModelState {
  const empty: ModelTrack = { wanted: 0, ready: 0, starting: 0, min: 1, shrinks: true };
  const start: ModelState = {
    stable: { ...empty, wanted: model.load, ready: model.load },
    canary: empty,
    weight: 0,
    direction: 'advance',
    target: STAGE_0,
    folder: STAGE_0,
    writing: undefined,
    applied: undefined,
    scaledFor: undefined,
    isOver: false,
  };
  return documentsOf(model, STAGE_0).reduce((state, document) => written(model, state, document), start);
}

/** What the cluster may do by itself. */
function ofCluster(model: Model, state: ModelState): ModelState[] {
  return TRACKS.flatMap((track) => {
    const pods = state[track];
    const { wanted, ready, starting, min, shrinks } = pods;
    const with_ = (change: Partial<ModelTrack>): ModelState => ({ ...state, [track]: { ...pods, ...change } });
    const least = Math.max(min, needOf(model, shareOf(state, track)));
    return [
      ...(ready + starting < wanted ? [with_({ starting: starting + 1 })] : []),
      ...(starting > 0 ? [with_({ starting: starting - 1, ready: ready + 1 })] : []),
      ...(ready + starting > wanted ? [with_(starting > 0 ? { starting: starting - 1 } : { ready: ready - 1 })] : []),
      ...(wanted > 0 && wanted < min ? [with_({ wanted: min })] : []),
      ...(wanted > 0 && wanted < model.max ? [with_({ wanted: wanted + 1 })] : []),
      ...(shrinks && wanted > least ? [with_({ wanted: wanted - 1 })] : []),
    ];
  });
}

/** What the driver may do: what it decides, or at a resting stage a rollback. */
function ofDriver(model: Model, state: ModelState): ModelState[] {
  if (state.isOver) {
    return [];
  }
  if (state.writing) {
    return [writeNext(model, state, state.writing)];
  }
  const { direction, target, folder, applied, scaledFor } = state;
  const { plan } = model.objects;
  const pairs = [healthIn(model, state)];
  const position = { kind: 'at' as const, folder };
  const loads =
    model.scales === false ? new Map([[pairs[0]!.path, 0]]) : scaledFor === undefined ? undefined : new Map([[pairs[0]!.path, scaledFor]]);
  const known = { plan, direction, target, position, pairs, loads };
  const situation: Situation = {
    ...known,
    applied,
    now: 1,
    since: 0,
    settledSince: isSettledFor(known) ? 0 : undefined,
    timeout: 1e9,
    settle: 0,
    staleMs: 0,
    apiTimeout: 1e9,
  };
  const step = nextStep(situation);
  switch (step.do) {
    case 'apply':
      return [{ ...state, writing: { folder: step.folder, written: 0 } }];
    case 'scale': {
      const { whose, pods, load } = step.requirement;
      return [{ ...state, [whose]: { ...state[whose], wanted: Math.max(state[whose].wanted, pods) }, scaledFor: load }];
    }
    case 'arrived': {
      const next = direction === 'advance' ? nextStage(plan, position) : undefined;
      const back: ModelState = { ...state, direction: 'rollback', target: STAGE_0, applied: undefined, scaledFor: undefined };
      return direction === 'rollback'
        ? [{ ...state, isOver: true }]
        : [...(next === undefined ? [] : [{ ...state, target: next }]), ...(folder === STAGE_0 ? [] : [back])];
    }
    case 'wait':
      return [];
    case 'fail':
      throw new Error(`the driver fails: ${step.why} in ${JSON.stringify(state)}`);
  }
}

function writeNext(model: Model, state: ModelState, { folder, written: count }: NonNullable<ModelState['writing']>): ModelState {
  const documents = documentsOf(model, folder);
  const next = written(model, state, documents[count]!);
  return count + 1 < documents.length
    ? { ...next, writing: { folder, written: count + 1 } }
    : { ...next, writing: undefined, folder, applied: folder, scaledFor: undefined };
}

/** The documents of each model; every state that writes a folder reads them again. */
const documents = new WeakMap<Model, Map<string, readonly Resource[]>>();

/** The documents that matter, in the order in which the driver writes them. */
function documentsOf(model: Model, folder: string): readonly Resource[] {
  const known = documents.get(model) ?? new Map<string, readonly Resource[]>();
  documents.set(model, known);
  const found = known.get(folder) ?? findDocuments(model, folder);
  known.set(folder, found);
  return found;
}

function findDocuments({ objects, change = (document) => document }: Model, folder: string): readonly Resource[] {
  const changed = inWriteOrder(objects.in(folder), folder).map(({ manifests }) => change(structuredClone(manifests.get(folder)!)));
  return changed.filter(({ kind }) => ['Deployment', 'HorizontalPodAutoscaler', 'VirtualService'].includes(String(kind)));
}

function written(model: Model, state: ModelState, document: Resource): ModelState {
  const [pair] = model.objects.plan.pairs;
  if (document['kind'] === 'VirtualService') {
    const weights = listAt(
      listAt(document, 'spec', 'http').find((rule) => rule['match'] === undefined),
      'route',
    );
    const canary = weights.find((one) => textAt(one, 'destination', 'subset') === pair!.canary!.subset);
    return { ...state, weight: canary ? ((canary['weight'] as number | undefined) ?? 100) / 100 : 0 };
  }
  const track: Track = textAt(document, 'metadata', 'name') === pair!.stable.deployment ? 'stable' : 'canary';
  const pods = state[track];
  if (document['kind'] === 'HorizontalPodAutoscaler') {
    const shrinks = textAt(document, 'spec', 'behavior', 'scaleDown', 'selectPolicy') !== 'Disabled';
    return { ...state, [track]: { ...pods, min: at(document, 'spec', 'minReplicas') as number, shrinks } };
  }
  const count = at(document, 'spec', 'replicas') as number | undefined;
  const started = state.direction === 'rollback' ? Math.max(1, loadOf(healthIn(model, state))) : 1;
  return { ...state, [track]: { ...pods, wanted: count ?? (pods.wanted === 0 ? started : pods.wanted) } };
}

function healthIn(model: Model, state: ModelState): PairHealth {
  const { path, service } = model.objects.plan.pairs[0]!;
  const health = (track: Track) => {
    const { wanted, ready, starting, min } = state[track];
    const autoscaler = { min, max: model.max, load: shareOf(state, track) * model.load, stopped: undefined };
    const isSettled = wanted === 0 ? ready + starting === 0 : wanted >= min && ready >= min;
    const counts = { wanted, ready, pods: ready + starting, endpoints: ready, terminating: 0 };
    return { name: track, ...counts, isSettled, troubles: [], ...(wanted > 0 && { autoscaler }) };
  };
  return { path, service, stable: health('stable'), canary: health('canary'), foreign: [] };
}
