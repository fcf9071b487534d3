import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Json, JsonObject } from './core/yaml';
import { STAGE_0 } from './core/folders';
import { subsetOf } from './core/names';
import { DEPLOYMENT_LABEL, RELEASE_ANNOTATION, SPLIT_ANNOTATION, STAGE_ANNOTATION, TRACK_LABEL, VERSION_LABEL } from './core/labels';
import { Input, isMap } from './input/input';
import { checkAlone } from './input/check-track';
import { StagedValue, staged, stageInSight } from './staged-value';
import { TrackDeployment } from './kplus-overrides';
import { DEFAULT_GRACE, PodOptions, mainContainer } from './pod';
import { finishPodSpec } from './pod-spec';

/** One track of a release: one Deployment and what its pods run. */
export interface TrackOptions extends PodOptions {
  /**
   * The Deployment's name: at most 46 lower-case letters, digits and `-`. It is the track's identity. In the next
   * release the old canary's block becomes `stable` with its name, and the new version takes the name that is free.
   */
  readonly name: string;

  /**
   * The version it runs, as a string: a label's value, on the pods and for Istio's subset.
   */
  readonly version: string;

  /**
   * The name of the Istio subset.
   *
   * @default - from the version: `1.0` is `v1-0`
   */
  readonly subsetName?: string;

  /**
   * Labels of the Deployment itself, beside `track`.
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
   * The Deployment's `matchLabels`, to adopt one that already runs with another selector (it cannot be changed). If the
   * other track's pods match too, that is the finding `shared-selector`, to be accepted with a reason.
   *
   * @default - the selector labels and the Deployment's name, so that no other pod matches
   */
  readonly selector?: { [key: string]: string };

  /**
   * How the Deployment replaces pods when its template changes.
   *
   * @default - a new pod first (`maxSurge` 1), none less (`maxUnavailable` 0)
   */
  readonly strategy?: kplus.DeploymentStrategy;

  /**
   * How long a pod must be ready to count as available. Less than `progressDeadline`.
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

/** Properties of a `StableTrack` that stands alone. */
export interface StableTrackProps extends TrackOptions {
  /**
   * The number of pods.
   *
   * @default 3
   */
  readonly replicas?: number;

  /**
   * Labels of every pod, for a Service to select by. They are part of the Deployment's selector and cannot change later.
   *
   * @default - `app` with the Deployment's name
   */
  readonly selectorLabels?: { [key: string]: string };

  /**
   * Findings that are known and accepted: the reason, by the finding's code.
   *
   * @default - none
   */
  readonly accept?: { [code: string]: string };
}

/** What a track gets from its pair: its labels, and the values that depend on the stage. */
export interface TrackSettings {
  readonly selectorLabels: { [key: string]: string };
  /** The declared role; at `promoted` the label says the other one. */
  readonly declared: 'stable' | 'canary';
  readonly replicasAt: (folder: string) => number | undefined;
  readonly roleAt?: (folder: string) => string;
  /** The digest of the release; with it come the annotations that say where a cluster is. */
  readonly release?: () => string;
  /** The split of a folder, in words. */
  readonly splitAt?: (folder: string) => string;
  /** The stage that needs no choosing: a pair at rest has only one. */
  readonly fallback: () => string | undefined;
  /** The pod template of a folder, where it is another track's. */
  readonly templateAt?: (folder: string) => Json | undefined;
  /** Where the Deployment lives; undefined for the chart's namespace. */
  readonly namespace?: string | undefined;
  /** Builds the Deployment; where that is impossible, says what is wrong with the properties. */
  readonly build: <T>(track: Construct, create: () => T) => T;
}

/**
 * One track: a Deployment that keeps its selector and its pods through every stage, promotion and release.
 *
 * Its pods are told from all others by a label with the Deployment's name, never by the track's role, which changes.
 * `ApiObject.of(track)` is the Deployment as it will be written, for JSON patches; `deployment` is cdk8s-plus's own.
 */
export abstract class Track extends Construct {
  /** The Deployment, with everything cdk8s-plus can do (`scheduling`, `addContainer`, `connections`, …). */
  public readonly deployment: kplus.Deployment;

