import type { DeploymentHealth } from '../../src/core/kubernetes/health';
import type { PairHealth } from '../../src/core/rollout/pair-health';

/** The health of a Deployment without problems. */
export function health(name: string, ready: number, wanted: number): DeploymentHealth {
  return { name, ready, wanted, pods: wanted, endpoints: ready, terminating: 0, isSettled: ready === wanted, troubles: [] };
}

/** One pair at stage-25: three stable pods, and a canary that wants one pod and has `canaries` ready. */
export function pairWith(canaries: number): readonly PairHealth[] {
  return [{ path: 'shop', service: 'shop', stable: health('old', 3, 3), canary: health('new', canaries, 1), foreign: [] }];
}
