import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { CanaryPair, Stages } from '../lib';
import { inPairs, synthProcess } from './support/process';
import { amountOf, oneIn } from './support/sampling';
import { declareTwoPairs } from './support/two-pairs';
import { type Output, inChart, pairProps, readTree, synthesize } from './support/apps';
import { freshFolder } from './support/fresh-folder';

const synth = (outdir: string, stages: string) => synthesize((app) => declareTwoPairs(app, 0, stages.split(',').map(Number)), { outdir });

const outdirOf = (stages: string) => synth(join(freshFolder(), 'dist'), stages).outdir;

/** Renames the folder, because each app of a process needs its own output folder. Modification times do not change. */
function moved(outdir: string): string {
  const other = join(freshFolder(), 'dist');
  renameSync(outdir, other);
  return other;
}

const synthAgain = (outdir: string, stages: string) => synth(moved(outdir), stages);

/** Runs a second synth that must be refused; returns its output folder and the error message. */
function refusedAgain(outdir: string, stages: string): { readonly outdir: string; readonly said: string } {
  const tried = moved(outdir);
  let said = '';
  try {
    synth(tried, stages);
  } catch (error) {
    said = (error as Error).message;
  }
  return { outdir: tried, said };
}

const times = (outdir: string) =>
  Object.fromEntries(Object.keys(readTree(outdir)).map((file) => [file, statSync(join(outdir, file)).mtimeMs]));

describe('a second synth', () => {
  test('that changes nothing writes nothing', () => {
    const outdir = outdirOf('10,100');
    const before = times(outdir);
    expect(times(synthAgain(outdir, '10,100').outdir)).toEqual(before);
  });

  test('leaves unchanged files alone, and removes a stage that is no longer in the plan', () => {
    const outdir = outdirOf('10,25,100');
    const before = readTree(outdir);
    const after = synthAgain(outdir, '10,100');
    expect(after.folders()).not.toContain('stage-25');
    expect(existsSync(join(after.outdir, 'stage-25'))).toBe(false);
    expect(Object.keys(after.files).some((file) => file.includes('stage-25'))).toBe(false);
    expect(Object.keys(before).some((file) => file.startsWith('stage-25/'))).toBe(true);
  });

  test('keeps files that it did not write, outside the folders of stages and in the folders of other apps', () => {
    const outdir = outdirOf('10,100');
    mkdirSync(join(outdir, 'istio'));
    writeFileSync(join(outdir, 'istio', 'mine.yaml'), 'mine');
    writeFileSync(join(outdir, 'NOTES.md'), 'mine');
    const after = synthAgain(outdir, '50,100').outdir;
    expect(readFileSync(join(after, 'istio', 'mine.yaml'), 'utf8')).toBe('mine');
    expect(readFileSync(join(after, 'NOTES.md'), 'utf8')).toBe('mine');
  });

  test('refuses a foreign file in the folder of a stage, names it and changes nothing', () => {
    const outdir = outdirOf('10,100');
    writeFileSync(join(outdir, 'stage-10', 'extra.yaml'), 'kind: Stranger\n');
    const before = readTree(outdir);
    // stage-10 is no longer a stage, so none of our files is applied from there.
    const after = synthAgain(outdir, '50,100').outdir;
    expect(readTree(after)['stage-10/extra.yaml']).toBe('kind: Stranger\n');
    expect(before).toHaveProperty(['stage-10/extra.yaml']);

    writeFileSync(join(after, 'stage-50', 'extra.yaml'), 'kind: Stranger\n');
    const mixed = readTree(after);
    const refused = refusedAgain(after, '25,50,100');
    expect(refused.said).toContain(
      `outdir: got files that synth did not write: ${join(refused.outdir, 'stage-50', 'extra.yaml')}; must be moved or deleted`,
    );
    expect(readTree(refused.outdir)).toEqual(mixed);
  });

  test('refuses to replace files without a plan.json, unless they are the same', () => {
    const outdir = outdirOf('10,100');
    rmSync(join(outdir, 'plan.json'));
    const before = readTree(outdir);
    const refused = refusedAgain(outdir, '10,50,100');
    expect(refused.said).toContain('outdir: got files that synth did not write');
    expect(readTree(refused.outdir)).toEqual(before);
    synthAgain(refused.outdir, '10,100');
  });

  test.each(['', '{}', '<<<<<<< HEAD\n{}', '{"version":99}'])('refuses a plan.json that holds %j', (text) => {
    const outdir = outdirOf('10,100');
    writeFileSync(join(outdir, 'plan.json'), text);
    const before = readTree(outdir);
    const refused = refusedAgain(outdir, '10,50,100');
    expect(refused.said).toContain('which is not a plan that this version of cdk8s-canary can read');
    expect(readTree(refused.outdir)).toEqual(before);
  });

  test('refuses a plan that lists a file outside its folder, and leaves that file alone', () => {
    const outdir = outdirOf('10,100');
    const plan = JSON.parse(readFileSync(join(outdir, 'plan.json'), 'utf8'));
    plan.files['../precious'] = plan.files['stage-0/one.k8s.yaml'];
    writeFileSync(join(outdir, 'plan.json'), JSON.stringify(plan));
    const again = moved(outdir);
    const outside = join(again, '..', 'precious');
    writeFileSync(outside, 'mine');
    expect(() => synth(again, '10,100')).toThrow('which is not a plan that this version of cdk8s-canary can read');
    expect(readFileSync(outside, 'utf8')).toBe('mine');
  });

  test('as a process exits with 0 and prints nothing, or exits with 1 and prints the reason', async () => {
    const outdir = outdirOf('10,100');
    expect(await synthProcess(outdir, { stages: '50,100' })).toEqual({ status: 0, signal: null, stderr: '' });
    writeFileSync(join(outdir, 'stage-50', 'extra.yaml'), 'kind: Stranger\n');
    const refused = await synthProcess(outdir, { stages: '25,50,100' });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('outdir: got files that synth did not write');
  });
});

