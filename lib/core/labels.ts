/**
 * The labels and annotations of this library's own. An identity is a Deployment's name and never changes; a role is what
 * a Deployment is at a stage, and never stands in a pod template or a selector, or pods would restart when it changes.
 */

/** On pods and in selectors: the name of the Deployment they belong to. */
export const DEPLOYMENT_LABEL = 'cdk8s-canary/deployment';

/** On the Deployment's own metadata: `stable` or `canary`. */
export const TRACK_LABEL = 'track';

/** On pods, and what Istio's subsets select by. */
export const VERSION_LABEL = 'version';

/** On the Deployment's own metadata: the folder that was applied. */
export const STAGE_ANNOTATION = 'cdk8s-canary/stage';

/** On the Deployment's own metadata: both tracks' replicas, and at a stage the share asked for and the share achieved. */
export const SPLIT_ANNOTATION = 'cdk8s-canary/split';

/** On the Deployment's own metadata: a digest of the pair's versions and stages. */
export const RELEASE_ANNOTATION = 'cdk8s-canary/release';
