import { attempt, run } from '../../support/command';

/** What a Chromium may be called on the path, the smallest first. */
const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
/** Debian's package of it: without a desktop, so a third of the other's dependencies. */
const PACKAGE = 'chromium-headless-shell';

/** A Chromium of this machine, installed if there is none: a report that no browser has looked at is not checked. */
export async function findChromium(say: (text: string) => void): Promise<string> {
  const found = await onPath();
  if (found !== undefined) {
    return found;
  }
  if ((await attempt(['sh', '-c', 'command -v apt-get'])).status !== 0) {
    throw new Error(`this machine has no Chromium and no apt-get; install one of ${NAMES.join(', ')} by its own means`);
  }
  say(`installing Debian's ${PACKAGE}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run(['apt-get', 'update'], { env });
  await run(['apt-get', 'install', '--yes', '--no-install-recommends', PACKAGE], { env });
  const installed = await onPath();
  if (installed === undefined) {
    throw new Error(`Debian's ${PACKAGE} is installed, and no ${NAMES.join(', ')} is on the path`);
  }
  return installed;
}

async function onPath(): Promise<string | undefined> {
  for (const name of NAMES) {
    const { status, stdout } = await attempt(['sh', '-c', `command -v ${name}`]);
    if (status === 0) {
      return stdout.trim();
    }
  }
  return undefined;
}
