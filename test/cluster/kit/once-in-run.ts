import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../support/command';
import { clusterInfo } from './cluster-info';
import { isFirst } from './is-first';

/**
 * Does something once in a run: the first test file that asks for it does it, and all others wait. If it fails, it fails for all of them.
 *
 * @param seconds how long the others wait
 */
export async function onceInRun(name: string, seconds: number, body: () => Promise<void>): Promise<void> {
  const folder = join(clusterInfo.results, 'once', name);
  const [done, failed] = [join(folder, 'done'), join(folder, 'failed')];
  mkdirSync(join(clusterInfo.results, 'once'), { recursive: true });
  if (isFirst(() => mkdirSync(folder))) {
    try {
      await body();
      writeFileSync(done, '');
    } catch (error) {
      writeFileSync(failed, (error as Error).message);
      throw error;
    }
    return;
  }
  await until(`${name}, which another test file starts,`, seconds, () => existsSync(done) || existsSync(failed) || undefined, 200);
  if (existsSync(failed)) {
    throw new Error(`${name}: failed in another test file: ${readFileSync(failed, 'utf8')}`);
  }
}
