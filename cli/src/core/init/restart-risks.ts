import type { Json } from '../../../../lib/core/yaml';
import { isObject, objectsIn } from './json';
import type { Workload } from './workload';

/** Why requests may be lost while all pods are replaced once, by what the manifest says. */
export function restartRisks({ podSpec, spec, replicas }: Workload): string[] {
  const main = objectsIn(podSpec.containers)[0]!;
  const lifecycle = isObject(main.lifecycle) ? main.lifecycle : {};
  const name = String(main.name);
  return [
    ...(endsAll(spec.strategy, replicas)
      ? [
          'requests are lost in the restart, because the strategy may end all pods before new ones are ready; set a rolling update with maxUnavailable 0 in the manifest and apply it first',
        ]
      : []),
    ...(main.readinessProbe === undefined
      ? [
          `requests may be lost in the restart, because ${name} has no readiness probe: new pods get requests before they can answer; set readiness in main.ts before the first apply`,
        ]
      : []),
    ...(lifecycle.preStop === undefined
      ? [
          `requests may be lost in the restart, because ${name} has no preStop hook: old pods end while requests still reach them; apply stage-0 at a quiet time, and set preStop in main.ts, so that later restarts lose none`,
        ]
      : []),
  ];
}

/** Whether a Deployment may have no ready pod while it replaces its pods. */
function endsAll(value: Json | undefined, replicas: number): boolean {
  const strategy = isObject(value) ? value : {};
  if (strategy.type === 'Recreate') {
    return true;
  }
  const { maxUnavailable = '25%' } = isObject(strategy.rollingUpdate) ? strategy.rollingUpdate : {};
  const amount = Number.parseInt(String(maxUnavailable), 10);
  // The controller rounds a percentage down.
  return (String(maxUnavailable).endsWith('%') ? Math.floor((replicas * amount) / 100) : amount) >= replicas;
}
