import { labelsText } from '../../../../lib/core/declaration';
import { DEPLOYMENT_LABEL } from '../../../../lib/core/labels';
import { CliError, EXIT } from '../errors';
import { type RolloutPair, rolloutPairs } from '../plan/plan';
import { type Resource, at, countAt, nameOf, textsAt } from '../resource';
import { ROLL_BACK } from '../rollout/ways-out';
import { type PlanObjects, sameJson } from './objects';

/**
 * Refuses selectors that the cluster would not take, or that would leave the Service without pods, before anything is written: the Service is
 * applied before the Deployments, which the API server would then refuse.
 *
 * @param live the Deployments and the Services of the plan, by their keys
 * @param isUnderWay whether a rollout is in progress; a new selector of a Service that selects the running pods is then refused too
 * @throws CliError
 */
export function refuseChangedSelectors(
  objects: PlanObjects,
  live: ReadonlyMap<string, Resource>,
  folder: string,
  isUnderWay: boolean,
): void {
  for (const pair of rolloutPairs(objects.plan)) {
    for (const role of ['stable', 'canary'] as const) {
      refuseDeployment(objects, live, folder, pair, role);
    }
    refuseService(objects, live, folder, pair, isUnderWay);
  }
}

function refuseDeployment(
  objects: PlanObjects,
  live: ReadonlyMap<string, Resource>,
  folder: string,
  pair: RolloutPair,
  role: 'stable' | 'canary',
): void {
  const object = objects.deployment(pair, pair[role].deployment);
  const found = object && live.get(object.key);
  const wanted = at(object?.manifests.get(folder), 'spec', 'selector');
  if (!object || !found || wanted === undefined || sameJson(at(found, 'spec', 'selector'), wanted)) {
    return;
  }
  const [got, has] = [textsAt(wanted, 'matchLabels'), textsAt(found, 'spec', 'selector', 'matchLabels')];
  const { [DEPLOYMENT_LABEL]: own, ...shared } = has;
  throw new CliError(
    `${nameOf(object.ref)}: selector: got ${labelsText(got)}, but the cluster has ${labelsText(has)}; the API server refuses to change the selector of a Deployment, and the Service would be changed before that`,
    EXIT.refused,
    [
      own === undefined
        ? `keep ${role}.selector: ${labelsText(has)} in the declaration`
        : `keep selectorLabels: ${labelsText(shared)} in the declaration, or declare a new pair beside this one`,
      ...(countAt(found, 'spec', 'replicas') === 0 ? [`or delete Deployment ${object.ref.name} first, which has no pods`] : []),
    ],
  );
}

function refuseService(
  objects: PlanObjects,
  live: ReadonlyMap<string, Resource>,
  folder: string,
  pair: RolloutPair,
  isUnderWay: boolean,
): void {
  const service = objects.service(pair);
  const found = service && live.get(service.key);
  const manifest = service?.manifests.get(folder);
  const [got, has] = [textsAt(manifest, 'spec', 'selector'), textsAt(found, 'spec', 'selector')];
  if (!service || !found || !manifest || sameJson(got, has)) {
    return;
  }
  const running = [pair.stable, pair.canary]
    .map(({ deployment }) => live.get(objects.deployment(pair, deployment)?.key ?? ''))
    .filter((deployment) => countAt(deployment, 'spec', 'replicas') > 0);
  const isSelected = (deployment: Resource | undefined) => {
    const labels = textsAt(deployment, 'spec', 'template', 'metadata', 'labels');
    return Object.entries(got).every(([key, value]) => labels[key] === value);
  };
  const lost = running.filter((deployment) => !isSelected(deployment)).length;
  if (lost === 0 && !isUnderWay) {
    return;
  }
  const effect =
    lost === running.length && lost > 0
      ? 'it would select no pod that runs'
      : isUnderWay
        ? 'the rollout in progress would go on behind another selector'
        : 'it would no longer select all the pods that run';
  throw new CliError(
    `${nameOf(service.ref)}: selector: got ${labelsText(got)}, but the cluster has ${labelsText(has)}; ${effect}`,
    EXIT.refused,
    [
      `keep selectorLabels: ${labelsText(has)} in the declaration, or declare a new pair beside this one`,
      ...(isUnderWay ? [ROLL_BACK] : []),
    ],
  );
}
