// Generated from docs/plan.schema.json by `npm run generate:plan`; do not edit.

/**
 * A stage's folder: stage-<percent> as the shortest exact decimal, stage-<n>-of-<d> where no decimal is exact, or stage-<name>.
 */
export type StageFolder = string;
/**
 * A share above 0 and at most 1, in lowest terms.
 */
export type Weight = string;
/**
 * A folder of the way forward.
 */
export type ForwardFolder = string;
/**
 * A folder that is applied, by its path in the output folder.
 */
export type Folder = string;
/**
 * The namespace; left out where the manifests name none and kubectl's holds.
 */
export type Namespace = string;
/**
 * The Deployment's name: the track's identity, which a promotion does not change.
 */
export type DeploymentName = string;
/**
 * An object's name.
 */
export type ObjectName = string;
/**
 * What is achieved less what was asked for: above -1 and below 1, in lowest terms, negative where the canary gets less.
 */
export type Difference = string;
/**
 * A number of pods.
 */
export type Pods = number;
/**
 * The largest distance of an achieved share from its weight: from 0 to below 1, in lowest terms.
 */
export type Distance = string;
/**
 * A share from 0 to 1, in lowest terms.
 */
export type Share = string;

/**
 * What a synth knows beyond the manifests, for whoever carries the rollout out. It lies beside the folders that are applied, never in one. Keys stand in the order in which they are listed here; weights and shares are exact fractions as text, never decimals.
 */
export interface PlanFile {
  /**
   * The version of this form. It is raised when a reader of the old one could misunderstand the new one; refuse every version you do not know.
   */
  readonly version: 1;
  /**
   * The stages that all pairs of the app share, in the order in which they are reached; empty where every pair is at rest.
   */
  readonly stages: readonly StageEntry[];
  /**
   * Which folders are applied, one at a time, waiting in between until every Deployment is ready and the route is in force. This order counts, never the alphabet's.
   */
  readonly order: {
    /**
     * The way forward: stage-0, each stage with its stage-N-up before it where there is one, promoted, with promoted-up before it where stable is rolled, and promoted-route where a route then moves to stable. Only stage-0 where every pair is at rest.
     */
    readonly advance: readonly ForwardFolder[];
    /**
     * The way back, by the stage it starts at: the folders to apply, stage-0 last. An advance to a stage that was broken off is rolled back from that stage.
     */
    readonly rollback: {
      /**
       */
      readonly [k: string]: readonly Folder[];
    };
  };
  /**
   * Every CanaryPair of the app, in the order of the tree.
   */
  readonly pairs: readonly PairEntry[];
  /**
   * What to delete when the rollout is over. Both lists name Deployments that have no pods any more by then, and their autoscalers.
   */
  readonly cleanup: {
    /**
     * After a promotion: the Deployments that were stable, or where stable was rolled the canaries'. The stubs in the folder cleanup are these.
     */
    readonly afterPromotion: readonly ObjectEntry[];
    /**
     * After a rollback to stage-0: the canaries' Deployments.
     */
    readonly afterRollback: readonly ObjectEntry[];
  };
  /**
   * The objects in the folders that are outside the namespaces of the pairs: cluster-scoped ones but for a pair's own Namespace, those in other namespaces, and those of kinds that the synth does not know and that name no namespace. kubectl canary applies no other object outside. Left out where there is none.
   */
  readonly outside?: readonly OutsideEntry[];
  /**
   * What is risky in the plan or in a manifest, accepted findings included. Errors are never here: they stop the synth.
   */
  readonly findings: readonly FindingEntry[];
  /**
   * Every file that the synth wrote beside this one, by its path in the output folder, with its digest. A later synth removes only these.
   */
  readonly files: {
    /**
     * SHA-256 of the file's bytes, in hex.
     */
    readonly [k: string]: string;
  };
}
/**
 * A stage of the app: one weight, and the folder that realizes it.
 */
export interface StageEntry {
  readonly folder: StageFolder;
  readonly weight: Weight;
}
/**
 * One release: two tracks behind one Service.
 */
