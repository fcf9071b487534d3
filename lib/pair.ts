import { ApiObject, type JsonPatch } from 'cdk8s';
import * as kplus from './kplus';
import { Construct, type IConstruct } from 'constructs';
import { type Alternative, alternatives } from './core/cost';
import { explainPair } from './core/explain-text';
import type { Finding } from './core/finding';
import { PROMOTED, STAGE_0 } from './core/folders';
import type { GatesEntry } from './core/gates/settings';
import type { Plan, PlanRequest } from './core/plan';
import { Plans } from './core/plan-rollout';
import type { State } from './core/transition';
import type { Json } from './core/yaml';
import { accepted, errorsOf, located } from './findings';
import { checkPair } from './input/check-pair';
import { Input } from './input/input';
import { PairService } from './kplus-overrides';
import { baselineOf, gatesOf, planRemarks, planRequest, releaseDigest, stagesOf, valueIn } from './pair-plan';
import type { CanaryPairProps } from './pair-props';
import { mergePod } from './pod';
import { handOver, templateOf } from './pod-template';
import { Promotion, isRolled } from './promotion';
import type { Router } from './routers/router';
import type { ServiceOptions } from './service-options';
import { finishServiceSpec } from './service-spec';
import { CanaryTrack, StableTrack, type Track, type TrackSettings, withSettings } from './track';
import { type TrackService, createTrackService, trackServices } from './track-services';
import type { TrackOptions } from './track-props';

/**
 * A release: two tracks behind one Service, and the stages by which the traffic goes from one to the other.
 *
 * In a `CanaryApp`, synth writes a folder of manifests for each stage. In any other cdk8s app, synth writes only the stage that
 * `Stages.select` selected.
 */
export class CanaryPair extends Construct {
  /** @internal */
  public static _isPair(construct: IConstruct): construct is CanaryPair {
    return PAIR in construct;
  }

  /** The track that serves at rest. */
  public readonly stable: StableTrack;

  /** The track that carries the new version; undefined for a pair at rest. */
  public readonly canary?: CanaryTrack;

  /**
   * The Service that selects the pods of both tracks.
   *
   * @throws if the pair was declared without `service`
   */
  public get service(): kplus.Service {
    if (!this.ownService) {
      throw new Error(`[${this.node.path}] service: the pair has no Service of its own; set service to have one`);
    }
    return this.ownService;
  }

  /** The Services of `additionalServices`, in their order. */
  public readonly additionalServices: kplus.Service[];

  /** @internal */
  public readonly _props: CanaryPairProps;
  private readonly input = new Input();
  private readonly baseline: number;
  private selectorLabels: { [key: string]: string } = {};
  private readonly ownService?: kplus.Service;
  private readonly servicesOfTracks = new Map<string, kplus.Service>();
  private attachedRouter?: Router;
  private planned?: Plan;
  private digest?: string;

  /**
   * @param scope a chart, or a construct in one
   * @param id the construct's id
   * @param props the release
   */
  public constructor(scope: Construct, id: string, props: CanaryPairProps) {
    super(scope, id);
    Object.defineProperty(this, PAIR, { value: true });
    this._props = props;
    checkPair(this.input, props);
    this.baseline = baselineOf(props);
    const built = this.input.guard(
      this,
      () => {
        this.selectorLabels = props.selectorLabels ?? { app: this._name() };
        return {
          stable: new StableTrack(this, 'stable', this.track(props.stable, 'stable')),
          canary: props.canary && new CanaryTrack(this, 'canary', this.track(props.canary, 'canary')),
          service: props.service && this.createService('service', props.service),
          additionalServices: (props.additionalServices ?? []).map((service) => this.createService(`service-${service.name}`, service)),
        };
      },
      () => this.errors(),
    );
    this.stable = built.stable;
    this.canary = built.canary;
    this.ownService = built.service;
    this.additionalServices = built.additionalServices;
    this.autoscale(this.stable);
    if (props.trackServices) {
      this.addTrackServices();
    }
  }

