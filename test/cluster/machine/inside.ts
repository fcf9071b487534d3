/**
 * The part of a run inside the cluster's own kernel namespaces. Starts the cluster, then the suites or a shell, then stops the cluster.
 * The pipe at descriptor 3 closes when the outer process ends or asks this process to end.
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { FIRST, GO_SETTINGS, LAST } from './children';
import { type Cluster, startCluster } from './cluster';
import { CLUSTER_INFO, type ClusterInfo, ORDER, type Order } from './cluster-info';
import { keepFigure } from './figure';
import { auditLog } from './kubernetes';
import { LOAD_BALANCERS, inClient, loadBalancerAddress } from './network';

const say = (text: string) => console.log(`cluster: ${text}`);

async function main(order: Order): Promise<number> {
  const lifeline = new Socket({ fd: 3 });
  const abandoned = new Promise<'abandoned'>((done) =>
    lifeline
      .on('close', () => done('abandoned'))
      .on('error', () => undefined)
      .resume(),
  );

  const logs = join(order.results, 'logs');
  mkdirSync(logs, { recursive: true });
  const starting = startCluster(order.programs, logs, order.outerPid, say);
  const cluster = await Promise.race([starting, abandoned]);
  if (cluster === 'abandoned') {
    // Processes that are still starting end with this process, which is the first in its PID namespace apart from the init.
    return 130;
  }
  const time = (what: string, since: number) => {
    const seconds = Number(((Date.now() - since) / 1000).toFixed(1));
    keepFigure(order.results, { table: 'Times', row: { what, seconds } });
    return seconds;
  };
  say(`up after ${time('start the cluster', order.startedAt)} s; logs in ${logs}`);
  const begin = Date.now();
  try {
    return await Promise.race([runIn(cluster, order), abandoned.then(() => 130), cluster.children.failure]);
  } finally {
    time('run the suites', begin);
    const end = Date.now();
    await cluster.children.stopAll();
    say(`stopped in ${time('stop the cluster', end)} s`);
  }
}

function runIn(cluster: Cluster, order: Order): Promise<number> {
  const { bin } = order.programs;
  const facts: ClusterInfo = {
    kubectl: bin['kubectl']!,
    istioctl: bin['istioctl']!,
    hasIstio: true,
    run: 'own',
    results: order.results,
    load: [...inClient, ...FIRST, bin['load']!],
    outside: [...inClient, ...FIRST],
    loadBalancers: Array.from({ length: LOAD_BALANCERS }, (_, n) => loadBalancerAddress(n)),
    envoy: '127.0.0.1',
    gateways: { envoy: bin['envoy']!, resolver: bin['resolver']!, helm: bin['helm']!, envoyGateway: order.programs.envoyGateway },
    auditLog: auditLog(cluster.children.logs),
  };
  const env = { ...process.env, ...GO_SETTINGS, KUBECONFIG: cluster.kubeconfig, [CLUSTER_INFO]: JSON.stringify(facts), [ORDER]: undefined };
  return new Promise((done, failed) => {
    const [first, ...others] = [...LAST, ...order.argv];
    const child = spawn(first, others, { env, stdio: 'inherit' });
    child.once('error', failed).once('exit', (status) => done(status ?? 1));
  });
}

// Ignore SIGINT: the outer process handles the terminal's signals, and sends its requests through the pipe.
process.on('SIGINT', () => undefined);
main(JSON.parse(process.env[ORDER]!) as Order).then(
  (status) => process.exit(status),
  (error: Error) => {
    console.error(`cluster: ${error.message}`);
    process.exit(1);
  },
);
