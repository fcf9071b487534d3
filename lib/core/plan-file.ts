import type { Finding } from './finding';
import type { PairEntry, PlanFile } from './generated/plan-types';
import { isPlan } from './plan-problem';

export type {
  FindingEntry,
  GatesEntry,
  ObjectEntry,
  OutsideEntry,
  PairEntry,
  PlanFile,
  StateEntry,
  TrackEntry,
} from './generated/plan-types';

/** The kinds of router in the schema. */
export type RouterName = PairEntry['router'];

/** The version of the format of `plan.json` that this library writes and reads. */
export const PLAN_VERSION = 1 satisfies PlanFile['version'];

/** Parses a plan that a synth wrote; returns undefined for anything else, such as a plan of another version. */
export function parsePlanFile(text: string): PlanFile | undefined {
  try {
    const plan: unknown = JSON.parse(text);
    return isPlan(plan) ? plan : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Compares the pairs with the previous plan.
 *
 * A common mistake in the next release is to increase both versions and to keep the names. It would start the new stable version on the
 * Deployment that the promotion drained, and remove the running pods: from 3 to 0. The correct change moves the old canary's block,
 * including its name, to `stable`.
 */
export function compareWithPrevious(pairs: readonly PairEntry[], previous: PlanFile): Map<PairEntry, Finding[]> {
  const key = ({ namespace, service }: PairEntry) => `${namespace ?? ''}/${service}`;
  const before = new Map(previous.pairs.map((pair) => [key(pair), pair]));
  return new Map(pairs.map((pair) => [pair, compare(pair, before.get(key(pair)))]));
}

function compare(pair: PairEntry, before: PairEntry | undefined): Finding[] {
  return before ? [...compareTracks(pair, before), ...compareConfiguration(pair, before)] : [];
}

/** Finds ConfigMaps and Secrets that both tracks read and whose data changed: the change reaches all pods at once, and stays after a rollback. */
function compareConfiguration(pair: PairEntry, before: PairEntry): Finding[] {
  const changed = (pair.canary ? (pair.configuration ?? []) : []).filter(({ kind, name, digest }) =>
    before.configuration?.some((other) => other.kind === kind && other.name === name && other.digest !== digest),
  );
  return changed.map(({ kind, name }) => ({
    code: 'shared-config-changed',
    level: 'warning',
    path: pair.path,
    message: `${kind} ${name} has other data than in the previous plan, and the pods of both tracks read it, so the change reaches stable without any stage, and a rollback keeps it; give the canary a ${kind} of its own, with another name`,
  }));
}

function compareTracks(pair: PairEntry, before: PairEntry): Finding[] {
  if (!before.canary) {
    return [];
  }
  // A rolled promotion keeps the names, so there it is no mistake.
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
      message: `stable: got ${pair.stable.deployment} with version ${pair.stable.version}, but in the previous plan that version runs on ${sameVersion.deployment}; must be the Deployment that runs it, because stage-0 would remove the running pods; try stable: { name: '${sameVersion.deployment}', … } and the name ${sameName.deployment} for the new canary`,
    });
  }
  const sameRelease = before.stable.deployment === pair.stable.deployment && before.stable.version === pair.stable.version;
  if (sameRelease && pair.canary && pair.canary.version !== before.canary.version) {
    findings.push({
      code: 'canary-version-changed',
      level: 'warning',
      path: pair.path,
      message: `canary.version: got ${pair.canary.version}, but the previous plan has ${before.canary.version}; if the rollout of ${before.canary.version} is in progress, three versions would receive traffic; roll back to stage-0 before you apply this plan`,
    });
  }
  return findings;
}
