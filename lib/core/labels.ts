/**
 * The labels and annotations of this library. An identity is a Deployment's name and never changes. A role, stable or canary, depends on
 * the stage; it is in no pod template and no selector, because its change would restart pods.
 */

/** On pods and in selectors: the name of the Deployment they belong to. */
export const DEPLOYMENT_LABEL = 'cdk8s-canary/deployment';

/** On the Deployment's own metadata: `stable` or `canary`. */
export const TRACK_LABEL = 'track';

/** On pods. Istio's subsets select by it. */
export const VERSION_LABEL = 'version';

/** On the Deployment's own metadata: the folder that was applied. */
export const STAGE_ANNOTATION = 'cdk8s-canary/stage';

/** On the Deployment's own metadata: the replicas of both tracks, and at a stage the weight and the achieved share. */
export const SPLIT_ANNOTATION = 'cdk8s-canary/split';

/** On the Deployment's own metadata: a digest of the pair's versions and stages. */
export const RELEASE_ANNOTATION = 'cdk8s-canary/release';

/** On the Deployment's own metadata: a digest of its pod template as rendered, without the marks of restarts and of deployment tools. */
export const TEMPLATE_ANNOTATION = 'cdk8s-canary/template';

/** On a ConfigMap of a `VersionedConfig`: the name of the pair whose pods read it. `kubectl canary cleanup` deletes only such objects. */
export const PAIR_LABEL = 'cdk8s-canary/pair';
