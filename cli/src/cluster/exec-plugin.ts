import { readFileSync } from 'node:fs';
import type { Cluster } from '@kubernetes/client-node';
import { UsageError } from '../core/errors';

/** A user's `exec` of a kubeconfig, as far as it matters here. */
export interface ExecPlugin {
  readonly apiVersion?: string;
  readonly command?: string;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly interactiveMode?: 'Never' | 'IfAvailable' | 'Always';
  readonly provideClusterInfo?: boolean;
}

const EXEC_INFO = 'KUBERNETES_EXEC_INFO';

/**
 * The plugin with what kubectl tells one in `KUBERNETES_EXEC_INFO`, and the package does not: which version of the credentials
 * is understood, that nobody can be asked, and of which cluster they are, where it wants to know. Plugins of clouds choose
 * their answer by it.
 *
 * @throws BadInput where it can do nothing without a terminal: it has none, and would wait for ever
 */
export function informed<P extends ExecPlugin>(plugin: P, cluster: Cluster): P {
  if (plugin.interactiveMode === 'Always') {
    throw new UsageError(
      `kubeconfig: the plugin ${JSON.stringify(plugin.command)} always asks at the terminal (interactiveMode: Always); must be one that does not, such as one that logs in beforehand`,
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
