import type { Difference } from '../kubernetes/compare';
import type { Holder } from '../kubernetes/lease';
import type { Expectation } from '../traffic/expected-share';
import type { PairHealth } from './pair-health';
import type { Position } from './position';

/** The status of a rollout: the position of the cluster, and the state of each pair. Its JSON is the output of `status -o json`. */
export interface Status {
  readonly context: string;
  readonly namespace: string;
  readonly position: Position;
  readonly next: string | undefined;
  readonly pairs: readonly (PairHealth & {
    readonly versions: { readonly stable?: string; readonly canary?: string };
    /** The canary's share of the traffic, from the route or the ready endpoints. */
    readonly share: Expectation;
    /**
     * Whether the controllers of the route's parents have accepted it in its present generation, which is necessary for its weights to be in
     * force, and not sufficient; undefined if the pair has no such route, or it does not exist.
     */
    readonly route?: { readonly isAccepted: boolean; readonly why?: string };
    /** The ConfigMaps of the plan's `VersionedConfig`s that each track reads in the cluster; undefined if the plan has none. */
    readonly configs?: { readonly stable: readonly string[]; readonly canary: readonly string[] };
  })[];
  /** The objects that are missing or differ from the folder that the cluster is at; empty if the cluster is not at a folder. */
  readonly drift: readonly { readonly object: string; readonly differences: readonly Difference[] }[];
  readonly holders: readonly Holder[];
  /** A rollback that was started and has not ended. */
  readonly turned: { readonly why: string; readonly by: string; readonly at: string } | undefined;
}
