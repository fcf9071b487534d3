import { type PlanFile, rolloutPairs } from '../plan/plan';
import { type PairHealth, foreignIn } from './pair-health';

/** The number of pairs that a sentence names. */
const MOST_NAMED = 3;

/** Names the Deployment that serves after a promotion, and the one that has no pods. */
export function promotedText(plan: PlanFile, health: readonly PairHealth[]): string {
  const does = isShared(health) ? 'has all pods of the release' : 'serves all traffic';
  const pairs = rolloutPairs(plan);
  if (pairs.length > MOST_NAMED) {
    return `the new version of each of ${pairs.length} pairs ${does}`;
  }
  const sentences = pairs.map(({ promotion, stable, canary }) => {
    const [serving, empty] = promotion === 'roll' ? [stable, canary] : [canary, stable];
    return `${canary.version} (${serving.deployment}) ${does}; ${empty.deployment} has no pods`;
  });
  return sentences.join('; ');
}

/** Says which pods serve after a rollback. */
export function stableText(health: readonly PairHealth[]): string {
  return isShared(health) ? 'stable has all pods of the release' : 'all traffic is on stable';
}

/** Adds the endpoints of neither track to the reason of an end, unless the reason has them already. */
export function withForeign(why: string, health: readonly PairHealth[]): string {
  const foreign = health.flatMap((pair) => foreignIn(pair) ?? []);
  return [why, ...foreign.filter((text) => !why.includes(text))].join('; ');
}

/** Whether pods of neither track receive requests too, so that no share of the traffic is what the plan says. */
function isShared(health: readonly PairHealth[]): boolean {
  return health.some(({ foreign }) => foreign.length > 0);
}
