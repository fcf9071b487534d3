import { CLUSTER_INFO, ClusterInfo } from '../machine/cluster-info';

/** What `run.ts` says of the cluster. */
export const clusterInfo: ClusterInfo = JSON.parse(process.env[CLUSTER_INFO] ?? 'null') as ClusterInfo;

if (!clusterInfo) {
  throw new Error('these tests need a cluster; run them with npm run test:cluster');
}
