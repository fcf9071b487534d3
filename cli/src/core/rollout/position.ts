/** The position of a cluster in a plan. */
export type Position =
  /** None of the pairs' Deployments exists. */
  | { readonly kind: 'absent' }
  /** The stable versions run, and nothing of this release is applied: `stage-0` is next, and its apply starts no pod. */
  | { readonly kind: 'before' }
  | { readonly kind: 'at'; readonly folder: string }
  /** The driver began to apply the second folder at the first one, and the second one is incomplete. */
  | { readonly kind: 'between'; readonly from: string; readonly to: string }
  | Unrecognized;

/** A state that no apply of this plan produces. */
export interface Unrecognized {
  readonly kind: 'unrecognized';
  readonly why: string;
  /** The lines that tell the user what to do. */
  readonly next: readonly string[];
  /** The folder that matches most of the state, if the cluster is in this release. */
  readonly nearest?: string;
  /** The release that the cluster is in, if it is another one than the plan's. */
  readonly release?: string;
}

/** The transition that the driver recorded before it began: its direction and its folders. */
export interface RecordedTransition {
  readonly direction: 'advance' | 'rollback';
  /** The folder where the cluster was. */
  readonly from: string | undefined;
  /** The folder that the driver began to apply. */
  readonly to: string;
}
