import { STAGE_0 } from '../../../../lib/core/folders';
import type { PlanObject, PlanObjects } from '../kubernetes/objects';
import { type RolloutPair, rolloutPairs } from '../plan/plan';
import type { Resource } from '../resource';
import { folderPosition } from './folder-position';
import { type PairRelease, pairRelease } from './pair-release';
import type { Position, RecordedTransition, Unrecognized } from './position';

/**
 * Determines the position from the cluster itself: the fields of each object that varies between folders show in which folders it can be.
 * The recorded transition only decides between several candidates.
 */
export function recognize(objects: PlanObjects, live: ReadonlyMap<string, Resource>, recorded?: RecordedTransition): Position {
  const pairs = rolloutPairs(objects.plan);
  const deployments = pairs.flatMap((pair) => [pair.stable, pair.canary].map((track) => objects.deployment(pair, track.deployment)));
  if (deployments.every((object) => object !== undefined && !live.has(object.key))) {
    return { kind: 'absent' };
  }
  const releases = pairs.map((pair) => pairRelease(objects, live, pair));
  const wrong = releases.find((release): release is Unrecognized => typeof release === 'object');
  if (wrong) {
    return wrong;
  }
  // A pair without any object: the driver began to apply the first folder and did not reach this pair.
  const isBegun = (release: PairRelease) => release === 'none' && recorded?.to === STAGE_0;
  if (releases.every((release) => release === 'this' || isBegun(release))) {
    return folderPosition(objects, live, recorded);
  }
  return releases.every((release) => release === 'before')
    ? { kind: 'before' }
    : mixed(
        objects,
        live,
        pairs.filter((_, n) => releases[n] !== 'this'),
        recorded,
      );
}

/** Some pairs are new to the cluster and some are not. They can continue together only from `stage-0`. */
function mixed(
  objects: PlanObjects,
  live: ReadonlyMap<string, Resource>,
  before: readonly RolloutPair[],
  recorded?: RecordedTransition,
): Position {
  const position = folderPosition(objects, live, recorded, (object) => !before.some((pair) => belongs(objects, object, pair)));
  if (position.kind === 'at' && position.folder === STAGE_0) {
    return { kind: 'before' };
  }
  if (position.kind === 'between' && position.to === STAGE_0) {
    return position;
  }
  const names = before.map(({ path }) => path).join(', ');
  return {
    kind: 'unrecognized',
    why: `${names}: not in this release yet, but other pairs of the plan are in the middle of it; roll those back first`,
    next: [],
  };
}

function belongs(objects: PlanObjects, object: PlanObject, pair: RolloutPair): boolean {
  return [pair.stable, pair.canary].some(({ deployment }) => objects.deployment(pair, deployment)?.key === object.key);
}
