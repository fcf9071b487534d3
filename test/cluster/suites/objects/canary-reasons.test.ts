import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunRecord } from '../../../../cli/src/core/rollout/record';
import { until } from '../../../support/command';
import * as bad from '../../kit/bad-canaries';
import { type CommandEnd, canary } from '../../kit/command';
import { QUICK, fastTree } from '../../kit/fast';
import { operator } from '../../kit/operator';
import { documentedRules } from '../../kit/roles';
import { scenario } from '../../kit/scenario';
import type { Namespace } from '../../kit/namespace';
import type { Tree } from '../../kit/trees';

// What the command says about a canary that fails, that shares its Service with other pods, or whose responses name no version.

const LOGS = { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] };

/** Applies stage-0 and waits until it is ready. */
async function begun(namespace: Namespace, tree: Tree): Promise<void> {
  await namespace.apply(tree.path('stage-0'));
  await namespace.ready(tree.stable);
}

/** Runs a rollout whose canary does not become ready in time, and returns its end and its record. */
async function failed(namespace: Namespace, tree: Tree, kubeconfig: string): Promise<{ end: CommandEnd; record: RunRecord }> {
  const records = mkdtempSync(join(tmpdir(), 'canary-reasons-'));
  const words = ['run', '--yes', '--hold', '0', '--settle', '0s', '--timeout', '8s', '--record', records, '--dir', tree.folder];
  const end = await canary(words, { kubeconfig });
  const [run] = readdirSync(records);
  return { end, record: JSON.parse(readFileSync(join(records, run!, 'run.json'), 'utf8')) as RunRecord };
}

const NEEDS = { needs: ['images'] } as const;

scenario(
  'a rollback keeps the exit code, the events and the last log lines of the canary, and says which permissions are missing',
  async (namespace) => {
    const crashing = bad.crashingAtStart(false, QUICK);
    await begun(namespace, crashing);
    const reader = await operator(namespace, [...documentedRules('role'), LOGS]);
    const crashed = await failed(namespace, crashing, reader.kubeconfig());
    expect(crashed.end.status).toBe(7);
    expect(crashed.end.stderr).toMatch(/rolling back: .*exited with code 1 \(Error\).*it logged ".*error: crashing after 1s, as told"/);
    const [failure] = crashed.record.failures!;
    expect(failure).toMatchObject({
      folder: expect.stringMatching(/^stage-50/),
      track: 'canary',
      deployment: crashing.canary,
      missing: [],
    });
    const [pod] = failure!.pods;
    expect(pod!.containers[0]).toMatchObject({ exit: { code: 1, reason: 'Error' } });
    expect(pod!.containers[0]!.log.join('\n')).toContain('error: crashing after 1s, as told');
    expect(pod!.events.length).toBeGreaterThan(0);

    const unready = bad.neverReady(false, QUICK);
    await begun(namespace, unready);
    const driver = await operator(namespace, documentedRules('role'), 'driver');
    const late = await failed(namespace, unready, driver.kubeconfig());
    expect(late.end.status).toBe(7);
    expect(late.end.stderr).toMatch(/rolling back: .*Readiness probe failed: .*connection refused/);
    expect(late.record.failures![0]!.missing).toEqual([
      `the logs of the pods are not in the record: missing permission to get pods/log in ${namespace.name}`,
    ]);
    expect(late.end.stderr).toContain('the logs of the pods are not in the record');
  },
  NEEDS,
);

scenario(
  'pods of another Deployment behind the Service are named with their owner, and no share is printed',
  async (namespace) => {
    const tree = fastTree('pods');
    await begun(namespace, tree);
    const service = await namespace.object('v1', 'services', tree.pair.service);
    const stable = await namespace.object('apps/v1', 'deployments', tree.stable);
    const labels = service['spec'].selector as Record<string, string>;
    const { containers } = stable['spec'].template.spec as { containers: object[] };
    const selector = { ...labels, role: 'worker' };
    await namespace.applyText(
      JSON.stringify({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'worker' },
        spec: { replicas: 1, selector: { matchLabels: selector }, template: { metadata: { labels: selector }, spec: { containers } } },
      }),
    );
    await namespace.ready('worker');
    await until('its endpoint', 20, async () => ((await namespace.readyEndpoints(tree.pair.service)).length === 2 ? true : undefined));
    const who = await operator(namespace, documentedRules('role'));
    const typed = (...words: string[]) => canary([...words, '--dir', tree.folder], { kubeconfig: who.kubeconfig() });
    const said = /1 of \d ready endpoints of Service canary-svc belongs to neither track: Deployment\/worker \(worker-\S+\)/;
    const status = await typed('status');
    expect(status.stdout).toMatch(said);
    expect(status.stdout).not.toContain('of the traffic');
    const advanced = await typed('advance', '--settle', '0s');
    expect({ status: advanced.status, said: said.test(advanced.stderr) }).toEqual({ status: 0, said: true });
    const back = await typed('rollback', '--settle', '0s');
    expect(back.status).toBe(0);
    expect(back.stderr).toMatch(/rolled back: stable has all pods of the release; 1 of 2 ready endpoints/);
  },
  NEEDS,
);

scenario(
  'run --auto pauses within seconds if no response names a version, and shows what came',
  async (namespace) => {
    const tree = fastTree('pods');
    await begun(namespace, tree);
    const words = ['run', '--auto', '--settle', '0s', '--no-record', '--via', 'api', '--version-header', 'X-None', '--dir', tree.folder];
    const { status, stderr } = await canary([...words, '--namespace', namespace.name], { kubeconfig: process.env['KUBECONFIG']! });
    expect(status).toBe(6);
    expect(stderr).toMatch(
      /paused: the gates cannot decide: no response names version 1\.0 or 1\.1: (\d+) of \1 requests are unknown \(\1 no version in the answer\); for example status 200, /,
    );
  },
  NEEDS,
);