  /**
   * Compares this plan at each weight with what the rules of other tools would do with the same pods: Argo Rollouts, OpenKruise, PipeCD,
   * Azure/k8s-deploy and Flagger, each as a small model (`docs/explain.md`). The tables show the splits, shares and errors, the load of
   * a pod compared with its load at rest, and the sums over the rollout.
   */
  public explain(): string {
    return explainPair(this._plan(), this.baseline);
  }

  /**
   * Adds JSON patches to the Deployments of both tracks, for fields that no property sets. A patch of a field that follows the plan is
   * refused at the synth.
   *
   * @param operations the patches, applied in this order after those of earlier calls
   */
  public patchTracks(...operations: JsonPatch[]): void {
    for (const track of this._tracks()) {
      ApiObject.of(track).addJsonPatch(...operations);
    }
  }

  /** The tracks, stable first. @internal */
  public _tracks(): Track[] {
    return this.canary ? [this.stable, this.canary] : [this.stable];
  }

  /** The name of the Service, or of the pair if it has none. @internal */
  public _name(): string {
    const { service, serviceName, name } = this._props;
    return service?.name ?? serviceName ?? name!;
  }

  /** Whether requests reach the pods through a Service, of the app or of somebody else. @internal */
  public _hasService(): boolean {
    return this._props.service !== undefined || this._props.serviceName !== undefined;
  }

  /** The names of the Services that select the pods, of the app or of somebody else. @internal */
  public _serviceNames(): string[] {
    const { additionalServices = [] } = this._props;
    return [...(this._hasService() ? [this._name()] : []), ...additionalServices.map(({ name }) => name)];
  }

  /** The Service of the app; undefined if the pair has none, or one that somebody else writes. @internal */
  public _ownService(): kplus.Service | undefined {
    return this.ownService;
  }

  /** The attached router; undefined if the pods divide the traffic. @internal */
  public get _router(): Router | undefined {
    return this.attachedRouter;
  }

  /** @internal */
  public _attachRouter(router: Router): void {
    if (this.attachedRouter) {
      throw new Error(
        `[${router.node.path}] pair: got ${this.node.path}, which already has the router ${this.attachedRouter.node.path}; must be a pair without a router; try another pair`,
      );
    }
    this.attachedRouter = router;
    this.autoscale(this.canary);
    if (router._routesByTrack) {
      this.addTrackServices();
    }
    this.planned = undefined;
    this.digest = undefined;
  }

  /** The Services of the two Deployments as they are declared, ordered by name. @internal */
  public _trackServices(): TrackService[] {
    return trackServices(this._tracks(), this._props.trackServices);
  }

  /** The Service that selects only the pods of a Deployment; undefined if nothing needs it. @internal */
  public _serviceOf(deployment: string): kplus.Service | undefined {
    return this.servicesOfTracks.get(deployment);
  }

  private addTrackServices(): void {
    const { service, namespace } = this._props;
    for (const declared of service && this._isSound() ? this._trackServices() : []) {
      if (!this.servicesOfTracks.has(declared.deployment)) {
        this.servicesOfTracks.set(declared.deployment, createTrackService(this, declared, namespace, service!));
      }
    }
  }

  /** The plan. It is made when it is first needed, because a router may be attached after the pair is declared. @internal */
  public _plan(): Plan {
    this.planned ??= plansOf(this.node.root).of(this.request());
    return this.planned;
  }

  /** The costs of the plan, and of other ways to split. @internal */
  public _alternatives(): Alternative[] {
    return alternatives(this.request());
  }

  /**
   * Whether an autoscaler sets a track's count. Without a router the canary has a fixed count: its share follows from the numbers of pods, and
   * an autoscaler would change it. @internal
   */
  public _isAutoscaled(track: 'stable' | 'canary'): boolean {
    return this._props.autoscaling !== undefined && (track === 'stable' || this.attachedRouter !== undefined);
  }

  private autoscale(track: Track | undefined): void {
    const { autoscaling } = this._props;
    if (track && autoscaling && this._isSound()) {
      track._autoscale(autoscaling);
    }
  }

  private request(): PlanRequest {
    return planRequest(this._props, this.attachedRouter);
  }

