import { createHash } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Output, readTree, synthesize } from './support/apps';
import { freshFolder } from './support/fresh-folder';
import { inPairs, synthProcess } from './support/process';
import { amountOf } from './support/sampling';
import { declareTwoPairs } from './support/two-pairs';

const PROCESSES = amountOf('determinism: processes');

const hashOf = (outdir: string) =>
  createHash('sha256')
    .update(JSON.stringify(readTree(outdir)))
    .digest('hex');

/** Settings that may differ between machines or days. */
const ENVIRONMENTS: Record<string, string>[] = [
  {},
  { TZ: 'Pacific/Kiritimati' },
  { TZ: 'America/St_Johns', LANG: 'ko_KR.UTF-8', LC_ALL: 'ko_KR.UTF-8' },
  { LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
  { CDK8S_DISABLE_SORT: '1' },
  { CDK8S_LEGACY_HASH: '1' },
  { CDK8S_OUTDIR: 'unrecognized', CDK8S_DISABLE_SORT: '1', CDK8S_LEGACY_HASH: '1', TZ: 'UTC' },
];

test(`${PROCESSES} new processes with different orders of declarations and different environments write the same tree`, async () => {
  const hashes = new Set<string>();
  await inPairs([...Array(PROCESSES).keys()], async (seed) => {
    const outdir = join(freshFolder(), 'dist');
    const env = ENVIRONMENTS[seed % ENVIRONMENTS.length]!;
    expect(await synthProcess(outdir, { seed, env })).toEqual({ status: 0, signal: null, stderr: '' });
    hashes.add(hashOf(outdir));
  });
  expect(hashes.size).toBe(1);
}, 300_000);

test('a change of one value changes only the lines that hold it, and the digest of the release', () => {
  const lines = (percentages: number[]) => synthesize((app) => declareTwoPairs(app, 0, percentages)).files;
  const [before, after] = [lines([10, 50, 100]), lines([10, 60, 100])];
  const changed = ['stage-0/one.k8s.yaml', 'stage-10/one.k8s.yaml', 'stage-0/two.k8s.yaml'].flatMap((file) => {
    const [old, now] = [before[file]!.split('\n'), after[file]!.split('\n')];
    expect(now).toHaveLength(old.length);
    return now.filter((line, index) => line !== old[index]);
  });
  expect(changed.length).toBeGreaterThan(0);
  changed.forEach((line) => expect(line).toContain('cdk8s-canary/release:'));
});

test('the order of declarations does not change the output', () => {
  const tree = (seed: number): Output['files'] => synthesize((app) => declareTwoPairs(app, seed, [10, 50, 100])).files;
  const expected = tree(0);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (seed) => {
      expect(tree(seed)).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});
