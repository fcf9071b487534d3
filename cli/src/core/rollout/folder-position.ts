import { PROMOTED, STAGE_0 } from '../../../../lib/core/folders';
import { STAGE_ANNOTATION } from '../../../../lib/core/labels';
import { hasValueOf } from '../kubernetes/field-match';
import { type Path, type PlanObject, type PlanObjects, isAnnotation } from '../kubernetes/objects';
import { type ObjectRef, type Resource, at, keyOf, nameOf, textAt } from '../resource';
import { showValue } from '../text/show-value';
import type { Position, RecordedTransition, Unrecognized } from './position';

/**
 * Determines the position within this release from the folders in which each object can be.
 *
 * @param recorded decides between candidates that match the cluster equally well
 * @param isAsked whether an object counts; all of them by default
 */
export function folderPosition(
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
  const found = [...object.manifests].filter(([, manifest]) => paths.every((path) => hasValueOf(live, manifest, path)));
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
        .filter((path) => !hasValueOf(found, manifest, path))
        .map(
          (path) =>
            `${nameOf(object.ref)} has .${path.join('.')} ${showValue(at(found, ...path), path.join('.'))}, and ${folder} has ${showValue(at(manifest, ...path), path.join('.'))}`,
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