export interface PairEntry {
  /**
   * The construct's path in the tree, ids joined by slashes.
   */
  readonly path: string;
  readonly namespace?: Namespace;
  /**
   * The name of the Service that both tracks stand behind; for a pair without one, the pair's own name.
   */
  readonly service: string;
  /**
   * Whether the pair has a Service; left out where it has one.
   */
  readonly hasService?: boolean;
  readonly selector?: Labels;
  /**
   * What divides the traffic: the numbers of ready pods, an Istio VirtualService, or a route of the Gateway API.
   */
  readonly router: 'pods' | 'istio' | 'gateway';
  /**
   * The implementation of the Gateway API that was named for the route; left out where none was.
   */
  readonly implementation?: string;
  /**
   * How the canary becomes stable. swap: its Deployment does, and the next version takes the name that is free. roll: the stable Deployment takes the canary's pod template while the canary serves, and both names stay.
   */
  readonly promotion: 'swap' | 'roll';
  /**
   * A digest of the pair's versions and stages. It also stands in the annotation cdk8s-canary/release of its Deployments, so that a cluster can be asked which release it is in.
   */
  readonly release: string;
  /**
   * Stable's pods at rest.
   */
  readonly baseline: number;
  /**
   * The fewest ready pods at any moment; at most the baseline.
   */
  readonly floor: number;
  /**
   * The HorizontalPodAutoscalers of the tracks: of both with a router, of stable alone without one. The pods in stages, states and transitions are then the fewest of an autoscaled track. Left out where the counts are fixed.
   */
  readonly autoscaling?: {
    /**
     * The fewest pods at rest: the baseline.
     */
    readonly min: number;
    /**
     * The most pods of one track; at least min.
     */
    readonly max: number;
    /**
     * live: kubectl canary scales the canary to its share of the measured load before a weight moves. peak: the folders give it its share of max.
     */
    readonly sizing: 'live' | 'peak';
  };
  readonly stable: TrackEntry;
  readonly canary?: TrackEntry;
  /**
   * The ConfigMaps and Secrets of the app that the pods of all tracks of the pair read and that can change; left out where there are none.
   */
  readonly configuration?: readonly Configuration[];
  /**
   * The stages as this pair realizes them; empty for a pair at rest.
   */
  readonly stages: readonly PairStageEntry[];
  readonly gates?: GatesEntry;
  /**
   * What the stages cost as they are (chosen), and what other ways to split would: exactly whatever it takes (exact), and with the baseline's pods at every stage (fixed). Only chosen with a router; empty for a pair at rest.
   */
  readonly costs: {
    readonly chosen?: CostEntry;
    readonly exact?: CostEntry;
    readonly fixed?: CostEntry;
  };
  /**
   * What each folder holds of this pair; only stage-0 for a pair at rest, which holds the same in all of them.
   */
  readonly states: {
    readonly 'stage-0': StateEntry;
    readonly [k: string]: StateEntry;
  };
  /**
   * What may be seen while one folder is applied after another; empty for a pair at rest. A pair stays where it is in a folder that only other pairs need.
   */
  readonly transitions: readonly TransitionEntry[];
}
/**
 * Labels and their values.
 */
export interface Labels {
  /**
   * The value of a label.
   */
  readonly [k: string]: string;
}
/**
 * One Deployment and what it runs. Plans from before selector and template were there have neither.
 */
export interface TrackEntry {
  readonly deployment: DeploymentName;
  /**
   * The version, as the pods' label version has it.
   */
  readonly version: string;
  /**
   * The Istio subset of that version, also where nothing routes by it.
   */
  readonly subset: string;
  /**
   * The Service that selects only the pods of this track; left out where nothing routes to one.
   */
  readonly service?: string;
  readonly selector?: Labels;
  /**
   * A digest of the Deployment's pod template in stage-0, without the marks of restarts and of deployment tools. It also stands in the annotation cdk8s-canary/template of the Deployment.
   */
  readonly template?: string;
  /**
   * The ConfigMaps of VersionedConfigs that the pods read, sorted; left out where there are none. Their names end with a hash of their content, so the digest of the template covers the content too.
   */
  readonly configs?: readonly ObjectName[];
}
/**
 * A ConfigMap or a Secret, and a digest of its data.
 */
export interface Configuration {
  /**
   * Its kind.
   */
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: ObjectName;
  /**
   * A digest of its data.
   */
  readonly digest: string;
}
/**
 * One stage of a pair: its split, and how near that comes to the weight.
 */
