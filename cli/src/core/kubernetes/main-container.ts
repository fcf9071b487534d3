import { type Resource, listAt, textAt } from '../resource';

/**
 * Returns the containers that a Deployment has and that would run on beside the main container of its manifest. An apply merges containers by
 * name: a main container with a new name is added to those of other field managers, and two main containers fight for one port.
 *
 * @param before the Deployment in the cluster
 * @param manifest the Deployment in the folder; its first container is the main one
 * @param after the Deployment as it would be after the apply
 */
export function mergedContainers(before: Resource | undefined, manifest: Resource, after: Resource): string[] {
  const [running, wanted, next] = [before, manifest, after].map(containersOf) as [string[], string[], string[]];
  const [main] = wanted;
  return main === undefined || running.includes(main) ? [] : next.filter((name) => running.includes(name) && !wanted.includes(name));
}

/** The name of the main container of a Deployment. */
export function mainContainerOf(manifest: Resource): string | undefined {
  return containersOf(manifest)[0];
}

function containersOf(deployment: Resource | undefined): string[] {
  return listAt(deployment, 'spec', 'template', 'spec', 'containers').flatMap((container) => textAt(container, 'name') ?? []);
}
