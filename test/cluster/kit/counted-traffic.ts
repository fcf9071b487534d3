import { canary } from './command';
import { Prometheus, histogramText, startPrometheus } from './prometheus';
import { Namespace } from './namespace';
import { Tree } from './trees';
import { pause } from './walk';

// Traffic that a real Prometheus counts. What it scrapes is a text in the form of Istio's proxies and of ingress-nginx, and says what each
// test wants to have happened.

/** The labels of the target: where a metric has the same ones, its own become `exported_`, as those of ingress-nginx do. */
export const TARGET = { namespace: 'ingress-nginx', service: 'ingress-nginx-controller' };

/** Seconds until a server that was started has its first scrapes: it looks for targets every five. */
export const SCRAPED = 10;

/** What is counted of the canary, where it is other than stable. */
export interface Canary {
  /** Errors of a hundred requests; stable has one. */
  readonly errors?: number;
  /** How many times as long as stable's its answers take. */
  readonly slower?: number;
}

/** Runs the command on the node, where the server is. */
export const typed = (namespace: Namespace, tree: Tree, words: readonly string[], kubeconfig = process.env['KUBECONFIG']!) =>
  canary([...words, '--dir', tree.folder, '--namespace', namespace.name, '-o', 'json'], { kubeconfig, timeout: 280 });

/** A server that counts this traffic for as long as something goes on, and has counted for a while. */
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

/** What is counted after so many seconds: 900 requests a second to stable and 300 to the canary, an error in a hundred, half of 20 ms and half of 40. */
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
    // The client's proxy counts each request, and so does the server's: one of them is enough.
    for (const reporter of ['source', 'destination']) {
      const istio = `reporter="${reporter}",source_workload="web",destination_service_name="canary-svc",destination_service_namespace="${namespace}",destination_version="${version}"`;
      lines.push(`istio_requests_total{${istio},response_code="200"} ${answers}`);
      lines.push(`istio_requests_total{${istio},response_code="503"} ${failing * hundreds}`);
      lines.push(histogramText('istio_request_duration_milliseconds', `${istio},response_code="200"`, buckets(1)));
      // A version that fails fast must not look fast.
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