export interface PairStageEntry {
  readonly folder: StageFolder;
  readonly asked: Weight;
  readonly achieved: Weight;
  readonly error: Difference;
  readonly stable: Pods;
  /**
   * The canary's pods; at least 1.
   */
  readonly canary: number;
  /**
   * The split nearest to the weight whatever it costs within maxReplicas; left out where it is the one that was chosen, and where a router or a hand decides.
   */
  readonly optimum?: {
    readonly stable: Pods;
    readonly canary: Pods;
    readonly error: Difference;
  };
  readonly gates?: GatesEntry;
}
/**
 * What decides at each stage, where kubectl canary run --auto is told to: docs/gates.md. Left out for a pair at rest.
 */
export interface GatesEntry {
  /**
   * The chance that the gates ever turn back a canary that is as good as stable, all stages and gates together.
   */
  readonly alpha: number;
  /**
   * The chance that one gate lets a canary pass, at one stage, that is worse by its margin.
   */
  readonly beta: number;
  /**
   * Differences of error rates, canary minus stable, and a limit of the canary's own.
   */
  readonly errors: {
    /**
     * Not worse up to here.
     */
    readonly tolerance: number;
    /**
     * What a pass excludes.
     */
    readonly margin: number;
    /**
     * What the canary may not exceed, whatever stable has; left out for none.
     */
    readonly limit?: number;
  };
  /**
   * How the times of answers are compared; left out where they are not.
   */
  readonly latency?: {
    /**
     * Which quantiles, rising.
     */
    readonly quantiles: readonly number[];
    /**
     * By which part of stable's the canary's may be longer without being worse.
     */
    readonly tolerance: number;
    /**
     * What a pass excludes, as a part of stable's.
     */
    readonly margin: number;
    /**
     * A difference that is none, whatever part of the whole it is.
     */
    readonly slackMilliseconds: number;
  };
  /**
   * Whether traffic must divide as planned.
   */
  readonly share: boolean;
  /**
   * What is expected of the traffic; left out where it is not known.
   */
  readonly traffic?: {
    /**
     * Requests that are measured, of both versions.
     */
    readonly requestsPerSecond: number;
    /**
     * Stable's.
     */
    readonly errorRate: number;
    /**
     * How long a stage may take to be decided.
     */
    readonly longestHoldSeconds: number;
  };
}
/**
 * What a choice of splits costs from stage-0 to promoted.
 */
export interface CostEntry {
  /**
   * The pods of all stages together.
   */
  readonly pods: number;
  readonly worstError: Distance;
  /**
   * The pods that are started and stopped on the way, stage by stage, both tracks counted.
   */
  readonly moved: number;
}
/**
 * What a cluster holds once a folder is applied and all is ready.
 */
export interface StateEntry {
  readonly stable: Pods;
  readonly canary: Pods;
  /**
   * How the router divides the requests; left out where pods alone do.
   */
  readonly route?: {
    readonly canary: Share;
    /**
     * Where the match rules lead.
     */
    readonly matched: 'stable' | 'canary';
  };
}
/**
 * The bounds of one kubectl apply, each of which is reached in the worst order of events.
 */
export interface TransitionEntry {
  readonly from: Folder;
  readonly to: Folder;
  readonly fewestReady: Pods;
  readonly mostPods: Pods;
  readonly mostShare: Share;
}
/**
 * An object of the cluster.
 */
export interface ObjectEntry {
  /**
   * Its group and version.
   */
  readonly apiVersion: string;
  /**
   * Its kind.
   */
  readonly kind: string;
  readonly namespace?: Namespace;
  readonly name: ObjectName;
}
/**
 * An object outside the namespaces of the pairs.
 */
export interface OutsideEntry {
  /**
   * Its group and version.
   */
  readonly apiVersion: string;
  /**
   * Its kind.
   */
  readonly kind: string;
  readonly namespace?: Namespace;
  /**
   * Its name, which some kinds allow to be other than a DNS name.
   */
  readonly name: string;
}
/**
 * Something risky, with what to do about it. docs/findings.md has a section for each code.
 */
export interface FindingEntry {
  /**
   * What it is about. A code never changes its meaning; there may be more of them in a later synth.
   */
  readonly code: string;
  /**
   * A warning is printed at every synth; info is a note, such as a finding that was accepted.
   */
  readonly level: 'warning' | 'info';
  /**
   * One sentence: what was found, where, and what to do.
   */
  readonly message: string;
  /**
   * The path of the construct it is about.
   */
  readonly path: string;
}
