import { STAGE_0 } from '../../../../lib/core/folders';
import type { PlanFile } from '../plan/plan';
import { ObjectRef, Resource, keyOf, refOf } from '../resource';

/** One object of a release: the same in all folders but for what depends on the stage. */
export interface PlanObject {
  readonly ref: ObjectRef;
  readonly key: string;
  /** Its manifest in each folder that holds it. */
  readonly manifests: ReadonlyMap<string, Resource>;
  /** The fields that are not alike in all folders: what tells folders apart on a cluster. */
  readonly varying: readonly Path[];
}

/** Keys from the root of an object to a field. Lists are fields as a whole where they vary. */
export type Path = readonly string[];

/** Where a folder's fields stand that only say where the cluster is; the rest is what it does. */
const ANNOTATIONS: Path = ['metadata', 'annotations'];

/** The objects of a release, and the folders that hold them. */
export class PlanObjects {
  readonly all: readonly PlanObject[];
  private readonly byKey: ReadonlyMap<string, PlanObject>;

  /**
   * @param manifestsOf the manifests of a folder, in the order in which they are applied
   * @param namespace of what names none
   */
  constructor(
    readonly plan: PlanFile,
    readonly folders: readonly string[],
    manifestsOf: (folder: string) => readonly Resource[],
    readonly namespace: string,
  ) {
    const manifests = new Map<string, { ref: ObjectRef; manifests: Map<string, Resource> }>();
    for (const folder of folders) {
      for (const manifest of manifestsOf(folder)) {
        const ref = this.placed(refOf(manifest));
        const entry = manifests.get(keyOf(ref)) ?? { ref, manifests: new Map<string, Resource>() };
        entry.manifests.set(folder, manifest);
        manifests.set(keyOf(ref), entry);
      }
    }
    this.all = [...manifests].map(([key, entry]) => ({ ...entry, key, varying: varyingPaths([...entry.manifests.values()]) }));
    this.byKey = new Map(this.all.map((object) => [object.key, object]));
  }

  /** The objects of a folder, in the order in which they are applied. */
  in(folder: string): readonly PlanObject[] {
    return this.all.filter(({ manifests }) => manifests.has(folder));
  }

  find(ref: ObjectRef): PlanObject | undefined {
    return this.byKey.get(keyOf(this.placed(ref)));
  }

  deployment(pair: { readonly namespace?: string }, name: string): PlanObject | undefined {
    return this.find({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: pair.namespace, name });
  }

  /** The objects by which a cluster tells where it is. */
  get telling(): readonly PlanObject[] {
    return this.all.filter(({ varying }) => varying.length > 0);
  }

  /** The same object with its namespace: the one that is asked for stands in for one that is left out. */
  placed(ref: ObjectRef): ObjectRef {
    return isClusterWide(ref.kind) ? ref : { ...ref, namespace: ref.namespace ?? this.namespace };
  }

  /** The order in which folders can follow each other, in pairs: forward, and back. */
  get steps(): readonly (readonly [string, string])[] {
    const { advance, rollback } = this.plan.order;
    const pairsOf = (folders: readonly string[]) => folders.slice(1).map((to, n) => [folders[n]!, to] as const);
    // A half-done advance to a stage goes back from there, so what comes before it can be followed by the same.
    const before = (stage: string) => [...advance.slice(Math.max(0, lastStageBefore(this.plan, stage)), advance.indexOf(stage)), stage];
    return [
      ...pairsOf(advance),
      ...Object.entries(rollback).flatMap(([from, folders]) => [
        ...before(from).flatMap((start) => (folders[0] === undefined ? [] : [[start, folders[0]] as const])),
        ...pairsOf(folders),
      ]),
    ];
  }
}

/** Where in the way forward the stage before this one stands; that of `stage-0` for the first. */
function lastStageBefore(plan: PlanFile, stage: string): number {
  const { advance } = plan.order;
  const stops = [STAGE_0, ...plan.stages.map(({ folder }) => folder)].filter((folder) => advance.indexOf(folder) < advance.indexOf(stage));
  return advance.indexOf(stops.at(-1) ?? STAGE_0) + 1;
}

/** The kinds without a namespace that stand in charts; discovery says the same, and needs a cluster. */
function isClusterWide(kind: string): boolean {
  return ['Namespace', 'PersistentVolume', 'ClusterRole', 'ClusterRoleBinding', 'StorageClass', 'PriorityClass', 'GatewayClass'].includes(
    kind,
  );
}

/** The paths at which some of the manifests differ. */
export function varyingPaths(manifests: readonly Resource[]): Path[] {
  const found: Path[] = [];
  const visit = (values: readonly unknown[], path: Path) => {
    if (values.every((value) => sameJson(value, values[0]))) {
      return;
    }
    if (values.every((value) => value === undefined || isMap(value))) {
      const keys = new Set(values.flatMap((value) => Object.keys((value as object | undefined) ?? {})));
      [...keys].sort().forEach((key) =>
        visit(
          values.map((value) => value?.[key]),
          [...path, key],
        ),
      );
    } else {
      found.push(path);
    }
  };
  visit(manifests, []);
  return found;
}

/** Whether a path lies in what only says where the cluster is. */
export function isAnnotation(path: Path): boolean {
  return ANNOTATIONS.every((key, n) => path[n] === key);
}

export function isMap(value: unknown): value is Resource {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) {
    return true;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, n) => sameJson(item, b[n]));
  }
  if (isMap(a) && isMap(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => key in b && sameJson(a[key], b[key]));
  }
  return false;
}
