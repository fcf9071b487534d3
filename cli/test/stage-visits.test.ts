import type { RunEvent } from '../src/driver/events';
import type { StageObserver, StageVerdict } from '../src/driver/observer';
import { StageVisits } from '../src/driver/stage-visits';
import type { Evidence } from '../src/core/traffic/evidence';
import { RequestCounter } from '../src/core/traffic/request-counter';

// The visits of a driver to the stages, with an observer that notes its calls.

const PASS: StageVerdict = { verdict: { verdict: 'pass', checks: [] }, evidence: undefined, gates: undefined };

/** Evidence in which no response names a version. */
function unreadable(): Evidence {
  const counter = new RequestCounter({ stable: '1.0', canary: '1.1' });
  for (let n = 0; n < 50; n += 1) {
    counter.add(0, { kind: 'unknown', why: 'refused' });
  }
  return counter.evidence({ from: '2026-01-01T00:00:00Z', until: '2026-01-01T00:02:00Z', source: 'a test' });
}

function visitsOf(mode: 'ask' | 'auto', evidence?: Evidence) {
  const log: string[] = [];
  const observer: StageObserver = {
    ask: (folder, next) => Promise.resolve(log.push(`ask ${folder} ${next}`)).then(() => 'go on' as const),
    watch: (folder) => Promise.resolve(void log.push(`watch ${folder}`)),
    evidence: () => evidence,
    judge: () => PASS,
    unwatch: () => Promise.resolve(void log.push('unwatch')),
  };
  const publish = (event: RunEvent) => void log.push('folder' in event ? `${event.type} ${event.folder}` : event.type);
  return { visits: new StageVisits(observer, { mode, holdTimes: () => ({ hold: 0, longestHold: 0 }) }, publish), log };
}

test('a visit begins once, and its measurement ends with it', async () => {
  const { visits, log } = visitsOf('auto');
  await visits.arrive('stage-10');
  await visits.judge('stage-10');
  expect(visits.known).toMatchObject({ arrivedAt: expect.any(Number), verdict: PASS.verdict, judgedAt: expect.any(Number) });
  await visits.leave();
  await visits.leave();
  expect(log).toEqual(['arrived stage-10', 'watch stage-10', 'verdict stage-10', 'left stage-10', 'unwatch']);
  expect(visits.isVisiting).toBe(false);
});

test('a visit that restarts publishes no result, and forgets its verdict', async () => {
  const { visits, log } = visitsOf('auto');
  await visits.judge('stage-10');
  await visits.restart();
  await visits.restart();
  expect(visits.known).toEqual({ arrivedAt: undefined, answer: undefined, verdict: undefined, judgedAt: undefined, unreadable: undefined });
  await visits.arrive('stage-10');
  visits.publishResult();
  expect(log).toEqual([
    'arrived stage-10',
    'watch stage-10',
    'restarted stage-10',
    'unwatch',
    'arrived stage-10',
    'watch stage-10',
    'left stage-10',
  ]);
});

test('the answer of the user belongs to the visit', async () => {
  const { visits, log } = visitsOf('ask');
  await visits.arrive('stage-10');
  await visits.ask('stage-10', 'stage-25', new AbortController().signal);
  expect(visits.known.answer).toBe('go on');
  await visits.leave();
  await visits.arrive('stage-25');
  expect(visits.known.answer).toBeUndefined();
  expect(log).toEqual([
    'arrived stage-10',
    'watch stage-10',
    'question stage-10',
    'ask stage-10 stage-25',
    'left stage-10',
    'unwatch',
    'arrived stage-25',
    'watch stage-25',
  ]);
});

test.each([
  ['ask', ['waiting', 'note', 'waiting']],
  ['auto', ['waiting', 'waiting']],
] as const)('a note says once in a visit that traffic cannot be read (%s)', async (mode, expected) => {
  const { visits, log } = visitsOf(mode, unreadable());
  visits.publishEvidence();
  await visits.arrive('stage-10');
  log.length = 0;
  visits.publishEvidence();
  visits.publishEvidence();
  expect(log).toEqual(expected);
});
