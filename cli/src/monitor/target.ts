import { spawn } from 'node:child_process';
import { isIPv6 } from 'node:net';
import { createInterface } from 'node:readline';
import type { Api } from '../cluster/api';
import { Informer } from '../cluster/informer';
import { CliError, EXIT, UsageError } from '../core/errors';
import { type Resource, listAt, textAt } from '../core/resource';
import type { Address } from './request';

/** The destination of the requests. */
export interface Target {
  /** The description for people: `http://192.0.2.10:8080/`. */
  readonly words: string;
  /** `requests` if the Service's endpoints or a route divide the requests; `nothing` if all go to one pod. */
  readonly divides: 'requests' | 'nothing';
  /** Returns the address of the next request. */
  address(): Promise<Address>;
  /** Releases what the target opened. */
  close(): void;
}

/** A Service, and the request path. */
export interface ServiceTarget {
  readonly namespace: string;
  readonly service: string;
  /** The name or number of a port of the Service. Default: its first port. */
  readonly port?: string;
  readonly path: string;
  /** Milliseconds to wait for an address. */
  readonly timeout: number;
}

/**
 * The address that the user gave.
 *
 * @param path replaces the path and the query of the URL
 * @throws UsageError if the text is not a URL that may be requested
 */
export function urlTarget(text: string, path?: string): Target {
  const url = parseUrl('--url', text);
  if (path !== undefined) {
    const asked = new URL(path, url);
    url.pathname = asked.pathname;
    url.search = asked.search;
  }
  return { words: url.href, divides: 'requests', address: () => Promise.resolve({ url }), close: () => undefined };
}

/** Parses an http or https URL. It rejects credentials, which would end up in records. */
export function parseUrl(option: string, text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new UsageError(`${option}: got ${JSON.stringify(text)}; must be a URL such as http://192.0.2.10:8080/`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new UsageError(`${option}: got ${JSON.stringify(text)}; must begin with http:// or https://`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(`${option}: got a URL with a user or a password; must contain neither; try a header`);
  }
  url.hash = '';
  return url;
}

const pathOf = (namespace: string) => `/api/v1/namespaces/${encodeURIComponent(namespace)}/services`;

/** Reads a Service. @throws CliError if it does not exist */
export async function readService(api: Api, { namespace, service }: Pick<ServiceTarget, 'namespace' | 'service'>): Promise<Resource> {
  const found = await api.find(`${pathOf(namespace)}/${encodeURIComponent(service)}`);
  if (!found) {
    throw new CliError(`Service ${service} does not exist in namespace ${namespace}; apply stage-0, or check --namespace`, EXIT.refused);
  }
  return found;
}

/** Returns the requested port of a Service, or its first port. */
export function portOf(service: Resource, asked: string | undefined): Resource {
  const ports = listAt(service, 'spec', 'ports');
  const found = asked === undefined ? ports[0] : ports.find((port) => port['name'] === asked || String(port['port']) === asked);
  if (!found) {
    const known = ports.map((port) => [port['port'], port['name']].filter((part) => part !== undefined).join(' ')).join(', ');
    throw new UsageError(`--port: got ${JSON.stringify(asked)}; must be a port of the Service: ${known}`);
  }
  return found;
}

/** Whether a port speaks TLS, judged by its appProtocol and name. */
function isTls(port: Resource): boolean {
  const words = [port['appProtocol'], port['name']].map((word) => String(word ?? '').toLowerCase());
  return words.some((word) => word === 'https' || word.startsWith('https-')) || port['port'] === 443;
}

/** Waits for the address that a load balancer assigns to a Service. @throws CliError if it has none in time */
export async function balancerTarget(api: Api, target: ServiceTarget, signal: AbortSignal): Promise<Target> {
  const service = await readService(api, target);
  const type = textAt(service, 'spec', 'type') ?? 'ClusterIP';
  const ways = [
    '--url URL   sends requests to an address that reaches it',
    '--via api   sends requests through the API server; needs the permission to get services/proxy',
  ];
  if (type !== 'LoadBalancer') {
    throw new CliError(`Service ${target.service} is of type ${type} and has no address outside the cluster`, EXIT.refused, ways);
  }
  const host = hostOf(service) ?? (await balancerHost(api, target, signal));
  if (host === undefined) {
    const after = `${target.timeout / 1_000} s`;
    throw new CliError(
      `Service ${target.service}: the load balancer assigned no address within ${after}; it is still pending`,
      EXIT.refused,
      [`kubectl describe service ${target.service}   shows its events`, ...ways],
    );
  }
  const port = portOf(service, target.port);
  const url = new URL(target.path, `${isTls(port) ? 'https' : 'http'}://${isIPv6(host) ? `[${host}]` : host}:${String(port['port'])}`);
  return { words: url.href, divides: 'requests', address: () => Promise.resolve({ url }), close: () => undefined };
}

/** Returns the IP address or the hostname: some clouds assign one, some the other. */
function hostOf(service: Resource): string | undefined {
  const ingress = listAt(service, 'status', 'loadBalancer', 'ingress');
  return ingress.map((one) => textAt(one, 'ip') || textAt(one, 'hostname')).find((text) => text !== undefined && text !== '');
}

function balancerHost(api: Api, { namespace, service, timeout }: ServiceTarget, signal: AbortSignal): Promise<string | undefined> {
  const watching = new AbortController();
  return new Promise<string | undefined>((done, failed) => {
    const look = () => {
      const host = informer.items.map(hostOf).find((text) => text !== undefined);
      if (host !== undefined) {
        done(host);
      }
    };
    const informer = new Informer(api, pathOf(namespace), { fieldSelector: `metadata.name=${service}` }, () => look());
    const late = setTimeout(() => done(undefined), timeout);
    watching.signal.addEventListener('abort', () => clearTimeout(late));
    // Remove the listener at the end: the signal lives as long as the run, and each stage may wait here.
    signal.addEventListener('abort', () => done(undefined), { signal: watching.signal });
    informer.start(watching.signal).catch(failed);
  }).finally(() => watching.abort());
}

/**
 * The API server's proxy to a Service, which picks a random ready endpoint for each request. It needs `services/proxy`,
 * and adds its own latency to the measured one.
 */
export async function proxyTarget(api: Api, target: ServiceTarget): Promise<Target> {
  const { namespace, service: name, path } = target;
  const port = portOf(await readService(api, target), target.port);
  const { connection } = api;
  const { server } = connection;
  const part = `${isTls(port) ? 'https:' : ''}${name}:${String(port['name'] ?? port['port'])}`;
  const url = new URL(
    `${server.pathname.replace(/\/$/, '')}${pathOf(namespace)}/${part}/proxy${path.startsWith('/') ? '' : '/'}${path}`,
    server,
  );
  return {
    words: `Service ${name} through the API server`,
    divides: 'requests',
    address: async () => ({ url, ...(await connection.authenticate()) }),
    close: () => undefined,
  };
}

/** The options that select the cluster for kubectl. */
export interface KubectlOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly as?: string;
  readonly asGroup?: readonly string[];
}