  /** The Deployment's name. */
  public readonly name: string;

  /** The version it runs. */
  public readonly version: string;

  /** The name of the Istio subset of this version. */
  public readonly subsetName: string;

  /** The Deployment's `matchLabels`. */
  public get selector(): { [key: string]: string } {
    return { ...this.matchLabels };
  }

  /** @internal */
  public readonly _options: TrackOptions;
  /** @internal */
  public readonly _settings: TrackSettings;
  private readonly matchLabels: { [key: string]: string };

  public constructor(scope: Construct, id: string, options: TrackOptions) {
    super(scope, id);
    const settings = settingsOf(options) ?? alone(this, options);
    this.name = options.name;
    this.version = options.version;
    this.subsetName = options.subsetName ?? subsetOf(String(options.version));
    this._options = options;
    this._settings = settings;
    this.matchLabels = options.selector ?? { ...settings.selectorLabels, ...this._identity() };
    this.deployment = settings.build(this, () => this.createDeployment());
    this.node.defaultChild = this.deployment;
  }

  private createDeployment(): kplus.Deployment {
    const { _options: options, _settings: settings } = this;
    const identity = this._identity();
    return new TrackDeployment(this, 'Deployment', {
      metadata: this.metadata(),
      containers: [mainContainer(options), ...(options.sidecars ?? [])],
      initContainers: options.initContainers,
      volumes: options.volumes,
      serviceAccount: options.serviceAccount,
      automountServiceAccountToken: options.automountServiceAccountToken ?? false,
      dockerRegistryAuth: options.dockerRegistryAuth,
      securityContext: options.podSecurityContext,
      terminationGracePeriod: options.terminationGracePeriod ?? DEFAULT_GRACE,
      strategy: options.strategy ?? rollOneByOne(),
      minReady: options.minReady,
      progressDeadline: options.progressDeadline,
      select: false,
      identity: this.apart(),
      podLabels: { ...settings.selectorLabels, ...options.podLabels, [VERSION_LABEL]: options.version, ...identity },
      podAnnotations: options.podAnnotations ?? {},
      finish: (spec) => this.finish(spec),
    });
  }

  /**
   * The label that tells the pods from all others. An adopted Deployment has none: its pods run without it, and would
   * restart to get it.
   *
   * @internal
   */
  public _identity(): { [key: string]: string } {
    return this.isAdopted() ? {} : { [DEPLOYMENT_LABEL]: this._options.name };
  }

  /** What tells the pods apart as well as can be: by the Deployment's label, or where it is adopted by its selector and version. */
  private apart(): { [key: string]: string } {
    return this.isAdopted() ? { ...this._options.selector, [VERSION_LABEL]: this._options.version } : this._identity();
  }

  private isAdopted(): boolean {
    const { selector } = this._options;
    return isMap(selector) && !(DEPLOYMENT_LABEL in selector);
  }

  private metadata(): object {
    const { _options: options, _settings: settings } = this;
    const release = settings.release;
    return {
      name: options.name,
      namespace: settings.namespace,
      labels: {
        ...options.labels,
        [TRACK_LABEL]: settings.roleAt
          ? this.staged(['metadata', 'labels', TRACK_LABEL], 'stable and canary', settings.roleAt)
          : settings.declared,
      },
      annotations: {
        ...options.annotations,
        ...(release && {
          [STAGE_ANNOTATION]: this.staged(['metadata', 'annotations', STAGE_ANNOTATION], 'stages', (folder) => folder),
          [SPLIT_ANNOTATION]: this.staged(['metadata', 'annotations', SPLIT_ANNOTATION], 'stages', (folder) => settings.splitAt?.(folder)),
          [RELEASE_ANNOTATION]: this.staged(['metadata', 'annotations', RELEASE_ANNOTATION], 'stages', () => release()),
        }),
      },
    };
  }

