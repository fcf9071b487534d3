import { CLUSTER_INFO, type ClusterInfo } from '../machine/cluster-info';

/** The information about the cluster that `run.ts` passes to the suites. */
export const clusterInfo: ClusterInfo = JSON.parse(process.env[CLUSTER_INFO] ?? 'null') as ClusterInfo;

if (!clusterInfo) {
  throw new Error('these tests need a cluster; run them with npm run test:cluster');
}
