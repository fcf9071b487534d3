/**
 * The order in which objects are applied. `kubectl apply -f` processes a file from top to bottom and does not stop at an error, so an
 * object comes after the objects that it needs.
 */

/**
 * The rank of each kind: two digits, which also begin the file name if each object has its own file. Kinds that are not listed come after
 * the workloads.
 */
const RANKS: Readonly<Record<string, number>> = {
  Namespace: 0,
  CustomResourceDefinition: 2,
  ResourceQuota: 4,
  LimitRange: 4,
  PriorityClass: 4,
  StorageClass: 4,
  PersistentVolume: 4,
  ServiceAccount: 6,
  ClusterRole: 6,
  Role: 6,
  ClusterRoleBinding: 7,
  RoleBinding: 7,
  ConfigMap: 8,
  Secret: 8,
  PersistentVolumeClaim: 8,
  NetworkPolicy: 9,
  Service: 10,
  Deployment: 20,
  StatefulSet: 20,
  DaemonSet: 20,
  ReplicaSet: 20,
  Pod: 20,
  Job: 20,
  CronJob: 20,
  HorizontalPodAutoscaler: 40,
  ScaledObject: 40,
  PodDisruptionBudget: 41,
  DestinationRule: 50,
  Gateway: 50,
  ReferenceGrant: 50,
  VirtualService: 60,
  HTTPRoute: 60,
  GRPCRoute: 60,
  TCPRoute: 60,
  Ingress: 60,
};

const OTHERS = 30;

/** The rank of an object. A canary's Deployment comes directly after the stable ones. */
export function rankOf(kind: string, isCanary = false): number {
  return (Object.hasOwn(RANKS, kind) ? RANKS[kind]! : OTHERS) + (isCanary ? 1 : 0);
}

/**
 * Sorts items so that each comes after its dependencies, and otherwise by their keys. The result does not depend on the order of the input.
 *
 * @param keyOf unique among the items
 * @param dependenciesOf items of the same list; others are ignored
 * @throws if there is a cycle; the message names the keys of the items that could not be sorted
 */
export function sortByDependencies<T>(items: readonly T[], keyOf: (item: T) => string, dependenciesOf: (item: T) => Iterable<T>): T[] {
  const keys = new Map(items.map((item) => [item, keyOf(item)]));
  const sorted = [...items].sort((a, b) => compare(keys.get(a)!, keys.get(b)!));
  const waitsFor = new Map<T, number>();
  const dependents = new Map<T, T[]>();
  for (const item of sorted) {
    const dependencies = [...new Set(dependenciesOf(item))].filter((dependency) => dependency !== item && keys.has(dependency));
    waitsFor.set(item, dependencies.length);
    for (const dependency of dependencies) {
      dependents.set(dependency, [...(dependents.get(dependency) ?? []), item]);
    }
  }
  const ready = new SortedQueue<T>((a, b) => compare(keys.get(a)!, keys.get(b)!));
  sorted.filter((item) => waitsFor.get(item) === 0).forEach((item) => ready.push(item));
  const result: T[] = [];
  for (let item = ready.shift(); item !== undefined; item = ready.shift()) {
    result.push(item);
    for (const dependent of dependents.get(item) ?? []) {
      const left = waitsFor.get(dependent)! - 1;
      waitsFor.set(dependent, left);
      if (left === 0) {
        ready.push(dependent);
      }
    }
  }
  if (result.length < items.length) {
    const circle = sorted.filter((item) => waitsFor.get(item)! > 0).map((item) => keys.get(item)!);
    throw new Error(`circular dependency between ${circle.join(', ')}`);
  }
  return result;
}

/** Compares code units, as `Array.sort` does, so that the order does not depend on the machine's language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A queue that returns the least item first. Items mostly arrive in order, so an insertion from the end is cheap. */
class SortedQueue<T> {
  private readonly items: T[] = [];
  private head = 0;

  constructor(private readonly order: (a: T, b: T) => number) {}

  push(item: T): void {
    let low = this.head;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.order(this.items[middle]!, item) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    this.items.splice(low, 0, item);
  }

  shift(): T | undefined {
    return this.items[this.head++];
  }
}
