import { createHash } from 'node:crypto';
import * as kplus from 'cdk8s-plus-27';
import { Construct, IConstruct } from 'constructs';
import { explainPair } from './core/explain-text';
import { Finding } from './core/finding';
import { PROMOTED, STAGE_0 } from './core/folders';
import { nearest } from './core/names';
import { Alternative, alternatives } from './core/cost';
import { Plan, PlanRequest, Plans } from './core/plan';
import { State } from './core/transition';
import { Json } from './core/yaml';
import { accepted, errorsOf, located } from './findings';
import { gateRemarks } from './core/gates/remarks';
import { GatesEntry } from './core/gates/settings';
import { GateOptions, gatesEntry } from './gates';
import { Input } from './input/input';
import { checkPair } from './input/check-pair';
import { PodOptions, mergePod } from './pod';
import { PairService } from './kplus-overrides';
import type { Router } from './routers/router';
import { handOver, templateOf } from './pod-template';
import { Promotion, isRolled } from './promotion';
import { ServiceOptions, SessionAffinity } from './service-options';
import { Stage, Stages } from './stages';
import { Tolerance } from './tolerance';
import { CanaryTrack, StableTrack, TrackOptions, TrackSettings, withSettings } from './track';

/** Properties of a `CanaryPair`. */
export interface CanaryPairProps {
  /** What serves now. */
  readonly stable: TrackOptions;

  /**
   * What is to serve next.
   *
   * @default - nothing: the pair is at rest, and `stage-0` is all there is
   */
  readonly canary?: TrackOptions;

  /** The Service that both tracks stand behind. */
  readonly service: ServiceOptions;

  /**
   * What the pods of both tracks have in common. A track's own words win.
   *
   * @default - nothing
   */
  readonly pod?: PodOptions;

  /**
   * Stable's replicas at rest, B: what the service needs to carry its load. At least 1.
   *
   * @default 3
   */
  readonly baseline?: number;

  /**
   * The stages between the baseline and the promotion. Weights rise and the last is 100 %. All pairs of a `CanaryApp`
   * have the same stages.
   *
   * @default Stages.percent(10, 25, 50, 100)
   */
  readonly stages?: Stage[];

  /**
   * Labels of every pod of the pair. The Service selects by them and both Deployments' selectors contain them, so they
   * never change.
   *
   * @default - `app` with the Service's name
   */
  readonly selectorLabels?: { [key: string]: string };

  /**
   * The namespace of all the pair's objects.
   *
   * @default - the chart's
   */
  readonly namespace?: string;

  /**
   * The fewest ready pods at any moment of the rollout and the rollback. At least 1, at most the baseline.
   *
   * @default - the baseline
   */
  readonly floor?: number;

  /**
   * The most pods a stage may have. Without a router a small weight needs many: 1 % of 3 pods is 29:1 at best.
   *
   * @default - ten times the baseline
   */
  readonly maxReplicas?: number;

  /**
   * The most pods at any moment, transitions included, as a ResourceQuota would count them.
   *
   * @default - no bound
   */
  readonly quota?: number;

  /**
   * How far the achieved share may be from the weight.
   *
   * @default - a tenth of the smaller side: 1 point at 10 %, 5 points at 50 %
   */
  readonly tolerance?: Tolerance;

  /**
   * Whether stable keeps the baseline at every stage below 100 %, instead of the larger of the two tracks. A rollback is
   * then instant, for more pods: 75 % of 3 is 3:9 instead of 1:3.
   *
   * @default false
   */
  readonly stableKeepsBaseline?: boolean;

  /**
   * Whether every stage has exactly `baseline` pods, both tracks together: for those who must, such as consumers of a
   * topic with so many partitions. Shares are then as near as so many pods can be; while one track grows and the other
   * has not yet shrunk there are more, so that the floor holds. Not with a router.
   *
   * @default false
   */
  readonly fixedTotal?: boolean;

  /**
   * How the new version becomes the stable one.
   *
   * @default Promotion.SWAP
   */
  readonly promotion?: Promotion;

  /**
   * The fewest canary pods where a router divides the traffic.
   *
   * @default 1
   */
  readonly minCanary?: number;

  /**
   * What `kubectl canary run --auto` asks of the traffic of each stage. It is written to `plan.json`, so that a review sees it.
   *
   * @default - errors, p95 and share, at a false alarm rate of 5 % over the whole rollout
   */
  readonly gates?: GateOptions;

