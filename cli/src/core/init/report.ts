/** What a new app has in common with what runs, and what it changes. */
export interface Report {
  /** `Deployment/shop`. */
  readonly workload: string;
  readonly same: readonly string[];
  /** What differs, each with the reason. */
  readonly differs: readonly string[];
  /** The fields that no property sets. */
  readonly patches: readonly { readonly path: string; readonly why: string }[];
  /** The changes of the pod template, by which the first apply of `stage-0` replaces all pods once; none if no pod restarts. */
  readonly restarts: readonly string[];
  /** The objects of the input that are not in the app, and stay as they are. */
  readonly left: readonly Left[];
  readonly remarks: readonly string[];
}

/** An object that is not in the app, and why. */
export interface Left {
  readonly object: string;
  readonly why: string;
}
