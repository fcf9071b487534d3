import * as kplus from './kplus';
import { Construct } from 'constructs';
import type { Json, JsonObject } from './core/yaml';
import { STAGE_0 } from './core/folders';
import { subsetOf } from './core/names';
import { DEPLOYMENT_LABEL, RELEASE_ANNOTATION, SPLIT_ANNOTATION, STAGE_ANNOTATION, TRACK_LABEL, VERSION_LABEL } from './core/labels';
import { Input, isMap } from './input/input';
import { checkAlone, isAdopted } from './input/check-track';
import { type StagedValue, stageInSight, staged } from './staged-value';
import { TrackDeployment } from './kplus-overrides';
import { DEFAULT_GRACE, mainContainer } from './pod';
import { finishPodSpec } from './pod-spec';
import { TrackAutoscaler } from './track-autoscaler';
import type { AutoscalingOptions } from './autoscaling';
import type { StableTrackProps, TrackOptions } from './track-props';

/** The settings that a track gets from its pair: its labels, and the values that depend on the stage. */
export interface TrackSettings {
  readonly selectorLabels: { [key: string]: string };
  /** The declared role. At `promoted` the role label has the other role. */
  readonly declared: 'stable' | 'canary';
  /** The pods in a folder; the fewest pods if an autoscaler sets the count. */
  readonly podsAt: (folder: string) => number;
  /** Whether an autoscaler sets the count in folders in which the track receives traffic. */
  readonly isAutoscaled?: () => boolean;
  readonly roleAt?: (folder: string) => string;
  /** The digest of the release. If it is set, the Deployment gets the annotations that record the position of the cluster. */
  readonly release?: () => string;
  /** The split of a folder as text, for the annotation. */
  readonly splitAt?: (folder: string) => string;
  /** The stage if none is selected; undefined for a pair with a canary, which has several stages. */
  readonly fallback: () => string | undefined;
  /** The pod template of a folder if it is another track's; undefined for the track's own. */
  readonly templateAt?: (folder: string) => Json | undefined;
  /** The Deployment's namespace; undefined for the chart's. */
  readonly namespace?: string | undefined;
  /** Builds the Deployment. If that fails, throws an error that names the invalid properties. */
  readonly build: <T>(track: Construct, create: () => T) => T;
}

/**
 * One track: a Deployment that keeps its selector and its pods through every stage, promotion and release.
 *
 * A label with the Deployment's name distinguishes its pods from all others. The track's role cannot, because it changes.
 * `ApiObject.of(track)` is the Deployment as it will be written, for JSON patches; `deployment` is the construct of cdk8s-plus.
 */
export abstract class Track extends Construct {
  /** The Deployment, with all methods of cdk8s-plus (`scheduling`, `addContainer`, `connections`, …). */
  public readonly deployment: kplus.Deployment;

  /** The Deployment's name. */
  public readonly name: string;

  /** The version that the track runs. */
  public readonly version: string;

  /** The name of the Istio subset of this version. */
  public readonly subsetName: string;

  /** The HorizontalPodAutoscaler; undefined if the pair has no `autoscaling`, or the canary has a fixed count because there is no router. */
  public get autoscaler(): kplus.HorizontalPodAutoscaler | undefined {
    return this.ownAutoscaler;
  }

  /** The Deployment's `matchLabels`. */
  public get selector(): { [key: string]: string } {
    return { ...this.matchLabels };
  }

