import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { amountOf, oneIn } from '../../../support/sampling';
import { scenario } from '../../kit/scenario';
import type { Namespace } from '../../kit/namespace';
import { type TerminalOptions, TerminalWindow, keepScreen } from '../../kit/terminal';
import { type Tree, committed } from '../../kit/trees';
import { pause } from '../../kit/walk';

/** All lines that `run` may leave on a terminal. Any other line is a leftover of the moving view. */
const LINES: readonly RegExp[] = [
  /^$/,
  /^\$( .*)?$/,
  /^exit code: \d+$/,
  /^(->|<-) (stage-\d+(-up|-down|-back)?|promoted)$/,
  /^ {3}(Service|Deployment)\/canary-\S+ (created|changed)$/,
  /^ {3}took over \S+.* from field manager.*$/,
  /^ {3}ready( after \d+ s)?: canary-1-dep \d+\/\d+.*$/,
  /^ {3}hold (stage-\d+) for \d+ s$/,
  /^ {13}1\.0 stable +1\.1 canary$/,
  /^ {3}(requests|share|errors|p50|p95|p99|slowest) .*$/,
  /^ {3}the canary's share should be \d+ %, and is [\d.]+ %: .*$/,
  /^[◇■] {2}stage-\d+: go on to (stage-\d+|promoted)\?$/,
  /^ {3}(stage-\d+): (pass|fail|inconclusive)$/,
  /^ {5}(pass|fail|inconclusive) +(errors|error limit|latency p95|share) +\S.*$/,
  // The continuation of such a line, or of a line about a field that was taken over, if it was too long for the terminal.
  /^ {5,}[^│◆○●]+$/,
  /^(Yes|No)$/,
  /^ {3}rolling back: .*$/,
  /^(promoted|rolled back|interrupted|at stage-\d+): .*$/,
  /^ {2}kubectl canary (cleanup|run|rollback) .*$/,
  /^the record of this run is in canary-runs\/\S+$/,
  /^to be deleted in namespace \S+ of context \S+:$/,
  /^ {2}object +pods$/,
  /^ {2}Deployment\/canary-\d-dep +0$/,
  /^deleted: Deployment\/canary-\d-dep$/,
  /^(\^C)?press Ctrl-C again within 5 s to roll back; otherwise the run stops here$/,
  /^(\^C)?rolling back; press Ctrl-C once more to stop without finishing it$/,
];

/** Applies stage-0 and opens a terminal. */
async function terminalAt(namespace: Namespace, options: Omit<TerminalOptions, 'namespace' | 'tree'> = {}): Promise<TerminalWindow> {
  const tree: Tree = committed.pods();
  await namespace.apply(tree.path('stage-0'));
  await namespace.ready(tree.stable);
  await namespace.balance(tree.pair.service);
  return TerminalWindow.open({ ...options, namespace: namespace.name, tree });
}

/** Checks that the moving view left no rubbish on the terminal and that the cursor is visible again. */
async function expectCalm(window: TerminalWindow): Promise<void> {
  const history = await window.history();
  const rubbish = history.split('\n').filter((line) => !LINES.some((pattern) => pattern.test(line)));
  expect({ rubbish, history }).toEqual({ rubbish: [], history });
  expect(await window.hasCursor()).toBe(true);
}

/** The screens while a stage is held, until the question appears. */
async function whileHolding(window: TerminalWindow, name: string): Promise<string[]> {
  const screens: string[] = [];
  for (;;) {
    const screen = await window.screen();
    if (/● No/.test(screen)) {
      return screens;
    }
    if (/\d+ s left$/.test(screen)) {
      screens.push(screen);
      keepScreen(name, await window.painted());
    }
    await pause(0.3);
  }
}

/** The numbers that a pattern finds in the last table of each screen. */
const numbers = (screens: readonly string[], pattern: RegExp) =>
  screens.map((screen) => Number([...screen.matchAll(pattern)].at(-1)?.[1] ?? 0));

const RUN = 'kubectl canary run --hold 4s --rate 25';

scenario(
  'run, with y at each stage, reaches promotion and cleanup, and its live view changes and leaves only its results',
  async (namespace) => {
    const window = await terminalAt(namespace);
    await window.type(`${RUN} --cleanup`);
    for (const folder of ['stage-10', 'stage-25', 'stage-50', 'stage-100']) {
      await window.shows(new RegExp(`hold ${folder} for 4 s`));
      const screens = await whileHolding(window, `run-${folder}`);
      const left = numbers(screens, /; (\d+) s left$/gm);
      expect(left[0]).toBeGreaterThan(left.at(-1)!);
      const requests = numbers(screens, /^ {3}requests +(?:0 +)?(\d+)/gm);
      expect(requests.at(-1)).toBeGreaterThan(requests[0]!);
      expect([...requests].sort((a, b) => a - b)).toEqual(requests);
      // The screen must not change while the question waits for an answer.
      const asked = await window.screen();
      await pause(2);
      expect(await window.screen()).toBe(asked);
      keepScreen(`asked-${folder}`, await window.painted());
      await window.press('y');
    }
    expect(await window.exitCode()).toBe(0);
    await expectCalm(window);
    const history = await window.history();
    keepScreen('run-history', history);
    expect(history.match(/1\.0 stable/g)).toHaveLength(4);
    expect(history.match(/^Yes$/gm)).toHaveLength(4);
    expect(history).toContain('promoted: 1.1 (canary-2-dep) serves all traffic; canary-1-dep has no pods');
    expect(history).toContain('deleted: Deployment/canary-1-dep');
    const [run] = readdirSync(join(window.folder, 'canary-runs'));
    expect(readdirSync(join(window.folder, 'canary-runs', run!)).sort()).toEqual(['run.html', 'run.json']);
    expect((await namespace.list('apps/v1', 'deployments')).map(({ metadata }) => metadata.name as string)).toEqual(['canary-2-dep']);
    await window.close();
  },
  { needs: ['load'] },
);

