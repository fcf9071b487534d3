import { run } from '../../support/command';
import { once } from '../../support/once';
import { clusterInfo } from './cluster-info';
import type { Upstream } from './faults/upstream';

/** Reads the cluster and the user of KUBECONFIG as kubectl sees them. The result is cached. */
export const readClusterConfig = once(async (): Promise<Upstream> => {
  const text = await run([clusterInfo.kubectl, 'config', 'view', '--raw', '--flatten', '--minify', '--output=json']);
  const { clusters, users } = JSON.parse(text) as {
    clusters: { cluster: Record<string, string> }[];
    users: { user: Record<string, unknown> }[];
  };
  const { cluster } = clusters[0]!;
  const { user } = users[0]!;
  const decoded = (value: unknown) => (typeof value === 'string' ? Buffer.from(value, 'base64') : undefined);
  const upstream: Upstream = {
    url: cluster['server']!,
    ca: decoded(cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
    token: user['token'] as string | undefined,
  };
  if (!upstream.token && !upstream.cert) {
    throw new Error('KUBECONFIG: got a user without token and certificate; must have one of them for a proxy to be that user');
  }
  return upstream;
});
