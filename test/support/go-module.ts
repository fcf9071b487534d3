import { readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { cached, digest } from './cache';
import { attempt, run } from './command';

/** A Go module of ours that pins the programs of others, with the flags that their authors build them with. */
export interface GoModule {
  /** The folder of its `go.mod`. */
  readonly folder: string;
  /** The packages by the names of the programs. */
  readonly programs: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** Variables that the linker sets in the programs, such as the version that they print. */
  readonly stamps?: Readonly<Record<string, string>>;
  /** The build time, in words. */
  readonly takes: string;
}

/** Builds the programs of a module once for each content of its folder. Returns their folder and the time that the build took. */
export async function buildGoModule(module: GoModule, say: (text: string) => void): ReturnType<typeof cached> {
  const cwd = module.folder;
  if ((await attempt(['sh', '-c', 'command -v go'])).status !== 0) {
    throw new Error('go: not found; programs are built from Go modules, so Go 1.26 or newer must be on the path');
  }
  const files = readdirSync(cwd, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const sources = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  const stamps = Object.entries(module.stamps ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  // Static, so that the same program runs here and in an image that holds nothing else.
  const flags = ['-mod=readonly', '-trimpath', '-ldflags', ['-s -w', ...stamps].join(' '), ...(module.flags ?? [])];
  const name = `${basename(module.folder)}-${digest(...sources.map((path) => readFileSync(path)), ...flags)}`;
  return cached(name, async (folder) => {
    say(`building ${basename(module.folder)} (once; ${module.takes})`);
    const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' };
    for (const [program, path] of Object.entries(module.programs)) {
      say(`  ${program}`);
      const output = join(folder, program);
      await run(['go', 'build', ...flags, '-o', output, path], { cwd, env });
    }
  });
}

/** The folder with the source of a required module, and its version. */
export async function requiredModule(cwd: string, path: string): Promise<{ Dir: string; Version: string }> {
  await run(['go', 'mod', 'download', path], { cwd });
  return JSON.parse(await run(['go', 'list', '-m', '-json', path], { cwd })) as { Dir: string; Version: string };
}

/** Downloads a module that no `go.mod` of ours requires, and returns the path of its archive. Go may be older than the module demands. */
export async function moduleArchive(module: { readonly path: string; readonly version: string; readonly sum: string }): Promise<string> {
  const name = `${module.path}@${module.version}`;
  // Go exits with 1 for a module that needs a newer Go, but has downloaded it then.
  const { stdout, stderr } = await attempt(['go', 'mod', 'download', '-json', name], { cwd: tmpdir() });
  const { Zip, Sum, Error: error } = JSON.parse(stdout || '{}') as { Zip?: string; Sum?: string; Error?: string };
  if (Zip === undefined || Sum !== module.sum) {
    throw new Error(`${name}: got ${Sum ?? error ?? stderr.trim()}; must be ${module.sum}`);
  }
  return Zip;
}