/** `kubectl port-forward`: it stays on one pod for its lifetime, so it shows latencies and errors but no shares. */
export async function forwardTarget(api: Api, target: ServiceTarget, kubectl: KubectlOptions, signal: AbortSignal): Promise<Target> {
  const port = portOf(await readService(api, target), target.port);
  const argv = [
    ...(kubectl.kubeconfig === undefined ? [] : ['--kubeconfig', kubectl.kubeconfig]),
    ...['--context', api.connection.contextName, '--namespace', target.namespace],
    ...(kubectl.as === undefined ? [] : ['--as', kubectl.as]),
    ...(kubectl.asGroup ?? []).flatMap((group) => ['--as-group', group]),
    ...['port-forward', '--address', '127.0.0.1', `service/${target.service}`, `:${String(port['port'])}`],
  ];
  // In its own process group, so that Ctrl-C reaches only us and requests under way can finish.
  const child = spawn('kubectl', argv, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const close = () => void child.kill();
  process.once('exit', close);
  child.once('close', () => process.off('exit', close));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
  const waiting = new AbortController();
  const local = await new Promise<string>((done, failed) => {
    const refuse = (why: string) => failed(new CliError(`kubectl port-forward: ${why}`, EXIT.refused));
    const late = setTimeout(() => refuse(`not ready within ${target.timeout / 1_000} s`), target.timeout);
    createInterface({ input: child.stdout }).on('line', (line) => {
      const address = /127\.0\.0\.1:\d+/.exec(line)?.[0];
      if (address !== undefined) {
        clearTimeout(late);
        done(address);
      }
    });
    signal.addEventListener('abort', () => refuse('interrupted'), { signal: waiting.signal });
    child.once('error', (error) => refuse(error.message));
    child.once('close', (status) => refuse(said.trim().split('\n').at(-1) || `exited with code ${status}`));
  })
    .catch((error: unknown) => {
      close();
      throw error;
    })
    .finally(() => waiting.abort());
  const url = new URL(target.path, `${isTls(port) ? 'https' : 'http'}://${local}`);
  return {
    words: `one pod of Service ${target.service} through a port-forward`,
    divides: 'nothing',
    address: () => Promise.resolve({ url }),
    close,
  };
}
