import { STAGE_0 } from '../../../../lib/core/folders';
import { scopeOf } from '../../../../lib/core/scope';
import type { PairEntry, PlanFile } from '../plan/plan';
import { type ObjectRef, type Resource, keyOf, refOf } from '../resource';

/** One object of a release: the same in all folders except for the fields that depend on the stage. */
export interface PlanObject {
  readonly ref: ObjectRef;
  readonly key: string;
  /** Its manifest in each folder that contains it. */
  readonly manifests: ReadonlyMap<string, Resource>;
  /** The fields that differ between folders, and so show which folder a cluster is at. */
  readonly varying: readonly Path[];
}

/** Keys from the root of an object to a field. A list that varies is one field. */
export type Path = readonly string[];

/** The path of the fields that only record the position of the cluster. All other fields change its behavior. */
const ANNOTATIONS: Path = ['metadata', 'annotations'];

/** The objects of a release, and the folders that contain them. */
export class PlanObjects {
  readonly all: readonly PlanObject[];
  private readonly byKey: ReadonlyMap<string, PlanObject>;

  /**
   * @param manifestsOf returns the manifests of a folder in apply order
   * @param namespace the namespace of objects that name none
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

  /** The objects of a folder, in apply order. */
  in(folder: string): readonly PlanObject[] {
    return this.all.filter(({ manifests }) => manifests.has(folder));
  }

  find(ref: ObjectRef): PlanObject | undefined {
    return this.byKey.get(keyOf(this.placed(ref)));
  }

  deployment(pair: { readonly namespace?: string }, name: string): PlanObject | undefined {
    return this.find({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: pair.namespace, name });
  }

  /** The autoscaler of a Deployment; undefined if the folders have none. */
  autoscaler(pair: { readonly namespace?: string }, deployment: string): PlanObject | undefined {
    return this.find({ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', namespace: pair.namespace, name: deployment });
  }

  /** The Service of a pair; undefined if the folders have none. */
  service({ namespace, service }: Pick<PairEntry, 'namespace' | 'service'>): PlanObject | undefined {
    return this.find({ apiVersion: 'v1', kind: 'Service', namespace, name: service });
  }

  /** The objects whose fields show the position of a cluster. */
  get telling(): readonly PlanObject[] {
    return this.all.filter(({ varying }) => varying.length > 0);
  }

  /** Returns the reference with a namespace: a reference that names none gets the requested namespace. */
  placed(ref: ObjectRef): ObjectRef {
    return scopeOf(ref.apiVersion, ref.kind) === 'cluster' ? ref : { ...ref, namespace: ref.namespace ?? this.namespace };
  }

  /** The transitions that are possible between folders, as pairs: forward, and back. */
  get steps(): readonly (readonly [string, string])[] {
    const { advance, rollback } = this.plan.order;
    const pairsOf = (folders: readonly string[]) => folders.slice(1).map((to, n) => [folders[n]!, to] as const);
    // An incomplete advance to a stage is rolled back from that stage, so the folders before it have the same successor.
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

/** Returns the index in `order.advance` after the stage that precedes this one; for the first stage, the index after `stage-0`. */
function lastStageBefore(plan: PlanFile, stage: string): number {
  const { advance } = plan.order;
  const stops = [STAGE_0, ...plan.stages.map(({ folder }) => folder)].filter((folder) => advance.indexOf(folder) < advance.indexOf(stage));
  return advance.indexOf(stops.at(-1) ?? STAGE_0) + 1;
}

/** Returns the paths at which some of the manifests differ. */
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

/** Whether a path is in the annotations, which only record the position of the cluster. */
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
