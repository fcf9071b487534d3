import { PROMOTED, STAGE_0 } from '../../../../lib/core/folders';
import { percent } from '../../../../lib/core/format-share';
import { Fraction } from '../../../../lib/core/fraction';
import type { DeploymentHealth } from '../kubernetes/health';
import type { PairEntry, PlanFile } from '../plan/plan';
import type { Direction } from './direction';
import type { PairHealth } from './pair-health';
import type { Position } from './position';

const TRACKS = ['stable', 'canary'] as const;

type Track = (typeof TRACKS)[number];

/** The pods that an autoscaled track must have before the driver takes the next step. */
export interface Requirement {
  readonly whose: Track;
  readonly path: string;
  readonly health: DeploymentHealth;
  /** At most the autoscaler's maximum. */
  readonly pods: number;
  /** The share of the load that the track gets by the next step. */
  readonly share: Fraction;
  /** The load of the service in pods. */
  readonly load: number;
}

/** What the requirements depend on. */
export interface CapacitySituation {
  readonly plan: PlanFile;
  readonly direction: Direction;
  /** The stage to reach. A rollback always goes to `stage-0`. */
  readonly target: string;
  readonly position: Position;
  readonly pairs: readonly PairHealth[];
  /**
   * By the path of a pair, the load for which the driver has scaled a track for the next step. After a change of the count, the metrics are those
   * of the count before for a while, and their product would be too much.
   */
  readonly loads?: ReadonlyMap<string, number>;
}

/**
 * The load of a service in pods. No track scales down during a rollout, so a track never has fewer pods than the load that it had; the
 * metrics of the tracks that serve tell whether there is more by now. A track that does not serve yet only shows what its start costs.
 */
export function loadOf({ stable, canary }: PairHealth, serving: readonly Track[] = TRACKS): number {
  const tracks = { stable, canary };
  const measured = serving.reduce((sum, whose) => sum + (tracks[whose].wanted > 0 ? (tracks[whose].autoscaler?.load ?? 0) : 0), 0);
  // A ratio is rounded by the API server, so a tiny excess is none.
  return Math.max(stable.wanted, canary.wanted, Math.ceil(measured - 1e-6));
}

/**
 * The pods that autoscaled tracks must have before the next folder is applied. An autoscaler reacts to load that a track has; before an
 * advance gives the canary a larger share, the canary must have the pods for it, and before a rollback gives stable all of the load, stable
 * must.
 *
 * A track without pods has no requirement: the folder that gives it pods comes first.
 */
export function requirements({ plan, direction, target, position, pairs, loads }: CapacitySituation): readonly Requirement[] {
  if (position.kind !== 'at' || pairs.every(({ stable, canary }) => !stable.autoscaler && !canary.autoscaler)) {
    return [];
  }
  const from = position.folder;
  const to = direction === 'advance' ? nextFolder(plan, from, target) : STAGE_0;
  if (to === undefined || to === from) {
    return [];
  }
  return pairs.flatMap((pair) => {
    const entry = plan.pairs.find(({ path }) => path === pair.path);
    const tracks = entry
      ? TRACKS.filter((whose) => (direction === 'rollback' ? whose === 'stable' : mustCarry(entry, whose, from, to)))
      : [];
    const serving = TRACKS.filter((whose) => entry && (direction === 'rollback' || Fraction.ZERO.lessThan(sharesIn(entry, from)[whose])));
    const load = loads?.get(pair.path) ?? loadOf(pair, serving);
    return tracks.flatMap((whose): Requirement[] => {
      const health = pair[whose];
      const share = sharesIn(entry!, to)[whose];
      const { autoscaler, wanted } = health;
      const pods = autoscaler ? Math.min(autoscaler.max, Number(share.times(load).ceil())) : 0;
      return wanted > 0 && pods > 0 ? [{ whose, path: pair.path, health, pods, share, load }] : [];
    });
  });
}

