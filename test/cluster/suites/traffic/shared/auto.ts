import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedStage, RunRecord } from '../../../../../cli/src/core/rollout/record';
import { Stages } from '../../../../../lib';
import { amountOf, oneIn } from '../../../../support/sampling';
import { crashing, erring, imageMissing, neverReady, slow } from '../../../kit/bad-canaries';
import { figure } from '../../../kit/figures';
import { Report, expectNoFailure, failures } from '../../../kit/load';
import { Moment } from '../../../kit/pods';
import { Rollout } from '../../../kit/rollout';
import { scenario } from '../../../kit/scenario';
import { Tree, tutorial } from '../../../kit/trees';
import { verdictAgain } from '../../../kit/verdicts';
import { Router, WAYS } from './router';

/** Enough requests of a tenth for the gates to know within one hold. */
const AUTO = ['run', '--auto', '--hold', '8s', '--rate', '120'];

/** A run that decides by itself, under load, and the record that it left. */
async function auto(rollout: Rollout, ...words: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'canary-record-'));
  const load = await rollout.load();
  const end = await rollout.type(...AUTO, ...words, ...rollout.probe, '--record', folder);
  const report = await rollout.end(load);
  await rollout.pods.stop();
  const read = (name: string) => readFileSync(join(folder, readdirSync(folder)[0]!, name), 'utf8');
  return { end, report, record: JSON.parse(read('run.json')) as RunRecord, page: read('run.html') };
}

/** Seconds from the moment a stage was begun to the decision to leave it. */
function decidedAfter({ decisions, steps }: RunRecord): number {
  const { at, folder } = decisions.at(-1)!;
  const begun = steps.find((step) => step.folder === folder)!.startedAt;
  return Math.round((Date.parse(at) - Date.parse(begun)) / 1000);
}

/** What the gates said of a stage, and what they say again when they are given what the record has. */
const said = ({ folder, verdict }: RecordedStage) => ({ folder, verdict });
const again = (stage: RecordedStage) => ({ folder: stage.folder, verdict: verdictAgain(stage) });

/** The text of a page, as it is read. */
const textOf = (page: string) =>
  page
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

/** A canary that fails, what must be seen to be the reason, and whether its own answers are what fails. */
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
  // Between two crashes it answers: whether its errors, its share or its pod is seen first is chance.
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
    why: /canary-2-dep: 0 of 1 pods are ready, 0 take traffic after 20 s/,
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
    why: /^errors: canary \d\d\.\d % .*, stable 0\.0 %/,
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

/** `run --auto` under requests, with a good canary and with faulty ones, for one way of dividing traffic. */
export function runAuto(router: Router): void {
  good(router);
  const all = FAULTY.filter(({ routers }) => routers.includes(router));
  // An ordinary run takes other ones by pods than by Istio.
  oneIn(amountOf('cluster: one faulty canary in'), WAYS[router].isRouted ? [...all].reverse() : all).forEach((one) => faulty(router, one));
}

/** The tutorial's rollout in fewer stages, where a run takes fewer. */
function shorter(isRouted: boolean): Tree {
  const weights = oneIn(amountOf('cluster: one stage of a promotion by itself in'), [10, 25, 50, 100], 1);
  return tutorial({ isRouted, pair: { stages: Stages.percent(...weights) } });
}

function good(name: Router): void {
  const { isRouted, needs } = WAYS[name];
  scenario(
    `${name}: run --auto promotes it, and no request is lost`,
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
    `${router}: run --auto rolls a canary back: ${name}`,
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

/** How many requests failed that the faulty canary had not: it answers some with 500, or takes some and crashes. */
function droppedByOthers(report: Report, own: string, rollout: Rollout): number {
  if (own === '500') {
    return report.failed - (report.kinds['500'] ?? 0);
  }
  // Nobody signs a refused connection: those are its own that failed while it was, or had just been, among the endpoints.
  const isOwn = (at: number) =>
    rollout.pods.moments.some(
      (moment, n, all) => isServing(moment, rollout) && moment.at <= at && at <= (all[n + 1]?.at ?? Infinity) + 2_000,
    );
  const listed = report.failures.filter((failure) => !isOwn(Date.parse(failure.at) - performance.timeOrigin)).length;
  // Those that are not listed are charged to us.
  return listed + report.failed - report.failures.length;
}

function isServing({ tracks }: Moment, { canary }: Rollout): boolean {
  return (tracks[canary]?.ready ?? 0) > 0;
}
