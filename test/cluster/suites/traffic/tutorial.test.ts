import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../../../support/command';
import { clusterInfo } from '../../kit/cluster-info';
import { figure, percent } from '../../kit/figures';
import { type Load, RATE, type Report, failures, sendLoad, startLoad, throughEnvoy } from '../../kit/load';
import { PodRecord, seen } from '../../kit/pods';
import { scenario } from '../../kit/scenario';
import type { Namespace } from '../../kit/namespace';
import { pause } from '../../kit/walk';

// Tests of the tutorial's own manifests and commands. They show why the library works differently: if one of them fails, one of our reasons
// no longer holds.

const manifest = (name: string) => join(__dirname, '..', '..', 'tutorial', `${name}.yaml`);
const CANARY = 'canary-2-dep';
const STABLE = 'canary-1-dep';

async function begin(
  namespace: Namespace,
): Promise<{ load: Load; record: PodRecord; scale: (name: string, replicas: number) => Promise<string> }> {
  await namespace.apply(manifest(STABLE));
  await namespace.apply(manifest('canary-svc'));
  await namespace.ready(STABLE);
  const url = await namespace.balance('canary-svc');
  await pause(3);
  const record = await PodRecord.start(namespace, 'version');
  const load = startLoad({ url }, RATE);
  await pause(2);
  return { load, record, scale: (name, replicas) => namespace.kubectl('scale', `deployment/${name}`, `--replicas=${replicas}`) };
}

function tell(way: string, report: Report, fewestReady: number): void {
  const lost = percent(report.failed / report.requests);
  figure('Requests', {
    service: "the tutorial's own",
    way,
    requests: report.requests,
    failed: failures(report),
    lost,
    'p99 (ms)': Math.round(report.p99),
  });
  figure('The tutorial', { way, 'fewest ready pods': fewestReady, requests: report.requests, failed: failures(report), lost });
  expect(report.failed).toBeGreaterThan(0);
}

scenario(
  "the tutorial's own rollout to 100 % loses requests",
  async (namespace) => {
    const { load, record, scale } = await begin(namespace);
    await namespace.apply(manifest(CANARY));
    await namespace.ready(CANARY);
    const beside = record.moments.at(-1)!;
    // Before the step that the tutorial calls 10 %, half of the pods already have the new version.
    expect(seen([beside], '1.0', '1.1').mostShare).toBe(0.5);
    for (const [stable, canary] of [
      [9, 1],
      [3, 3],
      [0, 6],
    ] as const) {
      await scale(STABLE, stable);
      await scale(CANARY, canary);
      await pause(6);
    }
    await namespace.kubectl('delete', 'deployment', STABLE);
    await pause(3);
    const report = await load.stop();
    await record.stop();
    tell('9:1, 3:3, 0:6 by kubectl scale', report, seen(record.moments, '1.0', '1.1').fewestReady);
  },
  { needs: ['load'] },
);

scenario(
  "the tutorial's own rollback from 100 % loses requests, and has no ready pod for a while",
  async (namespace) => {
    await namespace.apply(manifest(CANARY));
    const { load, record, scale } = await begin(namespace);
    await namespace.ready(CANARY);
    await scale(STABLE, 0);
    await scale(CANARY, 6);
    await namespace.ready(CANARY);
    await pause(5);
    await namespace.kubectl('delete', 'deployment', CANARY);
    await scale(STABLE, 3);
    await namespace.ready(STABLE);
    await pause(8);
    const report = await load.stop();
    await record.stop();
    const { fewestReady } = seen(record.moments, '1.0', '1.1');
    tell('rollback from 100 %: delete, then scale', report, fewestReady);
    expect(fewestReady).toBe(0);
  },
  { needs: ['load'] },
);

scenario(
  "the tutorial's VirtualService, whose subsets are not defined, answers every request with 503",
  async (namespace) => {
    await namespace.apply(manifest(STABLE));
    // Istio must know that the port speaks HTTP. The tutorial's port name does not say so, and Istio would not use the route at all.
    const service = readFileSync(manifest('canary-svc'), 'utf8');
    await namespace.applyText(service.replace('name: web', 'name: web\n      appProtocol: http'));
    await namespace.ready(STABLE);
    await pause(3);
    expect((await sendLoad(throughEnvoy('canary-svc', namespace.name), 200)).failed).toBe(0);
    await namespace.apply(manifest('canary-vs'));
    await pause(3);
    const report = await sendLoad(throughEnvoy('canary-svc', namespace.name), 200);
    figure('The tutorial', {
      way: 'its VirtualService',
      'fewest ready pods': 3,
      requests: 200,
      failed: failures(report),
      lost: percent(report.failed / 200),
    });
    expect(report.kinds).toEqual({ 503: 200 });
  },
  { needs: ['envoy'] },
);

scenario(
  "Istio refuses the tutorial's subset names in the DestinationRule that would define them",
  async () => {
    const rule = (name: string) =>
      JSON.stringify({
        apiVersion: 'networking.istio.io/v1',
        kind: 'DestinationRule',
        metadata: { name: 'canary-dr' },
        spec: { host: 'canary-svc', subsets: [{ name, labels: { version: '1.0' } }] },
      });
    const validate = (name: string) => attempt([clusterInfo.istioctl!, 'validate', '-f', '-'], { input: rule(name) });
    expect((await validate('v1.0')).stderr).toContain('subset name is invalid');
    expect((await validate('v1-0')).status).toBe(0);
  },
  { needs: ['istioctl'] },
);
