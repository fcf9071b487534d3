/** Faults between a client and the cluster's API server: everything that a test of them is written with. */
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

/** Starts a proxy in front of the cluster that the tests run on; whoever comes through it is who KUBECONFIG says. */
export async function startFaults(): Promise<FaultProxy> {
  return FaultProxy.start(await readClusterConfig());
}
