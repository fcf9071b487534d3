import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedStage, RunRecord } from '../../../../../cli/src/core/rollout/record';
import { Stages } from '../../../../../lib';
import { amountOf, oneIn } from '../../../../support/sampling';
import { crashing, erring, imageMissing, neverReady, slow } from '../../../kit/bad-canaries';
import { figure } from '../../../kit/figures';
import { type Report, expectNoFailure, failures } from '../../../kit/load';
import type { Moment } from '../../../kit/pods';
import { Rollout } from '../../../kit/rollout';
import { scenario } from '../../../kit/scenario';
import { type Tree, tutorial } from '../../../kit/trees';
import { verdictAgain } from '../../../kit/verdicts';
import { type Router, WAYS } from './router';

/** The rate gives a canary with a tenth of the traffic enough requests for the gates to decide within one hold. */
const AUTO = ['run', '--auto', '--hold', '8s', '--rate', '120'];

/** Runs `run --auto` under load, and reads its record. */
async function auto(rollout: Rollout, ...words: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'canary-record-'));
  const load = await rollout.load();
  const end = await rollout.type(...AUTO, ...words, ...rollout.probe, '--record', folder);
  const report = await rollout.end(load);
  await rollout.pods.stop();
  const read = (name: string) => readFileSync(join(folder, readdirSync(folder)[0]!, name), 'utf8');
  return { end, report, record: JSON.parse(read('run.json')) as RunRecord, page: read('run.html') };
}

/** Seconds from the start of the last stage to the decision to leave it. */
function decidedAfter({ decisions, steps }: RunRecord): number {
  const { at, folder } = decisions.at(-1)!;
  const begun = steps.find((step) => step.folder === folder)!.startedAt;
  return Math.round((Date.parse(at) - Date.parse(begun)) / 1000);
}

/** The recorded verdict of a stage, and the verdict that the gates compute again from the record. */
const said = ({ folder, verdict }: RecordedStage) => ({ folder, verdict });
const again = (stage: RecordedStage) => ({ folder: stage.folder, verdict: verdictAgain(stage) });

/** The visible text of a page. */
const textOf = (page: string) =>
  page
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

/** A canary that fails, the expected reason for the rollback, and the failures that its own pods cause (`own`). */
interface Faulty {
  readonly name: string;
  readonly tree: (isRouted: boolean) => Tree;
  readonly by: 'pods' | 'gates' | 'pods or gates';
  readonly why: RegExp;
  readonly own?: string;
  readonly words?: readonly string[];
  readonly routers: readonly Router[];
}

const FAULTY: readonly Faulty[] = [
  // The canary answers requests between two crashes, so chance decides whether its errors, its share or its pod is noticed first.
  {
    name: 'crash-loops',
    tree: crashing,
    by: 'pods or gates',
    why: /canary-2-dep.*CrashLoop|^(errors|share): canary/,
    own: 'a pod that crashed',
    routers: ['pods'],
  },
  { name: 'image missing', tree: imageMissing, by: 'pods', why: /canary-2-dep.*ImagePullBackOff/, routers: ['pods'] },
  {
    name: 'never ready',
    tree: neverReady,
    by: 'pods',
    why: /canary-2-dep: 0 of 1 pods are ready and 0 receive traffic after 20 s/,
    words: ['--timeout', '20s'],
    routers: ['pods'],
  },
  {
    name: 'three times as slow',
    tree: slow,
    by: 'gates',
    why: /^latency p95: canary 1\d\d ms .*, stable \d\d(\.\d)? ms/,
    routers: ['pods', 'Istio'],
  },
  {
    name: '20 % errors',
    tree: (isRouted) => erring(isRouted),
    by: 'gates',
    why: /^errors: canary \d+\.\d % .*, stable 0\.0 %/,
    own: '500',
    routers: ['pods', 'Istio'],
  },
  {
    name: '5 % errors',
    tree: (isRouted) => erring(isRouted, '0.05'),
    by: 'gates',
    why: /^errors: canary \d+\.\d+ % .*, stable 0\.0 %/,
    own: '500',
    routers: ['pods', 'Istio'],
  },
];

