import { canary } from './command';
import { type Prometheus, histogramText, startPrometheus } from './prometheus';
import type { Namespace } from './namespace';
import type { Tree } from './trees';
import { pause } from './walk';

// Traffic that a real Prometheus counts. Prometheus scrapes a text in the form of Istio's proxies and of ingress-nginx. The text has the
// counts that a test needs.

/** The target's labels. If a metric has such a label too, Prometheus renames the metric's own to `exported_…`, as for ingress-nginx. */
export const TARGET = { namespace: 'ingress-nginx', service: 'ingress-nginx-controller' };

/** Seconds until a new server has its first scrapes. It looks for targets every five seconds. */
export const SCRAPED = 10;

/** The canary's traffic, where it differs from stable's. */
export interface Canary {
  /** Errors in a hundred requests; stable has one. */
  readonly errors?: number;
  /** The canary's latency as a multiple of stable's. */
  readonly slower?: number;
}

/** Runs the command on the node, because the Prometheus server listens there. */
export const typed = (namespace: Namespace, tree: Tree, words: readonly string[], kubeconfig = process.env['KUBECONFIG']!) =>
  canary([...words, '--dir', tree.folder, '--namespace', namespace.name, '-o', 'json'], { kubeconfig, timeout: 280 });

/** Runs `body` with a server that counts this traffic and already has some scrapes, then stops the server. */
export async function counting<T>(namespace: Namespace, canary_: Canary, body: (server: Prometheus) => Promise<T>): Promise<T> {
  const begin = Date.now();
  const server = await startPrometheus(() => metricsText(namespace.name, 3_600 + Math.floor((Date.now() - begin) / 1000), canary_), TARGET);
  try {
    await pause(SCRAPED);
    return await body(server);
  } finally {
    await server.stop();
  }
}

/**
 * The counters after this many seconds: 900 requests a second to stable and 300 to the canary. One request in a hundred fails; half of the
 * others take 20 ms and half take 40 ms.
 */
function metricsText(namespace: string, seconds: number, { errors = 1, slower = 1 }: Canary): string {
  const lines: string[] = [];
  for (const [version, hundreds, failing, factor] of [
    ['1.0', 9 * seconds, 1, 1],
    ['1.1', 3 * seconds, errors, slower],
  ] as const) {
    const answers = (100 - failing) * hundreds;
    const buckets = (scale: number) =>
      Object.fromEntries(
        [5, 10, 25, 50, 100, 250, Infinity].map((end) => {
          const part = [20, 40].filter((time) => time * factor <= end).length / 2;
          return [end === Infinity ? '+Inf' : String(end * scale), Math.floor(part * answers)];
        }),
      );
    // The client's proxy and the server's proxy both count each request, so a query must use only one of them.
    for (const reporter of ['source', 'destination']) {
      const istio = `reporter="${reporter}",source_workload="web",destination_service_name="canary-svc",destination_service_namespace="${namespace}",destination_version="${version}"`;
      lines.push(`istio_requests_total{${istio},response_code="200"} ${answers}`);
      lines.push(`istio_requests_total{${istio},response_code="503"} ${failing * hundreds}`);
      lines.push(histogramText('istio_request_duration_milliseconds', `${istio},response_code="200"`, buckets(1)));
      // Failed requests are fast. They must not make a failing version look fast.
      lines.push(
        histogramText('istio_request_duration_milliseconds', `${istio},response_code="503"`, {
          '5': failing * hundreds,
          '+Inf': failing * hundreds,
        }),
      );
    }
    const nginx = `namespace="${namespace}",ingress="shop",service="canary-svc",canary="${version === '1.0' ? '' : `${namespace}-canary-svc-8080`}",host="shop.example",method="GET",path="/"`;
    lines.push(`nginx_ingress_controller_requests{${nginx},status="200"} ${answers}`);
    lines.push(`nginx_ingress_controller_requests{${nginx},status="503"} ${failing * hundreds}`);
    lines.push(histogramText('nginx_ingress_controller_request_duration_seconds', `${nginx},status="200"`, buckets(0.001)));
  }
  return `${lines.join('\n')}\n`;
}