scenario(
  'n at stage-25 sends all traffic back to stable, with exit code 7',
  async (namespace) => {
    const window = await terminalAt(namespace, { columns: 120 });
    await window.type(RUN);
    await window.shows(/stage-10: go on to stage-25\?[^]*● No/);
    await window.press('y');
    await window.shows(/stage-25: go on to stage-50\?[^]*● No/);
    await window.press('n');
    expect(await window.exitCode()).toBe(7);
    await expectCalm(window);
    const history = await window.history();
    keepScreen('no-history', history);
    expect(history).toContain('   rolling back: the answer at stage-25 was no');
    expect(history).toContain('rolled back: all traffic is on stable');
    await window.clear();
    await window.type('kubectl canary status');
    await window.shows(/^stage-0 /m);
    await window.close();
  },
  { needs: ['load'] },
);

scenario(
  'one Ctrl-C stops the rollout where it is, and two roll it back, at a stage and at a prompt',
  async (namespace) => {
    const window = await terminalAt(namespace);
    await window.type(RUN);
    await window.shows(/\d s left$/);
    await window.press('C-c');
    await window.shows(/Ctrl-C again within 5 s/);
    expect(await window.exitCode()).toBe(130);
    await expectCalm(window);
    expect(await window.history()).toContain('interrupted: stopped at stage-10');
    await window.clear();
    await window.type(RUN);
    await window.shows(/stage-10: go on to stage-25\?[^]*● No/);
    await window.press('C-c');
    await window.shows(/Ctrl-C again within 5 s/);
    await window.press('C-c');
    expect(await window.exitCode()).toBe(7);
    keepScreen('interrupted-history', await window.history());
    await expectCalm(window);
    expect(await window.history()).toContain('rolled back: all traffic is on stable');
    expect(await window.hasCursor()).toBe(true);
    await window.close();
  },
  { needs: ['load'] },
);

scenario(
  'status --watch and monitor fit 80 and 120 columns, change in place, and end with Ctrl-C',
  async (namespace) => {
    for (const columns of oneIn(amountOf('cluster: one width of a terminal in'), [80, 120])) {
      const window = await terminalAt(namespace, { columns });
      await window.type('kubectl canary status --watch');
      await window.shows(/^stage-0 [^]*press Ctrl-C to stop/m);
      await namespace.kubectl('scale', 'deployment', 'canary-1-dep', '--replicas=4');
      await window.shows(/4\/4/);
      keepScreen(`watch-${columns}`, await window.painted());
      await namespace.kubectl('scale', 'deployment', 'canary-1-dep', '--replicas=3');
      const restored = await window.shows(/stable +canary-1-dep +1\.0 +3\/3 +3 +ready$/m);
      expect(restored.match(/canary-1-dep/g)).toHaveLength(1);
      await window.press('C-c');
      expect(await window.exitCode()).toBe(0);
      expect((await window.history()).match(/^pair +track +Deployment/gm)).toHaveLength(1);
      await window.clear();
      // Bring the cluster to a stage at which `monitor` has something to show.
      await namespace.apply(committed.pods().path('stage-25'));
      await namespace.ready('canary-1-dep', 'canary-2-dep');
      await window.type('kubectl canary monitor --requests 200 --rate 25');
      const first = await window.shows(/\/200 {2}\d s$/m);
      await pause(3);
      const second = await window.screen();
      keepScreen(`monitor-${columns}`, await window.painted());
      const [before, after] = numbers([first, second], /^requests +(\d+)/gm);
      expect(after).toBeGreaterThan(before!);
      expect(second.match(/^requests /gm)).toHaveLength(1);
      await window.press('C-c');
      expect(await window.exitCode()).toBe(0);
      const history = await window.history();
      keepScreen(`monitor-${columns}-history`, history);
      expect(history.match(/^requests /gm)).toHaveLength(1);
      expect(history).toMatch(/should be 25 %[^]*it\s+(agrees|does\s+not\s+agree)/);
      expect(await window.hasCursor()).toBe(true);
      await window.close();
    }
  },
  { needs: ['load'] },
);

scenario(
  'run prints no colour with NO_COLOR, and no live view and no prompt in CI or to a pipe',
  async (namespace) => {
    const plain = await terminalAt(namespace, { env: { NO_COLOR: '1' } });
    await plain.type(`${RUN} --until stage-10`);
    await plain.shows(/● No/);
    await plain.press('y');
    expect(await plain.exitCode()).toBe(0);
    expect(plain.codes.filter((code) => code.endsWith('m'))).toEqual([]);
    await expectCalm(plain);
    await plain.close();
    const tree = committed.pods();
    for (const [env, end] of [
      [{ CI: '1' }, ''],
      [{}, ' 2>&1 | cat'],
    ] as const) {
      const window = await TerminalWindow.open({ namespace: namespace.name, tree, env });
      await window.type(`${RUN}${end}`);
      await window.shows(/no terminal to prompt on; pass --yes or --auto/);
      await window.type(`${RUN} --yes --until stage-10${end}`);
      await window.shows(/^at stage-10/m);
      await window.type(`kubectl canary monitor --requests 50 --rate 25${end}`);
      await window.shows(/^share +(pass|fail|inconclusive)/m);
      await window.type(`kubectl canary status${end}`);
      await window.shows(/^stage-10 /m);
      expect(window.codes).toEqual([]);
      await window.close();
    }
  },
  { needs: ['load'] },
);
