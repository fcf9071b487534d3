/** Faults between a client and the cluster's API server: all exports that a test of faults needs. */
import { readClusterConfig } from './cluster-config';
import { FaultProxy } from './faults/proxy';

export * from './faults/answers';
export * from './faults/calls';
export * from './faults/lost';
export * from './faults/watches';
export * from './faults/when';
export { FaultProxy } from './faults/proxy';
export type { Planned } from './faults/proxy';
export type { Fault, Reach } from './faults/fault';
export type { Seen } from './faults/seen';

/** Starts a proxy in front of the cluster of the tests. Its clients act as the user of KUBECONFIG. */
export async function startFaults(): Promise<FaultProxy> {
  return FaultProxy.start(await readClusterConfig());
}
