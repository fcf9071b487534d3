import { PROMOTED, STAGE_0 } from '../../../../lib/core/folders';
import { RELEASE_ANNOTATION, STAGE_ANNOTATION, VERSION_LABEL } from '../../../../lib/core/labels';
import { contains } from '../kubernetes/compare';
import { PlanObject, PlanObjects, Path, isAnnotation } from '../kubernetes/objects';
import { RolloutPair, rolloutPairs } from '../plan/plan';
import { ObjectRef, Resource, at, countAt, keyOf, nameOf, textAt } from '../resource';

/** Where a cluster is in a plan. */
export type Position =
  /** None of the pairs' Deployments is there. */
  | { readonly kind: 'absent' }
  /** The stable versions run and nothing of this release does: `stage-0` comes next, and starts no pod. */
  | { readonly kind: 'before' }
  | { readonly kind: 'at'; readonly folder: string }
  /** The second folder was begun from the first, and is not wholly there. */
  | { readonly kind: 'between'; readonly from: string; readonly to: string }
  /** Something that no apply of this plan leads to; `nearest` is the folder that most of it is at, where it is this release. */
  | { readonly kind: 'unrecognized'; readonly why: string; readonly next: readonly string[]; readonly nearest?: string };

/** What the driver wrote down before it began: the folder it is going to, and which way. */
export interface RecordedTransition {
  readonly direction: 'advance' | 'rollback';
  /** The folder that was there. */
  readonly from: string | undefined;
  /** The folder that was begun. */
  readonly to: string;
}

/**
 * Where the cluster is, from the cluster itself: each object of the plan that is not alike in all folders says by its own
 * fields in which of them it is. What the driver wrote down decides only where that leaves a choice.
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
  // A pair of which nothing is there yet: the first folder was begun and did not come that far.
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

/** Some pairs are new to the cluster and some are not: only from `stage-0` can all go on together. */
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
    why: `${names} is not in this release yet, while other pairs of the plan are in the middle of it; roll those back first`,
    next: [],
  };
}

function belongs(objects: PlanObjects, object: PlanObject, pair: RolloutPair): boolean {
  return [pair.stable, pair.canary].some(({ deployment }) => objects.deployment(pair, deployment)?.key === object.key);
}

/** Whether a pair's Deployments are in this release, or in what must have been before it. */
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
      why: `${deployment} is to be stable with version ${version}, but that version runs on ${pair.canary.deployment}; stage-0 would take the running pods away`,
      next: [`in the declaration, give stable the name ${pair.canary.deployment}, and the new canary the name ${deployment}`],
    };
  }
  if (canary && running(canary) && !isThis(canary)) {
    return {
      kind: 'unrecognized',
      why: `${pair.canary.deployment} runs version ${canaryRuns ?? 'unknown'} of another rollout (${whichRelease(canary)}); a new one would make three versions serve`,
      next: ['end that one first: roll it back or promote it, with the plan it was begun with'],
    };
  }
  if (stable && stableRuns !== undefined && stableRuns !== version) {
    return {
      kind: 'unrecognized',
      why: `${deployment} runs version ${stableRuns}, and this plan begins from ${version} (${whichRelease(stable)})`,
      next: ['check the context and the namespace, or take the plan of the release that is running'],
    };
  }
  return stable ? 'before' : { kind: 'unrecognized', why: `${deployment} is not there, and ${pair.canary.deployment} is`, next: [] };
}

function whichRelease(deployment: Resource): string {
  const { stage, release } = {
    stage: textAt(deployment, 'metadata', 'annotations', STAGE_ANNOTATION),
    release: textAt(deployment, 'metadata', 'annotations', RELEASE_ANNOTATION),
  };
  return release === undefined ? 'no release of this tool' : `release ${release} at ${stage ?? 'no stage'}`;
}

/** The version that a Deployment's pods say they have. */
export function versionOf(deployment: Resource | undefined): string | undefined {
  return textAt(deployment, 'spec', 'template', 'metadata', 'labels', VERSION_LABEL);
}

/** Where the cluster is in this release, by the folders in which each object can be. */
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
  // By what objects do, whatever their annotations say: somebody may have scaled by hand to what a folder has.
  const loose = foldersIn((path) => !isAnnotation(path));
  const alike = objects.folders.filter((folder) => loose.every((folders) => folders.has(folder)));
  const only = choose(alike, recorded);
  if (only !== undefined) {
    return { kind: 'at', folder: only };
  }
  // Interrupted twice, on the way forward and again on the way back; or in the first folder of all, of which some is not there
  // yet. Whatever it was, it was going there.
  const begun: Position | undefined =
    recorded && loose.every((folders, n) => folders.size > 0 || !live.has(telling[n]!.key))
      ? { kind: 'between', from: recorded.from ?? recorded.to, to: recorded.to }
      : undefined;
  return stepBetween(objects, loose, recorded) ?? begun ?? unknownPlace(objects, live, telling);
}

/** The folders whose fields an object has; one that is not there is where it was cleaned up. */
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

/** The folders after which an object may have been deleted, because it serves nothing there. */
function cleanedUp(objects: PlanObjects, object: PlanObject): readonly string[] {
  const { afterPromotion, afterRollback } = objects.plan.cleanup;
  const isIn = (refs: readonly ObjectRef[]) => refs.some((ref) => keyOf(objects.placed(ref)) === object.key);
  return [...(isIn(afterPromotion) ? [PROMOTED] : []), ...(isIn(afterRollback) ? [STAGE_0] : [])];
}

/** One of several folders that are alike on the cluster: the one that was written down, or the first. */
function choose(folders: readonly string[], recorded: RecordedTransition | undefined): string | undefined {
  return folders.find((folder) => folder === recorded?.to) ?? folders.find((folder) => folder === recorded?.from) ?? folders[0];
}

/** Two folders that follow each other, and every object is in one of them. */
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
        return cleanedUp(objects, object).includes(folder) ? [] : [`${nameOf(object.ref)} is not there`];
      }
      return paths
        .filter((path) => !contains(at(found, ...path), at(manifest, ...path)))
        .map(
          (path) =>
            `${nameOf(object.ref)} has .${path.join('.')} ${show(at(found, ...path))}, and ${folder} ${show(at(manifest, ...path))}`,
        );
    });
  // What objects say of themselves decides between folders of which the cluster is equally far.
  const says = telling.map((object) => textAt(live.get(object.key), 'metadata', 'annotations', STAGE_ANNOTATION));
  const distance = (folder: string) => wrongAt(folder).length - says.filter((stage) => stage === folder).length / (says.length + 1);
  const nearest = [...objects.folders].sort((a, b) => distance(a) - distance(b))[0]!;
  return {
    kind: 'unrecognized',
    nearest,
    why: `the cluster is at no folder of this plan, and between no two that follow each other; nearest is ${nearest}, but ${wrongAt(nearest).join('; ')}`,
    next: [
      'put that right, or run it again with --force-conflicts, which begins from there and takes these fields over',
      'kubectl canary status   shows the pods',
    ],
  };
}

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 60 ? 'otherwise' : text;
}