describe('the output folder', () => {
  const declare = inChart((chart) => new CanaryPair(chart, 'shop', pairProps()));

  test.each(['/', '', '.', '  '])('cannot be %j', (outdir) => {
    expect(() => synthesize(declare, { outdir })).toThrow(/^outdir: got .*; must be a folder of its own/);
  });

  test('cannot be a file', () => {
    const file = join(freshFolder(), 'file');
    writeFileSync(file, '');
    expect(() => synthesize(declare, { outdir: file })).toThrow(/which is a file; must be a folder/);
  });

  test('cannot contain a symbolic link as the folder of a stage', () => {
    const outdir = join(freshFolder(), 'dist');
    const elsewhere = freshFolder();
    mkdirSync(outdir);
    symlinkSync(elsewhere, join(outdir, 'stage-10'));
    expect(() => synthesize(declare, { outdir })).toThrow(/stage-10, which is not a folder/);
    expect(readTree(elsewhere)).toEqual({});
  });

  test('cannot be a symbolic link that leads out of the working directory', async () => {
    const project = freshFolder();
    symlinkSync(freshFolder(), join(project, 'dist'));
    const { stderr } = await synthProcess('dist', { cwd: project });
    expect(stderr).toContain('outside the working directory; must be inside it');
  });

  test('belongs to only one app of a process', () => {
    const { outdir } = synthesize(declare);
    expect(() => synthesize(declare, { outdir })).toThrow(
      /which another CanaryApp of this process wrote; must be a separate folder for each app/,
    );
  });

  test('belongs to no app whose synth failed: a second app of the process may write there', () => {
    const outdir = join(freshFolder(), 'dist');
    expect(() =>
      synthesize(
        inChart((chart) => new CanaryPair(chart, 'shop', pairProps({ quota: 4 }))),
        { outdir },
      ),
    ).toThrow('quota of 4');
    expect(synthesize(declare, { outdir }).folders()).toContain('stage-0');
  });

  test('gets an error of the app without a stack, as the last lines of the process', async () => {
    const { status, stderr } = await synthProcess('dist', { cwd: freshFolder(), stages: '50,10,100' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^\d errors, nothing was written:\n( {2}\[.*\] stages\[1\]\.weight: got .*\n)+$/);
  });

  test.each(['a/b', '..', 'stage-10', 'promoted', 'rollback', 'cleanup', ''])('cannot have the subfolder %j for an app', (folder) => {
    expect(() => synthesize(declare, { folder, outdir: undefined })).toThrow(/^folder: got /);
  });
});

describe('a synth over a previous plan', () => {
  const declare = (stable: object, canary: object | undefined, accept?: Record<string, string>) =>
    inChart((chart) => new CanaryPair(chart, 'shop', pairProps({ stable, canary, accept, stages: Stages.percent(50, 100) } as never)));
  const v10 = { name: 'shop-a', version: '1.0', image: 'shop:1.0' };
  const v11 = { name: 'shop-b', version: '1.1', image: 'shop:1.1' };

  /** A copy of the output in a folder that no app of this process wrote to. */
  const copyOf = (output: Output) => {
    const outdir = join(freshFolder(), 'dist');
    cpSync(output.outdir, outdir, { recursive: true });
    return outdir;
  };

  test('refuses both versions bumped in place, because that would remove the running pods', () => {
    const outdir = copyOf(synthesize(declare(v10, v11)));
    const before = readTree(outdir);
    const bumped = declare({ ...v10, version: '1.1' }, { ...v11, version: '1.2' });
    expect(() => synthesize(bumped, { outdir })).toThrow(
      "stable: got shop-a with version 1.1, but in the previous plan that version runs on shop-b; must be the Deployment that runs it, because stage-0 would remove the running pods; try stable: { name: 'shop-b', … } and the name shop-a for the new canary",
    );
    expect(readTree(outdir)).toEqual(before);
  });

  test('accepts the swap, and accepts a finding that the user accepts with a reason', () => {
    const swap = declare(v11, { ...v10, version: '1.2', image: 'shop:1.2' });
    expect(synthesize(swap, { outdir: copyOf(synthesize(declare(v10, v11))) }).plan.pairs[0]!.stable.version).toBe('1.1');
    const accepted = declare({ ...v10, version: '1.1' }, { ...v11, version: '1.2' }, { 'versions-in-place': 'nothing serves yet' });
    synthesize(accepted, { outdir: copyOf(synthesize(declare(v10, v11))) });
  });
});

describe('a synth that is killed', () => {
  const preload = resolve(__dirname, 'support/die-at-write.cjs');
  const [from, to] = ['100', '50,100'];
  const copyOfOld = (old: string): string => {
    const outdir = join(freshFolder(), 'dist');
    cpSync(old, outdir, { recursive: true });
    return outdir;
  };

  /** Copies of the output folder before each change of the file system during one synth: the states that a kill can leave. */
  async function statesDuring(outdir: string): Promise<string[]> {
    const copies = freshFolder();
    const env = { CANARY_TEST_OUTDIR: outdir, CANARY_TEST_COPIES: copies };
    expect(await synthProcess(outdir, { stages: to, preload, env })).toEqual({ status: 0, signal: null, stderr: '' });
    return readdirSync(copies).map((_, index) => join(copies, String(index + 1)));
  }

  test('before any change of the file system leaves the old output whole, or a mixture that the next synth completes', async () => {
    const old = outdirOf(from);
    const [oldTree, newTree] = [readTree(old), readTree(outdirOf(to))];
    const states = await statesDuring(copyOfOld(old));
    const trees = states.map(readTree);

    // A process that is killed leaves the same files as the copy, apart from its own process id.
    const withoutPid = (tree: Record<string, string>) =>
      Object.entries(tree).map(([file, text]) => [file, file.includes('owner.json') ? text.replace(/\d+/, 'PID') : text]);
    const dieAt = async (change: number) => {
      const outdir = copyOfOld(old);
      const env = { CANARY_TEST_DIE_AT: String(change), CANARY_TEST_OUTDIR: outdir };
      expect((await synthProcess(outdir, { stages: to, preload, env })).signal).toBe('SIGKILL');
      expect(withoutPid(readTree(outdir))).toEqual(withoutPid(trees[change - 1]!));
    };
    const changes = states.map((_, index) => index + 1);
    await inPairs(oneIn(amountOf('outdir: one kill of a process in'), changes, 7), dieAt);

    const seen = { old: 0, between: 0, done: 0 };
    for (const change of oneIn(amountOf('outdir: one state that a kill leaves in'), changes)) {
      const [outdir, tree] = [states[change - 1]!, trees[change - 1]!];
      const left = Object.fromEntries(Object.entries(tree).filter(([file]) => !file.startsWith('.cdk8s-canary-new/')));
      const is = (other: Record<string, string>) => JSON.stringify(left) === JSON.stringify(other);
      seen[is(oldTree) ? 'old' : is(newTree) ? 'done' : 'between']++;
      // A file is never half-written: it has either the old or the new content.
      Object.entries(left).forEach(([file, text]) => expect([oldTree[file], newTree[file]]).toContain(text));
      synth(outdir, to);
      expect(readTree(outdir)).toEqual(newTree);
    }
    // Preparation comes first and the moves last, so the old output is in place at most of the boundaries.
    expect(seen.between).toBeGreaterThan(0);
    expect(seen.old).toBeGreaterThan(seen.between);
  }, 300_000);

  test('does not block the next synth, but a synth that is still writing does', async () => {
    const outdir = outdirOf(from);
    const workshop = join(outdir, '.cdk8s-canary-new');
    mkdirSync(workshop);
    writeFileSync(join(workshop, 'owner.json'), JSON.stringify({ pid: process.pid }));
    expect((await synthProcess(outdir, { stages: to })).stderr).toContain(
      `which process ${process.pid} is writing; must be written by one synth at a time`,
    );
    const gone = Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
    writeFileSync(join(workshop, 'owner.json'), JSON.stringify({ pid: gone }));
    expect(existsSync(join(synthAgain(outdir, to).outdir, '.cdk8s-canary-new'))).toBe(false);
  });
});
