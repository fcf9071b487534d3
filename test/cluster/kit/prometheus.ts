import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../support/command';
import { buildGoModule } from '../../support/go-module';
import { PROMETHEUS } from '../machine/programs';

/** A Prometheus server that scrapes one target every second. */
export interface Prometheus {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a real Prometheus on the loopback.
 *
 * @param metrics returns the target's metrics in the text format, for each scrape
 * @param labels labels of the target; if a metric has such a label too, Prometheus renames the metric's own to `exported_…`
 */
export async function startPrometheus(metrics: () => string, labels: Readonly<Record<string, string>>): Promise<Prometheus> {
  // The program was built before the cluster started: nothing can be downloaded from inside the cluster's network.
  const { folder } = await buildGoModule(PROMETHEUS, () => undefined);
  const target = createServer((_, answer) => answer.setHeader('Content-Type', 'text/plain; version=0.0.4').end(metrics()));
  await new Promise<void>((done) => target.listen(0, '127.0.0.1', done));
  const dir = mkdtempSync(join(tmpdir(), 'canary-prometheus-'));
  const targets = [`127.0.0.1:${(target.address() as AddressInfo).port}`];
  const config = { global: { scrape_interval: '1s' }, scrape_configs: [{ job_name: 'mesh', static_configs: [{ targets, labels }] }] };
  writeFileSync(join(dir, 'prometheus.yml'), JSON.stringify(config));
  const port = await freePort();
  const words = [`--config.file=${dir}/prometheus.yml`, `--storage.tsdb.path=${dir}/data`, `--web.listen-address=127.0.0.1:${port}`];
  const child = spawn(join(folder, 'prometheus'), words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)));
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    child.kill();
    await ended;
    target.close();
    rmSync(dir, { recursive: true });
  };
  try {
    await until('Prometheus', 30, async () => ((await fetch(`${url}/-/ready`)).ok ? true : undefined));
  } catch (error) {
    await stop();
    throw new Error(`${(error as Error).message}; it had said: ${said}`, { cause: error });
  }
  return { url, stop };
}

/** A histogram in the text format: cumulative counts by upper bound. */
export function histogramText(name: string, labels: string, buckets: Readonly<Record<string, number>>): string {
  return Object.entries(buckets)
    .map(([le, count]) => `${name}_bucket{${labels},le="${le}"} ${count}`)
    .join('\n');
}

/** Returns an unused port, because Prometheus cannot choose a free port itself. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
