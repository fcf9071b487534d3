import type { Split } from '../../../lib/core/split';
import type { Figure } from '../machine/figure';
import { percent } from './figures';
import { type Moment, seen } from './pods';
import type { Tree } from './trees';

/** The states that the API server had during one step, compared with the plan. */
export interface Comparison {
  readonly row: Figure['row'];
  /** The deviations from the plan, one sentence each. */
  readonly broken: readonly string[];
}

/** Compares every state that the API server had with the plan's transition; undefined if the plan has no such transition. */
export function compareWithPlan(tree: Tree, from: string, to: string, moments: readonly Moment[]): Comparison | undefined {
  const { pair, stable, canary } = tree;
  const bound = pair.transitions.find((transition) => transition.from === from && transition.to === to);
  if (!bound) {
    return undefined;
  }
  const isRouted = pair.router !== 'pods';
  const { fewestReady, mostPods, mostShare } = seen(moments, stable, canary);
  // A rollback waits only for stable, so it may leave a folder before that folder is complete. Then only the floor is guaranteed.
  const isWhole = isAt(moments[0]!, pair.states[from]!, { stable, canary });
  const least = isWhole ? bound.fewestReady : pair.floor;
  const [count = 0, of = 1] = bound.mostShare.split('/').map(Number);
  const share = percent(count / of);
  const row = {
    router: pair.router,
    from,
    to,
    'fewest ready': `${fewestReady} (plan: ${least})`,
    'most pods': `${mostPods} (plan: ${bound.mostPods})`,
    'largest share of pods': isRouted ? '-' : `${percent(mostShare)} (plan: ${share})`,
  };
  const broken = [
    ...(fewestReady < least ? [`${fewestReady} pods were ready, and the plan says ${least} at least`] : []),
    ...(mostPods > bound.mostPods ? [`there were ${mostPods} pods, and the plan says ${bound.mostPods} at most`] : []),
    ...(!isRouted && mostShare > count / of + 1e-9 ? [`the canary had ${percent(mostShare)}, and the plan says ${share} at most`] : []),
    ...(isRouted ? tracksWithoutPods(tree, from, to, moments).map((track) => `${track} was routed to and had no ready pod`) : []),
  ];
  return { row, broken };
}

/** The tracks that had no ready pod at some moment, although the route of one of the two folders sends requests to them. */
function tracksWithoutPods({ pair, stable, canary }: Tree, from: string, to: string, moments: readonly Moment[]): string[] {
  const routes = [from, to].map((folder) => pair.states[folder]!.route!);
  const routed = [
    ...(routes.some(({ canary: share }) => share !== '1') ? [stable] : []),
    ...(routes.some(({ canary: share }) => share !== '0') ? [canary] : []),
  ];
  return routed.filter((track) => moments.some(({ tracks }) => (tracks[track]?.ready ?? 0) === 0));
}

/** Whether all pods of a folder exist and are ready. */
function isAt(moment: Moment, state: Split, names: { stable: string; canary: string }): boolean {
  const ready = (track: string) => moment.tracks[track]?.ready ?? 0;
  return ready(names.stable) >= state.stable && ready(names.canary) >= state.canary;
}
