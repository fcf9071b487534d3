import { PROMOTED, STAGE_0 } from '../../../../lib/core/folders';
import { type DeclaredTrack, changesIn } from '../../../../lib/core/declaration';
import { RELEASE_ANNOTATION, STAGE_ANNOTATION, TEMPLATE_ANNOTATION, TRACK_LABEL, VERSION_LABEL } from '../../../../lib/core/labels';
import { contains } from '../kubernetes/compare';
import { type Path, type PlanObject, type PlanObjects, isAnnotation } from '../kubernetes/objects';
import { type RolloutPair, isUnderWay, rolloutPairs } from '../plan/plan';
import { type ObjectRef, type Resource, at, countAt, keyOf, nameOf, textAt, textsAt } from '../resource';
import { ROLL_BACK } from './ways-out';
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
  | {
      readonly kind: 'unrecognized';
      readonly why: string;
      readonly next: readonly string[];
      readonly nearest?: string;
      /** The release that the cluster is in, if it is another one than the plan's. */
      readonly release?: string;
    };

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
  const another = anotherRollout(objects, live, pair, stable ?? canary);
  if (another) {
    return another;
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
      next: ['promote that rollout first, with the plan that it was started with', ROLL_BACK],
      release: releaseIn(canary),
    };
  }
  if (stable && stableRuns !== undefined && stableRuns !== version) {
    return {
      kind: 'unrecognized',
      why: `${deployment} runs version ${stableRuns} (${whichRelease(stable)}), but this plan starts from version ${version}`,
      next: ['check --context and --namespace, or use the plan of the running release'],
      release: releaseIn(stable),
    };
  }
  return stable ? 'before' : { kind: 'unrecognized', why: `${deployment} does not exist, but ${pair.canary.deployment} does`, next: [] };
}

/**
 * Another rollout of the same service, which is in progress and whose declaration differs from this plan's: a track that this plan renamed or
 * left out would go on serving. Undefined if this plan only continues it as the next release.
 */
function anotherRollout(
  objects: PlanObjects,
  live: ReadonlyMap<string, Resource>,
  pair: RolloutPair,
  found: Resource | undefined,
): Unrecognized | undefined {
  const [release, stage] = [releaseIn(found), textAt(found, 'metadata', 'annotations', STAGE_ANNOTATION)];
  if (release === undefined || release === pair.release || !isUnderWay(stage)) {
    return undefined;
  }
  const inNamespace = objects.deployment(pair, pair.stable.deployment)!.key.split('/').slice(0, 3).join('/');
  const tracks = [...live].filter(([key, object]) => key.startsWith(`${inNamespace}/`) && releaseIn(object) === release);
  const [stable, canary] = ['stable', 'canary'].map((role) => {
    const track = tracks.find(([, object]) => textAt(object, 'metadata', 'labels', TRACK_LABEL) === role)?.[1];
    return track && declaredBy(track);
  });
  const { namespace, service } = pair;
  const changes = stable ? changesIn({ namespace, service, stable, canary }, pair).filter(({ kind }) => kind !== 'template') : [];
  if (changes.length === 0) {
    return undefined;
  }
  const sentences = changes.map(({ property, got, was, effect }) => `${property}: got ${got}, but the rollout has ${was}; ${effect}`);
  return {
    kind: 'unrecognized',
    why: `another rollout is in progress at ${stage} (release ${release}): ${sentences.join('; ')}`,
    next: [ROLL_BACK, 'or declare the tracks as that rollout has them, finish it, and make the change afterwards'],
    release,
  };
}

function declaredBy(deployment: Resource): DeclaredTrack {
  return {
    deployment: textAt(deployment, 'metadata', 'name') ?? '',
    version: versionOf(deployment) ?? 'unknown',
    selector: textsAt(deployment, 'spec', 'selector', 'matchLabels'),
    template: textAt(deployment, 'metadata', 'annotations', TEMPLATE_ANNOTATION),
  };
}

function releaseIn(deployment: Resource | undefined): string | undefined {
  return textAt(deployment, 'metadata', 'annotations', RELEASE_ANNOTATION);
}

function whichRelease(deployment: Resource): string {
  const { stage, release } = {
    stage: textAt(deployment, 'metadata', 'annotations', STAGE_ANNOTATION),
    release: releaseIn(deployment),
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