  /** @internal */
  public readonly _options: TrackOptions;
  /** @internal */
  public readonly _settings: TrackSettings;
  private readonly matchLabels: { [key: string]: string };
  private ownAutoscaler?: TrackAutoscaler;

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
      hostAliases: options.hostAliases,
      dns: options.dns,
      serviceAccount: options.serviceAccount,
      automountServiceAccountToken: options.automountServiceAccountToken ?? false,
      dockerRegistryAuth: options.dockerRegistryAuth,
      securityContext: options.podSecurityContext,
      terminationGracePeriod: options.terminationGracePeriod ?? DEFAULT_GRACE,
      strategy: options.strategy ?? rollOneByOne(),
      minReady: options.minReady,
      progressDeadline: options.progressDeadline,
      select: false,
      identity: this._podLabels(),
      podLabels: { ...settings.selectorLabels, ...options.podLabels, [VERSION_LABEL]: options.version, ...identity },
      podAnnotations: options.podAnnotations ?? {},
      finish: (spec) => this.finish(spec),
    });
  }

  /**
   * The label that distinguishes the pods from all others. An adopted Deployment has none: its pods run without the label, and adding
   * it would restart them.
   *
   * @internal
   */
  public _identity(): { [key: string]: string } {
    return this._isAdopted() ? {} : { [DEPLOYMENT_LABEL]: this._options.name };
  }

  /**
   * The labels that distinguish the pods best: the Deployment's label, or the selector and the version if the Deployment is adopted.
   *
   * @internal
   */
  public _podLabels(): { [key: string]: string } {
    return this._isAdopted() ? { ...this._options.selector, [VERSION_LABEL]: this._options.version } : this._identity();
  }

  /** Whether the track takes over a Deployment that runs with a selector of its own. @internal */
  public _isAdopted(): boolean {
    return isAdopted(this._options);
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

  /** Adds the fields that cdk8s-plus cannot set. `replicas` depends on the stage. */
  private finish(spec: JsonObject): JsonObject {
    const template = spec.template as JsonObject;
    const finished: { [key: string]: unknown } = {
      ...spec,
      replicas: this.staged(['spec', 'replicas'], 'stages[].split or baseline', (folder) => this.replicasAt(folder)),
      revisionHistoryLimit: this._options.revisionHistoryLimit ?? 3,
      selector: { matchLabels: this.matchLabels },
      template: this.templateInSight() ?? {
        ...template,
        spec: finishPodSpec(template.spec as JsonObject, this._options, this._podLabels(), this.deployment),
      },
    };
    if (finished.minReadySeconds === 0) {
      delete finished.minReadySeconds;
    }
    return finished as JsonObject;
  }

  /** Left out where an autoscaler sets it. At 0 Kubernetes pauses the autoscaler, so a track without traffic always has a count. */
  private replicasAt(folder: string): number | undefined {
    const pods = this._settings.podsAt(folder);
    return this._settings.isAutoscaled?.() && pods > 0 ? undefined : pods;
  }

  /** Adds the autoscaler of an autoscaled pair. @internal */
  public _autoscale(options: AutoscalingOptions): void {
    const { podsAt, namespace, fallback } = this._settings;
    this.ownAutoscaler = new TrackAutoscaler(this, 'Autoscaler', {
      name: this.name,
      namespace,
      target: this.deployment,
      options,
      podsAt,
      fallback,
    });
  }

  /** In a `CanaryApp`, synth replaces the template after the patches. In any other app the stage is known here. */
  private templateInSight(): Json | undefined {
    const stage = stageInSight(this);
    return stage === undefined ? undefined : this._settings.templateAt?.(stage);
  }

  private staged(path: string[], property: string, at: (folder: string) => unknown): unknown {
    const value: StagedValue = { owner: this, path, property, isList: false, at };
    return staged(value, this._settings.fallback);
  }
}

/** Starts each new pod before it stops an old one, so that an update never takes a track below its replica count. */
function rollOneByOne(): kplus.DeploymentStrategy {
  return kplus.DeploymentStrategy.rollingUpdate({
    maxSurge: kplus.PercentOrAbsolute.absolute(1),
    maxUnavailable: kplus.PercentOrAbsolute.absolute(0),
  });
}

/** The track that serves at rest. It belongs to a `CanaryPair`, or is a single Deployment without a pair. */
export class StableTrack extends Track {
  private readonly accept?: { [code: string]: string };

  /**
   * Makes a stable track without a pair.
   *
   * @param scope a chart, or a construct in one
   * @param id the construct's id
   * @param props the Deployment and its pods
   */
  public constructor(scope: Construct, id: string, props: StableTrackProps) {
    super(scope, id, props);
    this.accept = props.accept;
  }

  /** The findings that a track without a pair accepts. @internal */
  public _accept(): { [code: string]: string } | undefined {
    return this.accept;
  }
}

/** The track that carries the new version. It belongs to a `CanaryPair`, as `pair.canary`. */
export class CanaryTrack extends Track {
  /**
   * Only a `CanaryPair` may call this constructor.
   *
   * @throws if the caller is not a `CanaryPair`: a canary needs a stable track beside it
   */
  public constructor(scope: Construct, id: string, options: TrackOptions) {
    if (!settingsOf(options)) {
      throw new Error(
        `[${scope.node.path}/${id}] CanaryTrack: only a CanaryPair creates it; use new CanaryPair, or StableTrack for a Deployment without a pair`,
      );
    }
    super(scope, id, options);
  }
}

/** The settings of a track without a pair: a constant replica count and the role `stable`. */
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
    podsAt: () => replicas,
    fallback: () => STAGE_0,
  };
}

const SETTINGS = Symbol('cdk8s-canary.settings');

/** Passes a pair's settings to its track in a symbol property, which users and other languages cannot see. */
export function withSettings(options: TrackOptions, settings: TrackSettings): TrackOptions {
  return Object.defineProperty({ ...options }, SETTINGS, { value: settings });
}

function settingsOf(options: TrackOptions): TrackSettings | undefined {
  return (options as { [SETTINGS]?: TrackSettings } | undefined)?.[SETTINGS];
}
