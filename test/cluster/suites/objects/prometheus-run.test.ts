import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunRecord } from '../../../../cli/src/core/rollout/record';
import type { CommandEnd } from '../../kit/command';
import { counting, typed } from '../../kit/counted-traffic';
import { figure } from '../../kit/figures';
import { scenario } from '../../kit/scenario';
import type { Namespace } from '../../kit/namespace';
import { type Tree, committed } from '../../kit/trees';
import { verdictAgain } from '../../kit/verdicts';
import { Walk } from '../../kit/walk';

// Tests of `run --auto` with the counters of a real Prometheus.

/** Runs `run --auto` to its end and reads its record. */
async function auto(namespace: Namespace, tree: Tree, url: string): Promise<{ readonly end: CommandEnd; readonly record: RunRecord }> {
  const folder = mkdtempSync(join(tmpdir(), 'canary-record-'));
  const end = await typed(namespace, tree, [
    'run',
    '--auto',
    '--hold',
    '5s',
    '--traffic',
    'istio',
    '--prometheus',
    url,
    '--record',
    folder,
  ]);
  const record = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]!, 'run.json'), 'utf8')) as RunRecord;
  return { end, record };
}

scenario(
  'run --auto by counters writes nothing if Prometheus does not respond, promotes a good canary, and sends no requests',
  async (namespace) => {
    const tree = committed.pods();
    const walk = await Walk.from(namespace, tree, 'stage-0');
    const all = () => namespace.kubectl('get', 'deployments,services,leases', '-o', 'jsonpath={.items[*].metadata.resourceVersion}');
    const before = await all();
    const nobody = await typed(namespace, tree, [
      'run',
      '--auto',
      '--no-record',
      '--traffic',
      'istio',
      '--prometheus',
      'http://127.0.0.1:1',
    ]);
    expect({ status: nobody.status, said: nobody.stderr }).toEqual({
      status: 3,
      said: expect.stringContaining('Prometheus: 127.0.0.1:1: connect ECONNREFUSED') as string,
    });
    await counting(namespace, {}, async ({ url }) => {
      const wrong = ['--traffic', 'queries', '--counter', 'requests=sum(', '--counter', 'errors=up'];
      const refused = await typed(namespace, tree, ['run', '--auto', '--no-record', '--prometheus', url, ...wrong]);
      expect({ status: refused.status, said: refused.stderr }).toEqual({
        status: 2,
        said: expect.stringMatching(/the requests of stable: Prometheus at .* answers: .*parse error/) as string,
      });
      expect(await all()).toBe(before);
      const { end, record } = await auto(namespace, tree, url);
      expect({ status: end.status, said: end.stderr }).toMatchObject({ status: 0 });
      expect(record.outcome!.result).toBe('promoted');
      expect(record.decisions.map(({ folder, by, decision }) => `${folder} ${decision} by ${by}`)).toEqual(
        ['stage-10', 'stage-25', 'stage-50', 'stage-100'].map((folder) => `${folder} go on by gates`),
      );
      for (const stage of record.stages.filter(({ evidence }) => evidence)) {
        expect(stage.evidence!.source).toBe(`Prometheus at ${new URL(url).host} (istio)`);
        expect(verdictAgain(stage)).toEqual(stage.verdict);
      }
    });
    await walk.stop();
  },
  { needs: ['load'], limit: 420 },
);

scenario(
  'run --auto by counters rolls back a canary with 5 % errors',
  async (namespace) => {
    const tree = committed.pods();
    const walk = await Walk.from(namespace, tree, 'stage-0');
    await counting(namespace, { errors: 5 }, async ({ url }) => {
      const { end, record } = await auto(namespace, tree, url);
      expect({ status: end.status, said: end.stderr }).toMatchObject({ status: 7 });
      expect(record.outcome).toMatchObject({ result: 'rolled-back', folder: 'stage-0' });
      const last = record.decisions.at(-1)!;
      expect(last).toMatchObject({ folder: 'stage-10', by: 'gates', decision: 'roll back' });
      expect(last.why).toMatch(/^errors: canary 5\.0 % .*, stable 1\.0 %/);
      figure('Gates by Prometheus', {
        canary: '5 % errors, run --auto',
        counted: 'istio',
        verdict: 'fail',
        seconds: Math.round((Date.parse(last.at) - Date.parse(record.stages[0]!.settledAt)) / 1000),
      });
    });
    await walk.stop();
  },
  { needs: ['load'] },
);
