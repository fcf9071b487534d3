import { type ChildProcess, spawn } from 'node:child_process';
import { run } from '../../support/command';
import { isRecord } from '../../support/sampling';
import { clusterInfo } from './cluster-info';

/** The outcome of a number of requests. */
export interface Report {
  readonly requests: number;
  readonly answered: number;
  readonly failed: number;
  /** Failures by kind: refused, reset, timeout, unreachable, other, a status such as 503, or a code such as grpc Unavailable. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Successful responses by the version that sent them. */
  readonly versions: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Latency of the successful requests, in milliseconds. */
  readonly median: number;
  readonly p99: number;
  readonly slowest: number;
  readonly failures: readonly { readonly at: string; readonly kind: string; readonly said: string }[];
}

export interface Target {
  /** Its scheme decides the protocol: http, grpc (unary calls of the health service), or tcp (lines). */
  readonly url: string;
  /** The Host header, or the authority of a gRPC call. */
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Connections that are kept open and used in turn (default: each request has a connection of its own). */
  readonly keep?: number;
}

/** The target that reaches a Service through Envoy, like a client with a sidecar. */
export function throughEnvoy(service: string, namespace: string, port = 8080, headers?: Readonly<Record<string, string>>): Target {
  return { url: `http://${clusterInfo.envoy}:${port}`, host: `${service}.${namespace}.svc.cluster.local`, headers };
}

/**
 * Requests a second during a rollout. When several rollouts run at a time, a rate above 100 would overload the machine itself. The lower
 * rate still detects losses: the tests of the tutorial's own commands fail unless requests are lost.
 */
export const RATE = isRecord ? 400 : 100;

/** Load that runs until it is stopped. */
export interface Load {
  stop(): Promise<Report>;
}

const running = new Set<ChildProcess>();

// A failed test does not stop its load, and Jest would wait for the process.
afterAll(() => running.forEach((child) => child.kill()));

export function startLoad(target: Target, rate: number, count = 0): Load {
  const headers = Object.entries(target.headers ?? {}).flatMap(([name, value]) => ['-header', `${name}=${value}`]);
  const host = target.host ? ['-host', target.host] : [];
  const limits = ['-keep', String(target.keep ?? 0), '-rate', String(rate), '-count', String(count)];
  const words = [...clusterInfo.load!, '-url', target.url, ...host, ...headers, ...limits];
  const child = spawn(words[0]!, words.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  running.add(child);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  const report = new Promise<Report>((done, failed) => {
    child.once('error', failed).once('close', (status) => {
      running.delete(child);
      if (status === 0) {
        done(JSON.parse(text) as Report);
      } else {
        failed(new Error(`the load client ended with ${status}`));
      }
    });
  });
  report.catch(() => undefined);
  return {
    stop: () => {
      if (count === 0) {
        child.stdin.end();
      }
      return report;
    },
  };
}

/** Sends `count` requests and waits for their outcome. */
export function sendLoad(target: Target, count: number, rate = 200): Promise<Report> {
  return startLoad(target, rate, count).stop();
}

/** The number of connections that clients outside of the cluster have open to a target. */
export async function openConnections({ url }: Target): Promise<number> {
  const { hostname, port } = new URL(url);
  const lines = await run([
    ...clusterInfo.outside!,
    'ss',
    '--no-header',
    '--tcp',
    '--numeric',
    'state',
    'established',
    'dst',
    `${hostname}:${port}`,
  ]);
  return lines.split('\n').filter(Boolean).length;
}

/** Throws if a request failed. The message has the failures and the steps with their times. */
export function expectNoFailure(report: Report, steps: readonly string[] = []): void {
  if (report.failed > 0) {
    const shown = report.failures.length > 10 ? [...report.failures.slice(0, 5), ...report.failures.slice(-5)] : report.failures;
    const lines = shown.map(({ at, kind, said }) => `${at} ${kind} ${said}`);
    throw new Error(`${failures(report)} of ${report.requests} requests failed:\n${[...lines, ...steps].join('\n')}`);
  }
}

/** Formats the failures by kind. */
export function failures(report: Report): string {
  const kinds = Object.entries(report.kinds).map(([kind, count]) => `${count} ${kind}`);
  return kinds.length === 0 ? '0' : `${report.failed} (${kinds.join(', ')})`;
}