/** Whether a track has the pods of a requirement and keeps them, and all of them receive traffic. */
export function isMet({ health, pods }: Requirement): boolean {
  // Right after an autoscaler lowered the count, more pods are ready than will stay.
  return [health.wanted, health.ready, health.endpoints].every((count) => count >= pods);
}

/** Says why the driver scales a track. */
export function scaledText({ health, pods, share, load }: Requirement): string {
  const most = health.autoscaler?.max === pods ? ', its maximum' : '';
  const part = share.equals(Fraction.ONE) ? 'the load' : `${percent(share)} of the load`;
  return `${health.name} scaled from ${health.wanted} to ${pods} pods${most}, for ${part} of ${load} pods`;
}

function nextFolder({ order }: PlanFile, folder: string, target: string): string | undefined {
  const index = order.advance.indexOf(folder);
  return index >= 0 && index < order.advance.indexOf(target) ? order.advance[index + 1] : undefined;
}

/** The shares of the load that the two Deployments carry in a folder. */
function sharesIn({ states }: PairEntry, folder: string): Record<Track, Fraction> {
  const canary = canaryShare(states[folder]);
  return { stable: Fraction.ONE.minus(canary), canary };
}

function canaryShare(state: PairEntry['states'][string] | undefined): Fraction {
  if (!state || state.canary === 0) {
    return Fraction.ZERO;
  }
  if (state.stable === 0) {
    return Fraction.ONE;
  }
  // Without a router an autoscaled stable track keeps the pods for all of the load.
  return state.route ? Fraction.parse(state.route.canary) : Fraction.ZERO;
}

/** Whether a track needs its pods before a step: its share grows, or the other track loses its pods. A rollback ends with all on stable. */
function mustCarry(entry: PairEntry, whose: Track, from: string, to: string): boolean {
  const other = whose === 'stable' ? 'canary' : 'stable';
  const podsOf = (folder: string) => entry.states[folder]?.[other] ?? 0;
  return sharesIn(entry, from)[whose].lessThan(sharesIn(entry, to)[whose]) || (podsOf(from) > 0 && podsOf(to) === 0);
}

/**
 * Milliseconds after which the metrics of a load that moved have reached an autoscaler: metrics-server reads the pods every 15 to 60 s, and the
 * autoscaler reads the metrics every 15 s.
 */
export const METRICS_LAG = 120_000;

/** The part of the measured load that the autoscaler of a track must see before the track may shrink. */
const SEEN = 0.8;

/** An autoscaler that sees less than its track carries. */
export interface UnseenLoad {
  readonly health: DeploymentHealth;
  /** The load that the autoscaler sees, and that of both tracks, in pods. */
  readonly seen: number;
  readonly measured: number;
}

/**
 * The tracks that carry all of the load before a folder which lets them shrink, but whose autoscalers do not see it yet: the metrics of the
 * traffic that just moved are late, and a track that was quiet would shrink at once.
 */
export function unseenLoads({ plan, direction, pairs }: CapacitySituation, folder: string): readonly UnseenLoad[] {
  if (folder !== STAGE_0 && folder !== PROMOTED) {
    return [];
  }
  return pairs.flatMap((pair) => {
    const state = plan.pairs.find(({ path }) => path === pair.path)?.states[folder];
    const [carrying, other] = direction === 'advance' && state?.stable === 0 ? [pair.canary, pair.stable] : [pair.stable, pair.canary];
    const [seen, others] = [carrying.autoscaler?.load, other.autoscaler?.load];
    // Less than a pod is no load that a track could be too small for.
    return seen === undefined || others === undefined || seen + others < 1 || seen >= SEEN * (seen + others)
      ? []
      : [{ health: carrying, seen, measured: seen + others }];
  });
}

/** Says why the driver waits for the metrics of a track. */
export function unseenText(unseen: readonly UnseenLoad[]): string {
  return unseen
    .map(
      ({ health, seen, measured }) =>
        `${health.name}: its autoscaler sees a load of ${seen.toFixed(1)} of ${measured.toFixed(1)} pods; waiting up to ${METRICS_LAG / 60_000} min for its metrics, because the next folder lets it shrink`,
    )
    .join('; ');
}
