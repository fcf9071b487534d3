import { PROMOTED, STAGE_0 } from '../../../../lib/core/folders';
import { RELEASE_ANNOTATION, STAGE_ANNOTATION, VERSION_LABEL } from '../../../../lib/core/labels';
import { contains } from '../kubernetes/compare';
import { type Path, type PlanObject, type PlanObjects, isAnnotation } from '../kubernetes/objects';
import { type RolloutPair, rolloutPairs } from '../plan/plan';
import { type ObjectRef, type Resource, at, countAt, keyOf, nameOf, textAt } from '../resource';
import { showValue } from '../text/show-value';

/** The position of a cluster in a plan. */
export type Position =
  /** None of the pairs' Deployments exists. */
  | { readonly kind: 'absent' }
  /** The stable versions run, and nothing of this release is applied: `stage-0` is next, and its apply starts no pod. */
  | { readonly kind: 'before' }
  | { readonly kind: 'at'; readonly folder: string }
  /** The driver began to apply the second folder at the first one, and the second one is incomplete. */
  | { readonly kind: 'between'; readonly from: string; readonly to: string }
  /** A state that no apply of this plan produces. `nearest` is the folder that matches most of it, if the cluster is in this release. */
  | { readonly kind: 'unrecognized'; readonly why: string; readonly next: readonly string[]; readonly nearest?: string };

