import { isDeepStrictEqual } from 'node:util';
import type { Resource } from './api';
import { clusterInfo } from './cluster-info';
import type { Namespace } from './namespace';

/** The part of an object that a rollout determines: the requested state, and the pod counts. */
export interface Left {
  readonly uid: string;
  readonly labels: object;
  readonly annotations: object;
  readonly spec: object;
  readonly pods?: { readonly ready: number; readonly all: number };
}

/** The objects of a rollout, by kind and name. */
export type State = Readonly<Record<string, Left>>;

const KINDS = [
  ['apps/v1', 'deployments'],
  ['v1', 'services'],
  ['networking.istio.io/v1', 'virtualservices'],
  ['networking.istio.io/v1', 'destinationrules'],
] as const;

/** Fields of a Service that the API server fills in, with different values in every namespace. */
const OF_THE_SERVER = ['clusterIP', 'clusterIPs', 'healthCheckNodePort'];

/** The current objects of a rollout, without the fields that differ between namespaces. */
export async function stateOf(namespace: Namespace): Promise<State> {
  const kinds = KINDS.filter(([group]) => clusterInfo.hasIstio || !group.includes('istio'));
  const lists = await Promise.all(
    kinds.map(async ([group, plural]) => (await namespace.list(group, plural)).map((object) => [plural, object])),
  );
  const entries = lists.flat().map(([plural, object]) => {
    const { metadata, spec, status = {} } = object as Resource;
    const kept = Object.entries(spec as object).filter(([key]) => plural !== 'services' || !OF_THE_SERVER.includes(key));
    const left: Left = {
      uid: metadata.uid,
      labels: metadata.labels ?? {},
      annotations: annotationsOf(metadata),
      spec: Object.fromEntries(kept),
      ...(plural === 'deployments' ? { pods: { ready: status.readyReplicas ?? 0, all: status.replicas ?? 0 } } : {}),
    };
    return [`${plural as string}/${metadata.name}`, left] as const;
  });
  return Object.fromEntries(entries);
}

/** Leaves out kubectl's last-applied annotation, because it contains the namespace. */
function annotationsOf({ annotations = {} }: Resource): object {
  const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...kept } = annotations as Record<string, string>;
  return kept;
}

/** The folders in the stage annotations of the objects. */
export function foldersIn(state: State): string[] {
  const stages = Object.values(state).map(({ annotations }) => (annotations as Record<string, string>)['cdk8s-canary/stage']);
  return [...new Set(stages.filter((stage) => stage !== undefined))].sort();
}

/** The differences between two states, one per line. UIDs may differ between namespaces, so only `lostSince` compares them. */
export function differencesBetween(found: State, wanted: State): string[] {
  const names = [...new Set([...Object.keys(found), ...Object.keys(wanted)])].sort();
  return names.flatMap((name) => {
    const [one, other] = [found[name], wanted[name]];
    if (!one || !other) {
      return [`${name} is ${one ? 'there, and should not be' : 'not there'}`];
    }
    return (['labels', 'annotations', 'spec', 'pods'] as const)
      .filter((part) => !isDeepStrictEqual(one[part], other[part]))
      .map((part) => `${name}: ${part} ${JSON.stringify(one[part])}, and not ${JSON.stringify(other[part])}`);
  });
}

/** The objects that were deleted or recreated since a state. A rollout must keep its objects. */
export function lostSince(before: State, after: State): string[] {
  return Object.entries(before)
    .filter(([name, { uid }]) => after[name]?.uid !== uid)
    .map(([name]) => `${name} is ${after[name] ? 'another object' : 'gone'}`);
}
