import { STAGE_0 } from '../../../../lib/core/folders';
import { VERSION_LABEL } from '../../../../lib/core/labels';
import { type Path, type PlanObject, PlanObjects, sameJson } from '../kubernetes/objects';
import { type PlanFile, type RolloutPair, rolloutPairs } from '../plan/plan';
import { type ObjectRef, type Resource, at, textsAt } from '../resource';
import { routerOf } from '../routers';

/**
 * What a rollback needs to know, kept in the Lease of each pair when the rollout begins: the names, the counts and the route of every folder.
 * It has no pod templates. So a rollback works from any machine and with any `dist/`, and starts no pod that did not run before.
 */
export interface RollbackRecord {
  readonly version: 1;
  readonly pair: RecordedPair;
  readonly stages: PlanFile['stages'];
  readonly order: PlanFile['order'];
  readonly folders: readonly string[];
  readonly objects: readonly RecordedObject[];
}

type RecordedPair = Pick<
  RolloutPair,
  'path' | 'namespace' | 'service' | 'selector' | 'router' | 'promotion' | 'release' | 'autoscaling' | 'stable' | 'canary'
>;

interface RecordedObject {
  readonly ref: ObjectRef;
  readonly fields: readonly RecordedField[];
}

/** A field that depends on the folder. */
interface RecordedField {
  readonly path: Path;
  readonly values: readonly unknown[];
  /** For each folder the index of its value; -1 where the field is not set. */
  readonly at: readonly number[];
}

/** The part of a pod template that tells two templates of one Deployment apart. */
const VERSION_PATH: Path = ['spec', 'template', 'metadata', 'labels', VERSION_LABEL];

/** Returns the records of a plan, one for each pair that has a canary. */
export function recordsOf(objects: PlanObjects): readonly RollbackRecord[] {
  const pairs = rolloutPairs(objects.plan);
  const owned = new Map(objects.telling.map((object) => [object, ownerOf(objects, object, pairs)]));
  return pairs.map((pair) => {
    const { path, namespace, service, selector, router, promotion, release, autoscaling, stable, canary } = pair;
    const { manifests } = objects.service(pair) ?? {};
    const live = textsAt([...(manifests?.values() ?? [])][0], 'spec', 'selector');
    return {
      version: 1,
      pair: { path, namespace, service, selector: selector ?? live, router, promotion, release, autoscaling, stable, canary },
      stages: objects.plan.stages,
      order: objects.plan.order,
      folders: objects.folders,
      objects: [...owned].filter(([, owner]) => owner === pair).map(([object]) => recorded(object, objects.folders)),
    };
  });
}

/** The pair to which an object belongs; the first one if it belongs to none. */
function ownerOf(objects: PlanObjects, object: PlanObject, pairs: readonly RolloutPair[]): RolloutPair | undefined {
  const isTrack = (pair: RolloutPair) =>
    [pair.stable, pair.canary].some(({ deployment }) =>
      [objects.deployment(pair, deployment), objects.autoscaler(pair, deployment)].some((one) => one?.key === object.key),
    );
  const isRoute = (pair: RolloutPair) => routerOf(pair).route?.find([...object.manifests.values()], pair) !== undefined;
  return pairs.find(isTrack) ?? pairs.find(isRoute) ?? pairs[0];
}

function recorded({ ref, manifests, varying }: PlanObject, folders: readonly string[]): RecordedObject {
  const isTemplate = (path: Path) => path[0] === 'spec' && path[1] === 'template' && ref.kind === 'Deployment';
  const paths = varying.filter((path) => !isTemplate(path));
  return {
    ref,
    fields: [...paths, ...(varying.some(isTemplate) ? [VERSION_PATH] : [])].map((path) => {
      const values: unknown[] = [];
      const indexes = folders.map((folder) => {
        const value = at(manifests.get(folder), ...path);
        if (value === undefined) {
          return -1;
        }
        const known = values.findIndex((one) => sameJson(one, value));
        return known < 0 ? values.push(value) - 1 : known;
      });
      return { path, values, at: indexes };
    }),
  };
}

/**
 * Returns the objects of a rollback, whose manifests have nothing but the recorded fields, and the plan that they follow.
 *
 * @param records of one app: all of them have the same stages
 */
export function objectsOf(records: readonly RollbackRecord[], namespace: string): PlanObjects {
  const [{ folders, stages, order }] = records as [RollbackRecord];
  const pairs = records.map(({ pair }) => pair);
  const deployment = ({ namespace: own }: RecordedPair, name: string): ObjectRef => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: own,
    name,
  });
  const plan: PlanFile = {
    version: 1,
    stages,
    order,
    pairs: pairs.map((pair) => ({
      ...pair,
      baseline: 1,
      floor: 1,
      stages: [],
      costs: {},
      states: { [STAGE_0]: { stable: 1, canary: 0 } },
      transitions: [],
    })),
    cleanup: {
      afterPromotion: pairs.map((pair) => deployment(pair, pair[pair.promotion === 'roll' ? 'canary' : 'stable'].deployment)),
      afterRollback: pairs.map((pair) => deployment(pair, pair.canary.deployment)),
    },
    findings: [],
    files: {},
  };
  const manifestsIn = (folder: string) =>
    records.flatMap(({ pair, objects }) => [serviceOf(pair), ...objects.map((object) => manifestOf(object, folders.indexOf(folder)))]);
  return new PlanObjects(plan, folders, manifestsIn, namespace);
}

function serviceOf({ service, namespace, selector }: RecordedPair): Resource {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: service, ...(namespace && { namespace }) }, spec: { selector } };
}

function manifestOf({ ref: { apiVersion, kind, name, namespace }, fields }: RecordedObject, folder: number): Resource {
  const manifest: Resource = { apiVersion, kind, metadata: { name, ...(namespace && { namespace }) } };
  for (const { path, values, at: indexes } of fields) {
    const index = indexes[folder] ?? -1;
    if (index >= 0) {
      set(manifest, path, values[index]);
    }
  }
  return manifest;
}

function set(object: Resource, path: Path, value: unknown): void {
  const [key, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) {
    object[key] = value;
  } else {
    const inner = { ...(object[key] as Resource | undefined) };
    object[key] = inner;
    set(inner, rest, value);
  }
}

/** Whether a value that a Lease holds is a record; another client may have written anything. */
export function isRecord(value: unknown): value is RollbackRecord {
  const record = value as Partial<RollbackRecord> | null | undefined;
  return (
    record?.version === 1 &&
    [record.stages, record.folders, record.objects, record.order?.advance].every(Array.isArray) &&
    record.order!.advance.includes(STAGE_0) &&
    typeof record.pair?.release === 'string' &&
    [record.pair.stable, record.pair.canary].every((track) => typeof track?.deployment === 'string')
  );
}

/** Whether two records are of one app, so that one rollback takes both back. */
export function belongTogether(a: RollbackRecord, b: RollbackRecord): boolean {
  return sameJson(a.order, b.order) && sameJson(a.stages, b.stages) && sameJson(a.folders, b.folders);
}