  /**
   * Findings that are known and accepted: the reason, by the finding's code. An accepted finding is shown as a note and
   * stops nothing.
   *
   * @default - none
   */
  readonly accept?: { [code: string]: string };
}

/**
 * A release: two tracks behind one Service, and the stages by which the traffic goes from one to the other.
 *
 * In a `CanaryApp` it becomes one folder of manifests a stage. In any other cdk8s app it renders the one stage that
 * `Stages.select` chose.
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

  /** The Service that both tracks stand behind. */
  public readonly service: kplus.Service;

  /** @internal */
  public readonly _props: CanaryPairProps;
  private readonly input = new Input();
  private readonly baseline: number;
  private selectorLabels: { [key: string]: string } = {};
  private attachedRouter?: Router;
  private planned?: Plan;
  private released?: { readonly plan: Plan; readonly digest: string };

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
    this.baseline = props?.baseline ?? 3;
    const built = this.input.guard(
      this,
      () => {
        this.selectorLabels = props.selectorLabels ?? { app: props.service.name };
        return {
          stable: new StableTrack(this, 'stable', this.track(props.stable, 'stable')),
          canary: props.canary && new CanaryTrack(this, 'canary', this.track(props.canary, 'canary')),
          service: this.createService(props.service),
        };
      },
      () => this.errors(),
    );
    this.stable = built.stable;
    this.canary = built.canary;
    this.service = built.service;
  }

  /**
   * What this plan does at each weight, beside what the rules of other tools would do with the same pods: Argo Rollouts,
   * OpenKruise, PipeCD, Azure/k8s-deploy and Flagger, each as a small model (`docs/explain.md`). Splits, shares, errors, the
   * load of a pod against that at rest, and the sums over the rollout, as a table to read.
   */
  public explain(): string {
    return explainPair(this._plan(), this.baseline);
  }

  /** The attached router; undefined if the pods divide the traffic. @internal */
  public get _router(): Router | undefined {
    return this.attachedRouter;
  }

  /** @internal */
  public _attachRouter(router: Router): void {
    if (this.attachedRouter) {
      throw new Error(
        `[${router.node.path}] pair: got ${this.node.path}, which ${this.attachedRouter.node.path} routes already; must be a pair without a router; try another pair`,
      );
    }
    this.attachedRouter = router;
    this.planned = undefined;
  }

  /** The plan, made when it is first needed: a router may be attached after the pair is declared. @internal */
  public _plan(): Plan {
    this.planned ??= plansOf(this.node.root).of(this.request());
    return this.planned;
  }

  /** What the plan costs, and what other ways to split would. @internal */
  public _alternatives(): Alternative[] {
    return alternatives(this.request());
  }

  private request(): PlanRequest {
    const props = this._props;
    return {
      baseline: this.baseline,
      floor: props.floor ?? this.baseline,
      maxReplicas: props.maxReplicas ?? 10 * this.baseline,
      minCanary: props.minCanary ?? 1,
      quota: props.quota,
      routed: this.attachedRouter !== undefined,
      stableKeepsBaseline: props.stableKeepsBaseline ?? false,
      fixedTotal: props.fixedTotal ?? false,
      tolerance: props.tolerance?._toFraction(),
      promotion: props.promotion ?? Promotion.SWAP,
      // A strategy of the user's own may add up to as many pods as there are.
      surge: props.stable.strategy ? this.baseline : 1,
      stages: this.canary ? this._stages().map(({ weight, name, split }) => ({ weight: weight._toFraction(), name, split })) : [],
    };
  }

  /** Whether the promotion rolls stable to the canary's template. @internal */
  public _isRolled(): boolean {
    return this.canary !== undefined && this._props.promotion === Promotion.ROLL;
  }

  /** The canary's pod template as the stable Deployment takes it. @internal */
  public _handedOver(template: Json): Json {
    return handOver(template, this.canary!, this.stable);
  }

  /** @internal */
  public _stages(): Stage[] {
    return this._props.stages ?? Stages.percent(10, 25, 50, 100);
  }

  /** @internal */
  public _baseline(): number {
    return this.baseline;
  }

  /** What the cluster should hold in a folder. A pair at rest holds the same in all of them. @internal */
  public _stateAt(folder: string): State {
    return this.inPlan(this._plan().states, folder);
  }

  private inPlan<T>(values: ReadonlyMap<string, T>, folder: string): T {
    const value = values.get(this.canary ? folder : STAGE_0);
    if (value === undefined) {
      const folders = [...values.keys()];
      const near = nearest(folder, folders);
      throw new Error(
        `[${this.node.path}] stage: got ${JSON.stringify(folder)}; must be one of ${folders.join(', ')}${near ? `; try ${near}` : ''}`,
      );
    }
    return value;
  }

  /** A digest of what this release is: the versions under their names, and the stages. Never of files or other pairs. @internal */
  public _release(): string {
    const plan = this._plan();
    if (this.released?.plan === plan) {
      return this.released.digest;
    }
    const track = (t: { name: string; version: string } | undefined) => t && { name: t.name, version: t.version };
    const stages = plan.stages.map(({ folder, weight, split }) => [folder, weight.toString(), split.stable, split.canary]);
    const release = { stable: track(this.stable), canary: track(this.canary), baseline: this.baseline, stages };
    const digest = createHash('sha256').update(JSON.stringify(release)).digest('hex').slice(0, 16);
    this.released = { plan, digest };
    return digest;
  }

  /** What is wrong with the plan, with what was accepted turned into notes. @internal */
  public _planFindings(): Finding[] {
    const { remarks, stages } = this._plan();
    return accepted(located([...remarks, ...gateRemarks(stages, (_, index) => this._gatesAt(index))], this.node.path), this._props.accept);
  }

  /** What the gates ask. @internal */
  public _gates(): GatesEntry {
    return gatesEntry(this._props.gates);
  }

  /** What they ask at a stage, by its place. @internal */
  public _gatesAt(index: number): GatesEntry {
    return gatesEntry(this._props.gates, this._stages()[index]?.gates);
  }

  /** Whether a stage has something to say of its own. @internal */
  public _hasGatesAt(index: number): boolean {
    return this._stages()[index]?.gates !== undefined;
  }

  /** Whether the properties make sense at all, so that there is a plan to look at. @internal */
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
      replicasAt: (folder) => this._stateAt(folder)[declared],
      roleAt: (folder) => (folder === PROMOTED && this.canary && !this._isRolled() ? other : declared),
      templateAt: (folder) =>
        declared === 'stable' && this._isRolled() && isRolled(folder) ? this._handedOver(templateOf(this.canary!)) : undefined,
      release: () => this._release(),
      splitAt: (folder) => this.inPlan(this._plan().words, folder),
      fallback: () => (this.canary ? undefined : STAGE_0),
      namespace: this._props.namespace,
      // The pair checks its tracks itself, and says where in its own properties they are wrong.
      build: (_, create) => create(),
    };
    return withSettings(mergePod(this._props.pod ?? {}, own), settings);
  }

  private createService(service: ServiceOptions): kplus.Service {
    const { sessionAffinity, sessionAffinityTimeout, appProtocol } = service;
    const created = new PairService(this, 'service', {
      metadata: { name: service.name, namespace: this._props.namespace, labels: service.labels, annotations: service.annotations },
      type: service.type ?? kplus.ServiceType.CLUSTER_IP,
      clusterIP: service.clusterIP,
      ports: service.ports,
      loadBalancerSourceRanges: service.loadBalancerSourceRanges,
      finish: ({ externalIPs, ports, ...spec }) => ({
        ...spec,
        ...((externalIPs as unknown[] | undefined)?.length ? { externalIPs: externalIPs! } : {}),
        ports: appProtocol === undefined ? ports! : (ports as object[]).map((port) => ({ ...port, appProtocol })),
        ...(sessionAffinity === SessionAffinity.CLIENT_IP && { sessionAffinity }),
        ...(sessionAffinityTimeout && { sessionAffinityConfig: { clientIP: { timeoutSeconds: sessionAffinityTimeout.toSeconds() } } }),
      }),
    });
    for (const [key, value] of Object.entries(this.selectorLabels)) {
      created.selectLabel(key, value);
    }
    return created;
  }
}

/** The plans of a tree's pairs, by its root. */
const PLANS = new WeakMap<IConstruct, Plans>();

function plansOf(root: IConstruct): Plans {
  const plans = PLANS.get(root) ?? new Plans();
  PLANS.set(root, plans);
  return plans;
}

const PAIR = Symbol.for('cdk8s-canary.CanaryPair');
