import { attempt, run } from '../../support/command';

/** The possible names of Chromium on the path, the smallest program first. */
const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
/** The Debian package. It needs no desktop, so it has a third of the dependencies of the full one. */
const PACKAGE = 'chromium-headless-shell';

/** Finds a Chromium on this machine, and installs one if there is none, because the report must be checked in a browser. */
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
