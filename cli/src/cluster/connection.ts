import type { RequestOptions } from 'node:https';
import { Agent as HttpsAgent } from 'node:https';
import { Agent as HttpAgent } from 'node:http';
import { getProxyForUrl } from 'proxy-from-env';
// A named import, so that the bundle includes the kubeconfig loader but not a client for every API kind.
import { KubeConfig, type User } from '@kubernetes/client-node';
import { UsageError } from '../core/errors';
import type { Connection, Credentials } from './api';
import { type PluginCredentials, environmentFor, pluginOf, runPlugin } from './exec-plugin';
import { type Kubeconfig, readKubeconfig } from './kubeconfig';

/** The options that select a cluster, as in kubectl. */
export interface ConnectionOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly as?: string;
  readonly asGroup?: readonly string[];
}

/** How an exec plugin is run. */
export interface PluginOptions {
  /** Milliseconds after which it is killed. */
  readonly timeout: number;
  /** Called for each line that it writes to standard error. */
  readonly onLine: (line: string) => void;
}

/**
 * The connection to a cluster: server, namespace and credentials, from the kubeconfig that kubectl would use.
 *
 * Credentials are kept until the server refuses them, as in kubectl: an exec plugin that names no expiry runs once,
 * not for every request. One that names an expiry runs again after it.
 */
export class KubeConnection implements Connection {
  readonly server: URL;
  readonly namespace: string;
  readonly contextName: string;
  private credentials: Promise<Credentials> | undefined;
  private current: Credentials | undefined;
  /** When the plugin's credentials expire, in milliseconds since 1970. */
  private expires = Infinity;

  private constructor(
    private readonly kubeconfig: Kubeconfig,
    private readonly options: ConnectionOptions,
    private readonly plugin: PluginOptions,
  ) {
    const { config } = kubeconfig;
    const cluster = config.getCurrentCluster();
    if (!cluster) {
      throw new UsageError(`context ${JSON.stringify(config.getCurrentContext())}: its cluster is not in the kubeconfig`);
    }
    try {
      this.server = new URL(cluster.server);
    } catch {
      throw new UsageError(`cluster ${JSON.stringify(cluster.name)}: got server ${JSON.stringify(cluster.server)}; must be a URL`);
    }
    this.contextName = config.getCurrentContext();
    this.namespace = options.namespace || config.getContextObject(this.contextName)?.namespace || 'default';
  }

  /** @throws UsageError if the kubeconfig cannot be read, or its context or cluster is missing */
  static open(options: ConnectionOptions, plugin: PluginOptions): KubeConnection {
    const kubeconfig = readKubeconfig(options.kubeconfig);
    const { config } = kubeconfig;
    const contexts = config.getContexts().map(({ name }) => name);
    if (options.context !== undefined && !contexts.includes(options.context)) {
      const known = contexts.length === 0 ? 'a context of the kubeconfig, which has none' : `one of ${contexts.join(', ')}`;
      throw new UsageError(`--context: got ${JSON.stringify(options.context)}; must be ${known}`);
    }
    if (options.context !== undefined) {
      config.setCurrentContext(options.context);
    }
    if (!config.getContextObject(config.getCurrentContext())) {
      throw new UsageError('kubeconfig: no current context; pass --context, or run kubectl config use-context');
    }
    return new KubeConnection(kubeconfig, options, plugin);
  }

  get flags(): readonly string[] {
    const { kubeconfig, context, namespace, as, asGroup = [] } = this.options;
    const flag = (name: string, value: string | undefined) => (value === undefined ? [] : [`--${name}`, value]);
    const groups = asGroup.flatMap((group) => flag('as-group', group));
    return [...flag('kubeconfig', kubeconfig), ...flag('context', context), ...flag('namespace', namespace), ...flag('as', as), ...groups];
  }

  authenticate(): Promise<Credentials> {
    if (Date.now() >= this.expires) {
      this.credentials = undefined;
      this.expires = Infinity;
    }
    const known = this.credentials ?? this.prepare();
    this.credentials = known;
    known.then(
      (credentials) => (this.current = credentials),
      // A plugin that failed may succeed next time.
      () => (this.credentials = undefined),
    );
    return known;
  }

  forget(refused: Credentials): void {
    // If several requests are refused at once, the first one has already dropped the credentials.
    if (this.current !== refused) {
      return;
    }
    this.current = undefined;
    this.credentials = undefined;
  }

  private async prepare(): Promise<Credentials> {
    const { config, pluginConfig } = this.kubeconfig;
    const cluster = config.getCurrentCluster()!;
    const user = config.getCurrentUser();
    const plugin = pluginOf(user);
    const received =
      plugin &&
      (await runPlugin(plugin, environmentFor(plugin, cluster, pluginConfig(cluster.name)), this.plugin.timeout, this.plugin.onLine));
    this.expires = received?.expires ?? Infinity;
    const isPlain = this.server.protocol === 'http:';
    // kubectl uses HTTPS_PROXY and NO_PROXY if the kubeconfig has no proxy-url; the package knows only proxy-url.
    const proxyUrl = cluster.proxyUrl ?? (getProxyForUrl(this.server.href) || undefined);
    const prepared = new KubeConfig();
    prepared.loadFromOptions({
      // Without TLS there is nothing to verify; the package refuses plain HTTP servers unless verification is off.
      clusters: [{ ...cluster, proxyUrl, skipTLSVerify: cluster.skipTLSVerify || isPlain }],
      users: user ? [{ ...user, exec: undefined, ...userWith(received) }] : [],
      contexts: config.getContexts(),
      currentContext: this.contextName,
    });
    const options: RequestOptions = {};
    await prepared.applyToHTTPSOptions(options);
    const { ca, cert, key, servername, rejectUnauthorized } = options;
    const tls = { ca, cert, key, servername, rejectUnauthorized };
    const kept = isPlain ? new HttpAgent({ keepAlive: true }) : new HttpsAgent({ keepAlive: true, ...tls });
    return {
      headers: { ...(options.headers as Record<string, string>), ...this.identity(options.auth) },
      agent: proxyUrl ? (options.agent as HttpAgent) : kept,
    };
  }

  private identity(auth: string | null | undefined): Record<string, string | string[]> {
    const { as, asGroup = [] } = this.options;
    return {
      ...(auth ? { Authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {}),
      ...(as !== undefined ? { 'Impersonate-User': as } : {}),
      ...(asGroup.length > 0 ? { 'Impersonate-Group': [...asGroup] } : {}),
    };
  }
}

/** The fields of a kubeconfig user that hold what a plugin returned. */
function userWith(received: PluginCredentials | undefined): Partial<User> {
  const base64 = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text).toString('base64'));
  return received ? { token: received.token, certData: base64(received.certificate), keyData: base64(received.key) } : {};
}
