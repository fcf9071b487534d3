import { readFileSync } from 'node:fs';
import type { Cluster } from '@kubernetes/client-node';
import { UsageError } from '../core/errors';

/** The fields of a kubeconfig user's `exec` that are used here. */
export interface ExecPlugin {
  readonly apiVersion?: string;
  readonly command?: string;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly interactiveMode?: 'Never' | 'IfAvailable' | 'Always';
  readonly provideClusterInfo?: boolean;
}

const EXEC_INFO = 'KUBERNETES_EXEC_INFO';

/**
 * Returns the plugin with the `KUBERNETES_EXEC_INFO` that kubectl sets and the package does not: the supported version of
 * the credentials, that there is no terminal to prompt on, and the cluster if `provideClusterInfo` is set. Cloud plugins
 * choose their output by it.
 *
 * @throws UsageError if the plugin always needs a terminal: it has none, and would wait forever
 */
export function informed<P extends ExecPlugin>(plugin: P, cluster: Cluster): P {
  if (plugin.interactiveMode === 'Always') {
    throw new UsageError(
      `kubeconfig: the exec plugin ${JSON.stringify(plugin.command)} needs a terminal (interactiveMode: Always), and kubectl-canary gives it none; try a plugin that logs in beforehand`,
    );
  }
  const info = {
    apiVersion: plugin.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(plugin.provideClusterInfo === true ? { cluster: clusterInfo(cluster) } : {}) },
  };
  const others = (plugin.env ?? []).filter(({ name }) => name !== EXEC_INFO);
  return { ...plugin, env: [...others, { name: EXEC_INFO, value: JSON.stringify(info) }] };
}

function clusterInfo({ server, tlsServerName, skipTLSVerify, caData, caFile, proxyUrl }: Cluster): object {
  const authority = caData ?? (caFile === undefined ? undefined : readFileSync(caFile).toString('base64'));
  return {
    server,
    ...(tlsServerName ? { 'tls-server-name': tlsServerName } : {}),
    ...(skipTLSVerify ? { 'insecure-skip-tls-verify': true } : {}),
    ...(authority ? { 'certificate-authority-data': authority } : {}),
    ...(proxyUrl ? { 'proxy-url': proxyUrl } : {}),
  };
}
