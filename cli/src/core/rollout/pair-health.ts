import type { DeploymentHealth } from '../kubernetes/health';
import { type ForeignEndpoints, foreignText } from '../traffic/endpoint-owners';

/** The health of a pair's two Deployments, and the pods that share their Service. */
export interface PairHealth {
  readonly path: string;
  readonly service: string;
  readonly stable: DeploymentHealth;
  readonly canary: DeploymentHealth;
  /** The ready endpoints of the Service that belong to neither Deployment. */
  readonly foreign: readonly ForeignEndpoints[];
}

/** Describes the foreign endpoints of a pair's Service; undefined if there are none. */
export function foreignIn({ service, stable, canary, foreign }: PairHealth): string | undefined {
  return foreignText(service, { stable: stable.endpoints, canary: canary.endpoints, foreign });
}
