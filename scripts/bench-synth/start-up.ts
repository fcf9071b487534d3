import { join, resolve } from 'node:path';
import type { Row } from '../../test/support/measured';

const PROJECT = resolve(__dirname, '..', '..');
const node = (...args: string[]) => [process.execPath, ...args];
const load = (...modules: string[]) =>
  node('--require', 'tsx/cjs', '-e', modules.map((name) => `require(${JSON.stringify(name)});`).join(''));

/** From bare Node to the tutorial's synth, each step with one more part. */
const STEPS: readonly [string, readonly string[]][] = [
  ['Node', node('-e', '0')],
  ['tsx, which strips the types', load()],
  ['cdk8s', load('cdk8s')],
  ['cdk8s-plus-27', load('cdk8s', 'cdk8s-plus-27')],
  ['this library', load('cdk8s', 'cdk8s-plus-27', join(PROJECT, 'lib'))],
  ['the synth of main.ts', node('--require', 'tsx/cjs', join(PROJECT, 'main.ts'))],
  ['npm run synth', ['npm', 'run', '--silent', 'synth']],
  ['npm run synth:cli', ['npm', 'run', '--silent', 'synth:cli']],
];

/** The duration of each step of a small synth: the median time of its command. */
export async function startUp(medianOf: (command: readonly string[]) => Promise<number>): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [step, command] of STEPS) {
    rows.push({ step, milliseconds: Math.round((await medianOf(command)) * 1000) });
  }
  return rows;
}