  /** What cdk8s-plus rendered, with what it cannot know. `replicas` depends on the stage, and an autoscaler may own it. */
  private finish(spec: JsonObject): JsonObject {
    const template = spec.template as JsonObject;
    const finished: { [key: string]: unknown } = {
      ...spec,
      replicas: this.staged(['spec', 'replicas'], 'stages[].split or baseline', this._settings.replicasAt),
      revisionHistoryLimit: this._options.revisionHistoryLimit ?? 3,
      selector: { matchLabels: this.matchLabels },
      template: this.templateInSight() ?? { ...template, spec: finishPodSpec(template.spec as JsonObject, this._options, this.apart()) },
    };
    if (finished.minReadySeconds === 0) {
      delete finished.minReadySeconds;
    }
    return finished as JsonObject;
  }

  /** In a `CanaryApp` the synth hands the template over, after the patches; here it is known for which stage this is. */
  private templateInSight(): Json | undefined {
    const stage = stageInSight(this);
    return stage === undefined ? undefined : this._settings.templateAt?.(stage);
  }

  private staged(path: string[], property: string, at: (folder: string) => unknown): unknown {
    const value: StagedValue = { owner: this, path, property, isList: false, at };
    return staged(value, this._settings.fallback);
  }
}

/** The pods are replaced one by one and the new one comes first, so that no update of a track goes below its count. */
function rollOneByOne(): kplus.DeploymentStrategy {
  return kplus.DeploymentStrategy.rollingUpdate({
    maxSurge: kplus.PercentOrAbsolute.absolute(1),
    maxUnavailable: kplus.PercentOrAbsolute.absolute(0),
  });
}

/** The track that serves at rest. It belongs to a `CanaryPair`, or stands alone as one Deployment. */
export class StableTrack extends Track {
  private readonly accept?: { [code: string]: string };

  /**
   * A stable track that stands alone.
   *
   * @param scope a chart, or a construct in one
   * @param id the construct's id
   * @param props what it runs
   */
  public constructor(scope: Construct, id: string, props: StableTrackProps) {
    super(scope, id, props);
    this.accept = props.accept;
  }

  /** What was accepted of a track that stands alone. @internal */
  public _accept(): { [code: string]: string } | undefined {
    return this.accept;
  }
}

/** The track that carries the new version. It belongs to a `CanaryPair`, as `pair.canary`. */
export class CanaryTrack extends Track {
  /**
   * Made by a `CanaryPair` only.
   *
   * @throws if it is made by anyone else: a canary is one beside a stable track
   */
  public constructor(scope: Construct, id: string, options: TrackOptions) {
    if (!settingsOf(options)) {
      throw new Error(
        `[${scope.node.path}/${id}] CanaryTrack: got no pair; must be made by a CanaryPair; try new CanaryPair, or StableTrack for a track that stands alone`,
      );
    }
    super(scope, id, options);
  }
}

/** The settings of a track that no pair has given any: always the same count, and always stable. */
function alone(owner: Construct, props: StableTrackProps): TrackSettings {
  const input = new Input();
  checkAlone(input, props);
  if (!isMap(props)) {
    throw new Error(`[${owner.node.path}] ${input.problems.join('; ')}`);
  }
  const replicas = props.replicas ?? 3;
  return {
    build: (track, create) => input.guard(track, create),
    selectorLabels: props.selectorLabels ?? { app: props.name },
    declared: 'stable',
    replicasAt: () => replicas,
    fallback: () => STAGE_0,
  };
}

const SETTINGS = Symbol('cdk8s-canary.settings');

/** Hands a pair's settings to its track beside the properties, where no other language and no user sees them. */
export function withSettings(options: TrackOptions, settings: TrackSettings): TrackOptions {
  return Object.defineProperty({ ...options }, SETTINGS, { value: settings });
}

function settingsOf(options: TrackOptions): TrackSettings | undefined {
  return (options as { [SETTINGS]?: TrackSettings } | undefined)?.[SETTINGS];
}
