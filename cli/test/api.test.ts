import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

test('Node prints no leak warning during many concurrent requests', () => {
  // Run in a child process: Node prints the warning through its own process object, which Jest hides.
  const argv = ['--require', 'tsx/cjs', join(__dirname, 'support', 'many-requests.ts')];
  const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
