import { Finding } from './finding';
import { Fraction } from './fraction';
import { GatesEntry } from './gates/settings';

/**
 * `plan.json`: what a synth knows beyond the manifests, for whoever carries the rollout out. It lies beside the stage
 * folders, never in one. Weights and shares are exact fractions as text, `"1/10"`; file digests are SHA-256.
 */
export interface PlanFile {
  /** Raised when a reader of the old form could misunderstand the new one. */
  readonly version: typeof PLAN_VERSION;
  /** The stages that all pairs share. */
  readonly stages: readonly StageEntry[];
  /** The folders in the order in which they are applied. */
  readonly order: {
    readonly advance: readonly string[];
    /** The folders of a rollback, by the stage it starts at; a half-done advance to a stage starts there too. */
    readonly rollback: Readonly<Record<string, readonly string[]>>;
  };
  readonly pairs: readonly PairEntry[];
  /** What to delete when the rollout is over; the stubs in `cleanup/` are the first of the two. */
  readonly cleanup: { readonly afterPromotion: readonly ObjectEntry[]; readonly afterRollback: readonly ObjectEntry[] };
  readonly findings: readonly Finding[];
  /** Every file that the synth wrote, with its digest: what a later synth may remove. */
  readonly files: Readonly<Record<string, string>>;
}

export const PLAN_VERSION = 1;

export interface StageEntry {
  readonly folder: string;
  readonly weight: string;
}

export interface ObjectEntry {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

export interface TrackEntry {
  readonly deployment: string;
  readonly version: string;
  readonly subset: string;
}

export interface SplitEntry {
  readonly stable: number;
  readonly canary: number;
}

export interface PairEntry {
  readonly path: string;
  readonly namespace?: string;
  readonly service: string;
  readonly router: 'pods' | 'istio';
  readonly promotion: 'swap' | 'roll';
  readonly release: string;
  readonly baseline: number;
  readonly floor: number;
  readonly stable: TrackEntry;
  readonly canary?: TrackEntry;
  readonly stages: readonly (SplitEntry & {
    readonly folder: string;
    readonly asked: string;
    readonly achieved: string;
    readonly error: string;
    /** The split nearest to the weight whatever it costs, where another one was chosen. */
    readonly optimum?: SplitEntry & { readonly error: string };
    /** What decides at this stage, where it is something else than at the others. */
    readonly gates?: GatesEntry;
  })[];
  /** What the stages cost in pods, error and pods moved, and what other ways to split would: exactly, and with a fixed total. */
  readonly costs: Readonly<Record<string, { readonly pods: number; readonly worstError: string; readonly moved: number }>>;
  /** What decides at each stage; left out for a pair at rest, and by what wrote plans before there were gates. */
  readonly gates?: GatesEntry;
  /** What each folder holds. */
  readonly states: Readonly<
    Record<string, SplitEntry & { readonly route?: { readonly canary: string; readonly matched: 'stable' | 'canary' } }>
  >;
  /** What may be seen while one folder is applied after another. */
  readonly transitions: readonly {
    readonly from: string;
    readonly to: string;
    readonly fewestReady: number;
    readonly mostPods: number;
    readonly mostShare: string;
  }[];
}

/** Reads a plan that a synth wrote; undefined where the text is none, or one of another version. */
export function parsePlanFile(text: string): PlanFile | undefined {
  try {
    const plan = JSON.parse(text) as Partial<PlanFile> | null;
    return plan?.version === PLAN_VERSION && typeof plan.files === 'object' && Array.isArray(plan.pairs) ? (plan as PlanFile) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What the plan before says against this one.
 *
 * The obvious edit for the next release is to bump both versions and leave the names. It would start the new stable
 * version on the Deployment that the promotion drained, and take the running pods away: from 3 to 0. The swap is to move
 * the old canary's block, name and all, to `stable`.
 */
export function compareWithPrevious(pairs: readonly PairEntry[], previous: PlanFile): Map<PairEntry, Finding[]> {
  const key = ({ namespace, service }: PairEntry) => `${namespace ?? ''}/${service}`;
  const before = new Map(previous.pairs.map((pair) => [key(pair), pair]));
  return new Map(pairs.map((pair) => [pair, compare(pair, before.get(key(pair)))]));
}

function compare(pair: PairEntry, before: PairEntry | undefined): Finding[] {
  if (!before?.canary) {
    return [];
  }
  // A rolled promotion keeps the names, so there the edit is the right one.
  const keepsNames = before.promotion === 'roll';
  const findings: Finding[] = [];
  const tracksBefore = [before.stable, before.canary];
  const sameName = tracksBefore.find(({ deployment }) => deployment === pair.stable.deployment);
  const sameVersion = tracksBefore.find(({ version }) => version === pair.stable.version);
  if (!keepsNames && sameName && sameVersion && sameName !== sameVersion) {
    findings.push({
      code: 'versions-in-place',
      level: 'error',
      path: pair.path,
      message: `stable: got ${pair.stable.deployment} with version ${pair.stable.version}, but in the plan before that version runs on ${sameVersion.deployment}; must be the Deployment that runs it, or stage-0 would take the running pods away; try stable: { name: '${sameVersion.deployment}', … } and the name ${sameName.deployment} for the new canary`,
    });
  }
  const sameRelease = before.stable.deployment === pair.stable.deployment && before.stable.version === pair.stable.version;
  if (sameRelease && pair.canary && pair.canary.version !== before.canary.version) {
    findings.push({
      code: 'canary-version-changed',
      level: 'warning',
      path: pair.path,
      message: `canary.version: got ${pair.canary.version}, and the plan before had ${before.canary.version}; if that one is in flight, three versions would serve: roll back to stage-0 before you apply this plan`,
    });
  }
  return findings;
}

/** A share as `plan.json` has it. */
export function fractionText(fraction: Fraction): string {
  return fraction.toString();
}