/** The transition that the driver recorded before it began: its direction and its folders. */
export interface RecordedTransition {
  readonly direction: 'advance' | 'rollback';
  /** The folder where the cluster was. */
  readonly from: string | undefined;
  /** The folder that the driver began to apply. */
  readonly to: string;
}

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
  const releases = pairs.map((pair) => releaseOf(objects, live, pair));
  const wrong = releases.find((release): release is Unrecognized => typeof release === 'object');
  if (wrong) {
    return wrong;
  }
  // A pair without any object: the driver began to apply the first folder and did not reach this pair.
  const isBegun = (release: string | Unrecognized) => release === 'none' && recorded?.to === STAGE_0;
  if (releases.every((release) => release === 'this' || isBegun(release))) {
    return place(objects, live, recorded);
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

type Unrecognized = Extract<Position, { kind: 'unrecognized' }>;

/** Some pairs are new to the cluster and some are not. They can continue together only from `stage-0`. */
function mixed(
  objects: PlanObjects,
  live: ReadonlyMap<string, Resource>,
  before: readonly RolloutPair[],
  recorded?: RecordedTransition,
): Position {
  const position = place(objects, live, recorded, (object) => !before.some((pair) => belongs(objects, object, pair)));
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

/** Whether a pair's Deployments belong to this release, or to the state that must precede it. */
function releaseOf(
  objects: PlanObjects,
  live: ReadonlyMap<string, Resource>,
  pair: RolloutPair,
): 'this' | 'before' | 'none' | Unrecognized {
  const stable = live.get(objects.deployment(pair, pair.stable.deployment)?.key ?? '');
  const canary = live.get(objects.deployment(pair, pair.canary.deployment)?.key ?? '');
  if (!stable && !canary) {
    return 'none';
  }
  const isThis = (deployment: Resource | undefined) => textAt(deployment, 'metadata', 'annotations', RELEASE_ANNOTATION) === pair.release;
  if ((stable && isThis(stable) && (!canary || isThis(canary))) || (!stable && isThis(canary))) {
    return 'this';
  }
  const { deployment, version } = pair.stable;
  const running = (object: Resource | undefined) => countAt(object, 'spec', 'replicas') > 0;
  const [stableRuns, canaryRuns] = [versionOf(stable), versionOf(canary)];
  if (canary && running(canary) && canaryRuns === version && stableRuns !== version) {
    return {
      kind: 'unrecognized',
      why: `the plan declares ${deployment} as stable with version ${version}, but ${pair.canary.deployment} runs that version; stage-0 would delete the running pods`,
      next: [`in the declaration, set the name of stable to ${pair.canary.deployment}, and the name of the new canary to ${deployment}`],
    };
  }
  if (canary && running(canary) && !isThis(canary)) {
    return {
      kind: 'unrecognized',
      why: `${pair.canary.deployment} runs version ${canaryRuns ?? 'unknown'} of another rollout (${whichRelease(canary)}); a new rollout would serve three versions at once`,
      next: ['promote that rollout or roll it back first, with the plan that it was started with'],
    };
  }
  if (stable && stableRuns !== undefined && stableRuns !== version) {
    return {
      kind: 'unrecognized',
      why: `${deployment} runs version ${stableRuns} (${whichRelease(stable)}), but this plan starts from version ${version}`,
      next: ['check --context and --namespace, or use the plan of the running release'],
    };
  }
  return stable ? 'before' : { kind: 'unrecognized', why: `${deployment} does not exist, but ${pair.canary.deployment} does`, next: [] };
}

function whichRelease(deployment: Resource): string {
  const { stage, release } = {
    stage: textAt(deployment, 'metadata', 'annotations', STAGE_ANNOTATION),
    release: textAt(deployment, 'metadata', 'annotations', RELEASE_ANNOTATION),
  };
  return release === undefined ? 'no release of this tool' : `release ${release} at ${stage ?? 'no stage'}`;
}

/** The version in the labels of a Deployment's pod template. */
export function versionOf(deployment: Resource | undefined): string | undefined {
  return textAt(deployment, 'spec', 'template', 'metadata', 'labels', VERSION_LABEL);
}

/** Determines the position within this release from the folders in which each object can be. */
function place(
  objects: PlanObjects,
  live: ReadonlyMap<string, Resource>,
  recorded: RecordedTransition | undefined,
  isAsked: (object: PlanObject) => boolean = () => true,
): Position {
  const telling = objects.telling.filter(isAsked);
  const foldersIn = (isTelling: (path: Path) => boolean) =>
    telling.map((object) => foldersOf(object, live.get(object.key), isTelling, cleanedUp(objects, object)));
  const strict = foldersIn(() => true);
  const all = objects.folders.filter((folder) => strict.every((folders) => folders.has(folder)));
  const chosen = choose(all, recorded);
  if (chosen !== undefined) {
    return { kind: 'at', folder: chosen };
  }
  const step = stepBetween(objects, strict, recorded);
  if (step) {
    return step;
  }
  // Compare again without annotations: a user may have scaled the Deployments by hand to the state of a folder.
  const loose = foldersIn((path) => !isAnnotation(path));
  const alike = objects.folders.filter((folder) => loose.every((folders) => folders.has(folder)));
  const only = choose(alike, recorded);
  if (only !== undefined) {
    return { kind: 'at', folder: only };
  }
  // The run was interrupted both on the way forward and on the rollback path, or some objects of the very first folder do not exist yet.
  // In both cases the recorded transition is the one in progress.
  const begun: Position | undefined =
    recorded && loose.every((folders, n) => folders.size > 0 || !live.has(telling[n]!.key))
      ? { kind: 'between', from: recorded.from ?? recorded.to, to: recorded.to }
      : undefined;
  return stepBetween(objects, loose, recorded) ?? begun ?? unknownPlace(objects, live, telling);
}

/** Returns the folders whose fields an object matches. A missing object matches the folders after which it may have been cleaned up. */
function foldersOf(
  object: PlanObject,
  live: Resource | undefined,
  isAsked: (path: Path) => boolean,
  cleaned: readonly string[],
): ReadonlySet<string> {
  if (live === undefined) {
    return new Set(cleaned);
  }
  const paths = object.varying.filter(isAsked);
  const found = [...object.manifests].filter(([, manifest]) => paths.every((path) => contains(at(live, ...path), at(manifest, ...path))));
  return new Set(found.map(([folder]) => folder));
}

/** Returns the folders after which an object may have been deleted, because it no longer serves traffic there. */
function cleanedUp(objects: PlanObjects, object: PlanObject): readonly string[] {
  const { afterPromotion, afterRollback } = objects.plan.cleanup;
  const isIn = (refs: readonly ObjectRef[]) => refs.some((ref) => keyOf(objects.placed(ref)) === object.key);
  return [...(isIn(afterPromotion) ? [PROMOTED] : []), ...(isIn(afterRollback) ? [STAGE_0] : [])];
}

/** Chooses between folders that match the cluster equally well: a recorded folder, or the first one. */
function choose(folders: readonly string[], recorded: RecordedTransition | undefined): string | undefined {
  return folders.find((folder) => folder === recorded?.to) ?? folders.find((folder) => folder === recorded?.from) ?? folders[0];
}

/** Finds two consecutive folders such that every object is in one of them. */
function stepBetween(
  objects: PlanObjects,
  folders: readonly ReadonlySet<string>[],
  recorded: RecordedTransition | undefined,
): Position | undefined {
  const steps = objects.steps.filter(([from, to]) => folders.every((set) => set.has(from) || set.has(to)));
  const written = steps.find(([from, to]) => to === recorded?.to && from === recorded.from) ?? steps.find(([, to]) => to === recorded?.to);
  const [from, to] = written ?? steps[0] ?? [];
  return from !== undefined && to !== undefined ? { kind: 'between', from, to } : undefined;
}

function unknownPlace(objects: PlanObjects, live: ReadonlyMap<string, Resource>, telling: readonly PlanObject[]): Unrecognized {
  const wrongAt = (folder: string) =>
    telling.flatMap((object) => {
      const found = live.get(object.key);
      const manifest = object.manifests.get(folder);
      const paths = object.varying.filter((path) => !isAnnotation(path));
      if (found === undefined) {
        return cleanedUp(objects, object).includes(folder) ? [] : [`${nameOf(object.ref)} does not exist`];
      }
      return paths
        .filter((path) => !contains(at(found, ...path), at(manifest, ...path)))
        .map(
          (path) =>
            `${nameOf(object.ref)} has .${path.join('.')} ${showValue(at(found, ...path))}, and ${folder} has ${showValue(at(manifest, ...path))}`,
        );
    });
  // The stage annotations decide between folders that are equally far from the cluster.
  const says = telling.map((object) => textAt(live.get(object.key), 'metadata', 'annotations', STAGE_ANNOTATION));
  const distance = (folder: string) => wrongAt(folder).length - says.filter((stage) => stage === folder).length / (says.length + 1);
  const nearest = [...objects.folders].sort((a, b) => distance(a) - distance(b))[0]!;
  return {
    kind: 'unrecognized',
    nearest,
    why: `the cluster is at no folder of this plan and between no two consecutive folders; the nearest is ${nearest}, but ${wrongAt(nearest).join('; ')}`,
    next: [
      'correct these fields, or run again with --force-conflicts, which starts from that folder and overwrites them',
      'kubectl canary status   shows the pods',
    ],
  };
}
