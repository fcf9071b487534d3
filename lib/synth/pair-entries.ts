import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { Sizing } from '../autoscaling';
import { STAGE_0 } from '../core/folders';
import type { Plan, PlannedStage } from '../core/plan';
import type { PairEntry, TrackEntry } from '../core/plan-file';
import type { Rollout } from '../core/rollout';
import type { State } from '../core/transition';
import type { CanaryPair } from '../pair';
import { type RenderedObjects, at } from '../rendered/rendered-objects';
import { templateDigest } from '../rendered/template-digest';
import type { Template } from '../rendered/template';
import type { Track } from '../track';
import { Configuration } from './configuration';

/** The part of an entry that depends only on the plan. */
type PlanPart = Pick<PairEntry, 'stages' | 'costs' | 'states' | 'transitions'>;

/** Makes the entries of `plan.json` for pairs. All pairs with the same plan share the part that depends only on it. */
export class PairEntries {
  private readonly parts = new Map<Plan, PlanPart>();

  private readonly configuration: Configuration;

  /** @param templates all objects of the app */
  constructor(
    private readonly rollout: Rollout,
    private readonly objects: RenderedObjects,
    templates: readonly Template[],
  ) {
    this.configuration = new Configuration(templates);
  }

  of(pair: CanaryPair): PairEntry {
    const { namespace } = ApiObject.of(pair.stable).metadata;
    const { stages, ...rest } = this.partOf(pair);
    const own = pair._ownService();
    return {
      path: pair.node.path,
      ...(namespace === undefined ? {} : { namespace }),
      service: pair._name(),
      ...(pair._hasService() ? {} : { hasService: false }),
      ...(own && { selector: this.labelsAt(own, ['spec', 'selector']) }),
      router: pair._router?._name ?? 'pods',
      ...(pair._router?._implementation !== undefined && { implementation: pair._router._implementation }),
      promotion: pair._isRolled() ? 'roll' : 'swap',
      release: pair._release(),
      baseline: pair._baseline(),
      floor: pair._props.floor ?? pair._baseline(),
      ...autoscalingOf(pair),
      stable: this.trackEntry(pair, pair.stable),
      ...(pair.canary && { canary: this.trackEntry(pair, pair.canary) }),
      ...this.configurationOf(pair),
      stages: withGates(pair, stages),
      ...(pair.canary && { gates: pair._gates() }),
      ...rest,
    };
  }

  private configurationOf(pair: CanaryPair): Pick<PairEntry, 'configuration'> {
    const configuration = this.configuration.sharedBy(pair._tracks().map((track) => this.objects.of(ApiObject.of(track))!));
    return configuration.length > 0 ? { configuration } : {};
  }

  /** What a track is, as rendered: patches included. */
  private trackEntry(pair: CanaryPair, track: Track): TrackEntry {
    const template = this.objects.of(ApiObject.of(track))!;
    const configs = this.configuration.versionedIn(template);
    const service = pair._serviceOf(track.name);
    return {
      deployment: track.name,
      version: track.version,
      subset: track.subsetName,
      ...(service && { service: service.name }),
      selector: this.labelsAt(track, ['spec', 'selector', 'matchLabels']),
      template: templateDigest(template),
      ...(configs.length > 0 && { configs }),
    };
  }

  /** The labels at a path of a rendered object, in the order of their keys. */
  private labelsAt(construct: Construct, path: readonly string[]): Readonly<Record<string, string>> {
    const labels = (at(this.objects.of(ApiObject.of(construct))!.json, path) ?? {}) as Record<string, string>;
    return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  private partOf(pair: CanaryPair): PlanPart {
    const plan = pair._plan();
    const part = this.parts.get(plan) ?? this.makePart(pair, plan);
    this.parts.set(plan, part);
    return part;
  }

  private makePart(pair: CanaryPair, plan: Plan): PlanPart {
    const folders = pair.canary ? this.rollout.folders : [STAGE_0];
    return {
      stages: plan.stages.map(stageEntry),
      costs: costsOf(pair),
      states: Object.fromEntries(folders.map((folder) => [folder, stateEntry(pair._stateAt(folder))])) as PairEntry['states'],
      transitions: transitionsOf(plan, this.rollout),
    };
  }
}

function autoscalingOf({ _props: { autoscaling } }: CanaryPair): Pick<PairEntry, 'autoscaling'> {
  return autoscaling ? { autoscaling: { min: autoscaling.min, max: autoscaling.max, sizing: autoscaling.sizing ?? Sizing.LIVE } } : {};
}

/** Adds the gates of stages that have their own. If no stage has, returns the plan's own list, which thousands of pairs share. */
function withGates(pair: CanaryPair, stages: PlanPart['stages']): PlanPart['stages'] {
  const hasGates = stages.some((_, index) => pair._hasGatesAt(index));
  return hasGates ? stages.map((stage, index) => (pair._hasGatesAt(index) ? { ...stage, gates: pair._gatesAt(index) } : stage)) : stages;
}

function costsOf(pair: CanaryPair): PairEntry['costs'] {
  const entries = pair.canary ? pair._alternatives() : [];
  return Object.fromEntries(entries.map(({ name, cost }) => [name, { ...cost, worstError: cost.worstError.toString() }]));
}

function stageEntry({ folder, weight, split, achieved, optimum }: PlannedStage): PairEntry['stages'][number] {
  return {
    folder,
    asked: weight.toString(),
    achieved: achieved.toString(),
    error: achieved.minus(weight).toString(),
    ...split,
    ...(optimum && { optimum: { ...optimum.split, error: optimum.achieved.minus(weight).toString() } }),
  };
}

function stateEntry({ stable, canary, route }: State): PairEntry['states'][string] {
  return {
    stable,
    canary,
    ...(route && { route: { canary: route.weight.toString(), matched: route.matchedToCanary ? 'canary' : 'stable' } }),
  };
}

/** The transitions between folders that exist. In a folder that only other pairs need, a pair keeps its state. */
function transitionsOf(plan: Plan, rollout: Rollout): PairEntry['transitions'] {
  return plan.transitions
    .filter(({ from, to }) => rollout.folders.includes(from) && rollout.folders.includes(to))
    .map(({ from, to, fewestReady, mostPods, mostShare }) => ({ from, to, fewestReady, mostPods, mostShare: mostShare.toString() }));
}
