import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Cluster, User } from '@kubernetes/client-node';
import { UsageError } from '../core/errors';
import { at, textAt } from '../core/resource';
import { LONGEST_TIMER } from './request-timer';

/** The fields of a kubeconfig user's `exec` that are used here. */
export interface ExecPlugin {
  readonly apiVersion?: string;
  readonly command?: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly installHint?: string;
  readonly interactiveMode?: 'Never' | 'IfAvailable' | 'Always';
  readonly provideClusterInfo?: boolean;
}

/** The credentials that a plugin returned. Either the token is set, or certificate and key, or all of them. */
export interface PluginCredentials {
  readonly token?: string;
  /** PEM. */
  readonly certificate?: string;
  /** PEM. */
  readonly key?: string;
  /** Milliseconds since 1970; undefined if they are valid until the server refuses them. */
  readonly expires?: number;
}

const EXEC_INFO = 'KUBERNETES_EXEC_INFO';
const VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/** The most that a plugin may print to standard output, in characters: credentials are a few thousand. */
const LONGEST = 1_000_000;

/** Returns the plugin of a user that has no credentials of its own, as kubectl chooses; undefined if there is none. */
export function pluginOf(user: User | null | undefined): ExecPlugin | undefined {
  const own = user?.token ?? user?.username ?? user?.certData ?? user?.certFile;
  return own ? undefined : ((user?.exec as ExecPlugin | null | undefined) ?? undefined);
}

/**
 * Returns the environment of a plugin: ours, the plugin's own, and the `KUBERNETES_EXEC_INFO` of kubectl: the version of the credentials,
 * that there is no terminal to prompt on, and the cluster if `provideClusterInfo` is set. Cloud plugins choose their output by it.
 *
 * @param config the settings for exec plugins of the cluster
 * @throws UsageError if kubectl would not run the plugin either, or the plugin always needs a terminal: it has none, and would wait forever
 */
export function environmentFor(
  plugin: ExecPlugin,
  cluster: Cluster,
  config?: unknown,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string | undefined> {
  const name = JSON.stringify(plugin.command);
  if (plugin.interactiveMode === 'Always') {
    throw new UsageError(
      `kubeconfig: the exec plugin ${name} needs a terminal (interactiveMode: Always), and kubectl-canary gives it none; try a plugin that logs in beforehand`,
    );
  }
  if (!plugin.command) {
    throw new UsageError('kubeconfig: an exec plugin has no command');
  }
  if (plugin.apiVersion === undefined || !VERSIONS.includes(plugin.apiVersion)) {
    throw new UsageError(
      `kubeconfig: the exec plugin ${name} has apiVersion ${JSON.stringify(plugin.apiVersion)}; must be ${VERSIONS.join(' or ')}`,
    );
  }
  const info = {
    apiVersion: plugin.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(plugin.provideClusterInfo === true ? { cluster: clusterInfo(cluster, config) } : {}) },
  };
  const own = Object.fromEntries((plugin.env ?? []).map((entry) => [entry.name, entry.value]));
  return { ...env, ...own, [EXEC_INFO]: JSON.stringify(info) };
}

function clusterInfo({ server, tlsServerName, skipTLSVerify, caData, caFile, proxyUrl }: Cluster, config: unknown): object {
  const authority = caData ?? (caFile === undefined ? undefined : readFileSync(caFile).toString('base64'));
  return {
    server,
    ...(tlsServerName ? { 'tls-server-name': tlsServerName } : {}),
    ...(skipTLSVerify ? { 'insecure-skip-tls-verify': true } : {}),
    ...(authority ? { 'certificate-authority-data': authority } : {}),
    ...(proxyUrl ? { 'proxy-url': proxyUrl } : {}),
    ...(config === undefined ? {} : { config }),
  };
}

/**
 * Runs a plugin to its end, without a terminal.
 *
 * @param timeout milliseconds after which it is killed
 * @param onLine called for each line that it writes to standard error, such as an address to log in at
 * @throws Error if it fails, does not end in time, or returns no credentials of its version
 */
export async function runPlugin(
  plugin: ExecPlugin,
  env: Readonly<Record<string, string | undefined>>,
  timeout: number,
  onLine: (line: string) => void,
): Promise<PluginCredentials> {
  const name = `the exec plugin ${JSON.stringify(plugin.command)}`;
  const text = await new Promise<string>((done, failed) => {
    const child = spawn(plugin.command!, plugin.args ?? [], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [output, rest] = ['', ''];
    const fail = (reason: string) => {
      clearTimeout(late);
      child.kill('SIGKILL');
      // A process that the plugin started may keep the pipes open.
      child.stdout.destroy();
      child.stderr.destroy();
      failed(new Error(`${name} ${reason}`));
    };
    const late = setTimeout(() => fail(`did not end within ${timeout / 1_000} s`), Math.min(timeout, LONGEST_TIMER));
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (output.length > LONGEST) {
        fail(`printed more than ${LONGEST} characters`);
      }
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!.slice(-LONGEST);
      lines.forEach(onLine);
    });
    child.once('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'ENOENT' ? `was not found${plugin.installHint ? `: ${plugin.installHint}` : ''}` : `failed: ${error.message}`),
    );
    child.once('close', (code, signal) => {
      if (rest !== '') {
        onLine(rest);
      }
      if (code !== 0) {
        return fail(code === null ? `was ended by ${signal}` : `failed with exit code ${code}`);
      }
      clearTimeout(late);
      done(output);
    });
  });
  return credentialsIn(text, plugin, name);
}

function credentialsIn(text: string, plugin: ExecPlugin, name: string): PluginCredentials {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${name} printed no JSON`);
  }
  if (at(value, 'apiVersion') !== plugin.apiVersion || at(value, 'kind') !== 'ExecCredential') {
    const got = `${String(at(value, 'kind'))} of ${String(at(value, 'apiVersion'))}`;
    throw new Error(`${name} returned ${got}; must be ExecCredential of ${plugin.apiVersion}`);
  }
  const token = textAt(value, 'status', 'token') || undefined;
  const certificate = textAt(value, 'status', 'clientCertificateData') || undefined;
  const key = textAt(value, 'status', 'clientKeyData') || undefined;
  if ((certificate === undefined) !== (key === undefined)) {
    throw new Error(`${name} returned only a certificate or only a key; must be both`);
  }
  if (token === undefined && certificate === undefined) {
    throw new Error(`${name} returned neither a token nor a certificate`);
  }
  const expires = Date.parse(textAt(value, 'status', 'expirationTimestamp') ?? '');
  return { token, certificate, key, expires: Number.isNaN(expires) ? undefined : expires };
}