/** Declares the tests of `run --auto` under load, with a good canary and with faulty ones, for one router. */
export function runAuto(router: Router): void {
  good(router);
  const all = FAULTY.filter(({ routers }) => routers.includes(router));
  // An ordinary run tests different faulty canaries by pods and by Istio.
  oneIn(amountOf('cluster: one faulty canary in'), WAYS[router].isRouted ? [...all].reverse() : all).forEach((one) => faulty(router, one));
}

/** The tutorial's rollout. An ordinary run uses fewer stages. */
function shorter(isRouted: boolean): Tree {
  const weights = oneIn(amountOf('cluster: one stage of a promotion by itself in'), [10, 25, 50, 100], 1);
  return tutorial({ isRouted, pair: { stages: Stages.percent(...weights) } });
}

function good(name: Router): void {
  const { isRouted, needs } = WAYS[name];
  scenario(
    `${name}: run --auto promotes a good canary and loses no request`,
    async (namespace) => {
      const tree = shorter(isRouted);
      const rollout = await Rollout.from(namespace, tree);
      const { end, report, record } = await auto(rollout);
      figure('Rollouts by kubectl canary', {
        router: name,
        way: 'run --auto to promoted',
        'exit code': end.status ?? '-',
        seconds: Math.round(end.seconds),
        requests: report.requests,
        dropped: failures(report),
      });
      expect({ status: end.status, said: end.stderr }).toMatchObject({ status: 0 });
      expectNoFailure(report, rollout.story);
      expect(rollout.broken).toEqual([]);
      expect(record.outcome!.result).toBe('promoted');
      const decided = record.decisions.map(({ folder, by, decision }) => `${folder} ${decision} by ${by}`);
      expect(record.stages.filter(({ evidence }) => evidence).map(again)).toEqual(
        record.stages.filter(({ evidence }) => evidence).map(said),
      );
      expect(decided).toEqual(tree.plan.stages.map(({ folder }) => `${folder} go on by gates`));
    },
    { needs },
  );
}

function faulty(router: Router, { name, tree, by, why, own, words = [] }: Faulty): void {
  const { isRouted, needs } = WAYS[router];
  scenario(
    `${router}: run --auto rolls back a faulty canary: ${name}`,
    async (namespace) => {
      const rollout = await Rollout.from(namespace, tree(isRouted));
      const { end, report, record, page } = await auto(rollout, ...words);
      const reason = record.decisions.at(-1)?.why ?? '';
      const dropped = own === undefined ? report.failed : droppedByOthers(report, own, rollout);
      figure('Faulty canaries', {
        canary: name,
        router,
        'rolled back by': record.decisions.at(-1)?.by ?? '-',
        'decided after (s)': decidedAfter(record),
        'whole run (s)': Math.round(end.seconds),
        'exit code': end.status ?? '-',
        requests: report.requests,
        'failed by the canary itself': report.failed - dropped,
        dropped,
      });
      expect({ status: end.status, said: end.stderr }).toMatchObject({ status: 7 });
      expect(record).toMatchObject({ outcome: { result: 'rolled-back', exitCode: 7, folder: 'stage-0' } });
      const last = record.decisions.at(-1)!;
      expect(last).toMatchObject({ folder: 'stage-10', decision: 'roll back' });
      expect(by.split(' or ')).toContain(last.by);
      expect(reason).toMatch(why);
      expect(textOf(page)).toContain(reason);
      expect(rollout.broken).toEqual([]);
      if (dropped > 0) {
        expectNoFailure(report, rollout.story);
      }
    },
    { needs },
  );
}

/** The failed requests that the faulty canary did not cause. It causes responses with 500, or failures of requests when it crashes. */
function droppedByOthers(report: Report, own: string, rollout: Rollout): number {
  if (own === '500') {
    return report.failed - (report.kinds['500'] ?? 0);
  }
  // A refused connection names no pod. Failures count as the canary's own while it was in the endpoints, and for two seconds after that.
  const isOwn = (at: number) =>
    rollout.pods.moments.some(
      (moment, n, all) => isServing(moment, rollout) && moment.at <= at && at <= (all[n + 1]?.at ?? Infinity) + 2_000,
    );
  const listed = report.failures.filter((failure) => !isOwn(Date.parse(failure.at) - performance.timeOrigin)).length;
  // Failures that the report does not list count against us.
  return listed + report.failed - report.failures.length;
}

function isServing({ tracks }: Moment, { canary }: Rollout): boolean {
  return (tracks[canary]?.ready ?? 0) > 0;
}
