import type { Duration } from 'cdk8s';
import type * as kplus from './kplus';
import type { PodOptions } from './pod';

/** One track of a release: one Deployment and the pods that it runs. */
export interface TrackOptions extends PodOptions {
  /**
   * The Deployment's name: at most 46 lower-case letters, digits and `-`, or 63 if `selector` adopts it. It is the track's identity. In the next
   * release, the old canary's block becomes `stable` and keeps its name, and the new version takes the free name.
   */
  readonly name: string;

  /**
   * The version that the track runs, as a string. It must be a valid label value: it labels the pods and selects Istio's subset.
   */
  readonly version: string;

  /**
   * The name of the Istio subset.
   *
   * @default - from the version: `1.0` is `v1-0`
   */
  readonly subsetName?: string;

  /**
   * Labels of the Deployment itself, in addition to `track`.
   *
   * @default - none
   */
  readonly labels?: { [key: string]: string };

  /**
   * Annotations of the Deployment itself.
   *
   * @default - none
   */
  readonly annotations?: { [key: string]: string };

  /**
   * The Deployment's `matchLabels`, to adopt a Deployment that already runs with another selector, because a selector is immutable. If
   * the pods of the other track match too, synth reports the finding `shared-selector`, which you must accept with a reason.
   *
   * @default - the selector labels and the Deployment's name, so that no other pod matches
   */
  readonly selector?: { [key: string]: string };

  /**
   * How the Deployment replaces pods when its template changes.
   *
   * @default - starts a new pod before it stops an old one (`maxSurge` 1, `maxUnavailable` 0)
   */
  readonly strategy?: kplus.DeploymentStrategy;

  /**
   * How long a pod must be ready before it counts as available. Less than `progressDeadline`.
   *
   * @default Duration.seconds(0)
   */
  readonly minReady?: Duration;

  /**
   * How long a Deployment may make no progress before it is reported as failed.
   *
   * @default Duration.minutes(10)
   */
  readonly progressDeadline?: Duration;

  /**
   * How many old ReplicaSets are kept for `kubectl rollout undo`.
   *
   * @default 3
   */
  readonly revisionHistoryLimit?: number;
}

/** Properties of a `StableTrack` without a pair. */
export interface StableTrackProps extends TrackOptions {
  /**
   * The number of pods.
   *
   * @default 3
   */
  readonly replicas?: number;

  /**
   * Labels of every pod, for the selector of a Service. They are part of the Deployment's selector and cannot change later.
   *
   * @default - `app` with the Deployment's name
   */
  readonly selectorLabels?: { [key: string]: string };

  /**
   * The findings that you accept: a map from the code of a finding to the reason.
   *
   * @default - none
   */
  readonly accept?: { [code: string]: string };
}