  /** Whether the promotion rolls the stable Deployment to the canary's pod template. @internal */
  public _isRolled(): boolean {
    return this.canary !== undefined && this._props.promotion === Promotion.ROLL;
  }

  /** Copies the canary's pod template for the stable Deployment. @internal */
  public _handedOver(template: Json): Json {
    return handOver(template, this.canary!, this.stable);
  }

  /** @internal */
  public _baseline(): number {
    return this.baseline;
  }

  /** The state in a folder. A pair at rest has the same state in all folders. @internal */
  public _stateAt(folder: string): State {
    return this.inPlan(this._plan().states, folder);
  }

  private inPlan<T>(values: ReadonlyMap<string, T>, folder: string): T {
    return valueIn(values, this.canary ? folder : STAGE_0, this.node.path);
  }

  /** The digest of the release, which synth writes to the annotations of both Deployments. @internal */
  public _release(): string {
    this.digest ??= releaseDigest({ stable: this.stable, canary: this.canary, baseline: this.baseline, plan: this._plan() });
    return this.digest;
  }

  /** The findings about the plan. Accepted ones have the level `info`. @internal */
  public _planFindings(): Finding[] {
    return accepted(located(planRemarks(this._plan(), this._props), this.node.path), this._props.accept);
  }

  /** The gates of the pair. @internal */
  public _gates(): GatesEntry {
    return gatesOf(this._props);
  }

  /** The gates of a stage. @internal */
  public _gatesAt(index: number): GatesEntry {
    return gatesOf(this._props, index);
  }

  /** Whether a stage sets gates of its own. @internal */
  public _hasGatesAt(index: number): boolean {
    return stagesOf(this._props)[index]?.gates !== undefined;
  }

  /** Whether the properties are valid. If they are not, the pair has no plan. @internal */
  public _isSound(): boolean {
    return this.input.problems.length === 0;
  }

  private errors(): string[] {
    return this._isSound() ? errorsOf(this._planFindings()) : this.input.problems;
  }

  private track(own: TrackOptions, declared: 'stable' | 'canary'): TrackOptions {
    const other = declared === 'stable' ? 'canary' : 'stable';
    const settings: TrackSettings = {
      selectorLabels: this.selectorLabels,
      declared,
      podsAt: (folder) => this._stateAt(folder)[declared],
      isAutoscaled: () => this._isAutoscaled(declared),
      roleAt: (folder) => (folder === PROMOTED && this.canary && !this._isRolled() ? other : declared),
      templateAt: (folder) =>
        declared === 'stable' && this._isRolled() && isRolled(folder) ? this._handedOver(templateOf(this.canary!)) : undefined,
      release: () => this._release(),
      splitAt: (folder) => this.inPlan(this._plan().words, folder),
      fallback: () => (this.canary ? undefined : STAGE_0),
      namespace: this._props.namespace,
      // The pair checks the options of its tracks, so that errors name the properties of the pair.
      build: (_, create) => create(),
    };
    return withSettings(mergePod(this._props.pod ?? {}, own), settings);
  }

  private createService(id: string, service: ServiceOptions): kplus.Service {
    const created = new PairService(this, id, {
      metadata: { name: service.name, namespace: this._props.namespace, labels: service.labels, annotations: service.annotations },
      type: service.type ?? kplus.ServiceType.CLUSTER_IP,
      clusterIP: service.clusterIP,
      ports: service.ports,
      loadBalancerSourceRanges: service.loadBalancerSourceRanges,
      finish: (spec) => finishServiceSpec(spec, service),
    });
    for (const [key, value] of Object.entries(this.selectorLabels)) {
      created.selectLabel(key, value);
    }
    return created;
  }
}

/** The plans of all pairs of a tree, by the root of the tree. */
const PLANS = new WeakMap<IConstruct, Plans>();

function plansOf(root: IConstruct): Plans {
  const plans = PLANS.get(root) ?? new Plans();
  PLANS.set(root, plans);
  return plans;
}

const PAIR = Symbol.for('cdk8s-canary.CanaryPair');
