import * as fs from 'node:fs';
import * as path from 'node:path';
import { type PlanFile, parsePlanFile } from '../core/plan-file';
import type { Files } from './files';
import { StagingDir } from './staging-dir';

export const PLAN_FILE = 'plan.json';

/** The previous plan, and all files that are known to be from a synth. */
export interface Previous {
  readonly plan: PlanFile | undefined;
  readonly owned: ReadonlySet<string>;
}

/**
 * The output folder. Synth never touches files that it did not write, so several apps and a user's own files can be in it. It replaces its
 * own files as a unit: it writes all of them to a staging folder, then moves them.
 *
 * A synth that is killed before the first move leaves the old output complete. A synth that is killed during the moves (one rename for a
 * file or a new folder, milliseconds in all) leaves a note of the files that it was moving, and the next synth completes the output.
 * `plan.json` moves last and contains every file's digest, so that a reader can detect a mixture.
 */
export class Outdir {
  private readonly staging: StagingDir;

  constructor(private readonly root: string) {
    this.staging = new StagingDir(root);
  }

  /** Reads the output of the previous synth. */
  previous(): Previous {
    this.refuseOddPlaces();
    const text = readIfThere(this.at(PLAN_FILE));
    const plan = text === undefined ? undefined : parsePlanFile(text);
    if (text !== undefined && !plan) {
      throw new Error(
        `outdir: got ${this.at(PLAN_FILE)}, which is not a plan that this version of cdk8s-canary can read; must be a plan that a synth wrote, because it lists the files that synth may replace; try to restore it from Git, or delete ${this.root} if it contains nothing else`,
      );
    }
    const owned = new Set(Object.keys(plan?.files ?? {}));
    for (const file of this.staging.interrupted().filter(isInside)) {
      owned.add(file);
    }
    return { plan, owned };
  }

  /**
   * Replaces the previous output by this one. Does not write a file again if its content is the same.
   *
   * @param folders the folders of stages; kubectl applies everything in them, so they may contain nothing else
   * @param planWith makes the plan from the digests of all files except its own
   * @returns that plan
   * @throws before anything is changed, if a stage's folder contains files that synth did not write
   */
  replace(
    files: Files,
    folders: readonly string[],
    previous: Previous,
    planWith: (digests: ReadonlyMap<string, string>) => PlanFile,
  ): PlanFile {
    const there = new Set(folders.flatMap((folder) => this.filesIn(folder)));
    this.refuseForeignFiles(files, there, previous.owned);
    const digests = new Map<string, string>();
    let hasChanged = false;
    for (const { path: file, content, digest } of files) {
      digests.set(file, digest);
      // Most files are in the stages' folders, whose files are already known.
      const isNew = file.includes('/') && !there.has(file);
      if (isNew || !this.holds(file, content)) {
        this.staging.prepare(file, content);
        hasChanged = true;
      }
    }
    const plan = planWith(digests);
    const text = `${JSON.stringify(plan, undefined, 2)}\n`;
    const last = this.holds(PLAN_FILE, text) ? undefined : { file: PLAN_FILE, content: text };
    const obsolete = [...previous.owned].filter((file) => !digests.has(file) && isInside(file));
    if (hasChanged || last || obsolete.length > 0) {
      // Note the files to remove, too: the plan that lists them is replaced before they are removed.
      this.staging.commit([...digests.keys(), ...obsolete], last);
      obsolete.filter((file) => file !== PLAN_FILE).forEach((file) => this.remove(file));
    }
    this.staging.close();
    return plan;
  }

  private holds(file: string, content: string): boolean {
    return readIfThere(this.at(file)) === content;
  }

  /** Removes a file of the previous synth, and the folders that become empty. */
  private remove(file: string): void {
    fs.rmSync(this.at(file), { force: true });
    for (let folder = path.dirname(file); folder !== '.'; folder = path.dirname(folder)) {
      try {
        fs.rmdirSync(this.at(folder));
      } catch {
        return;
      }
    }
  }

  private refuseForeignFiles(files: Files, there: ReadonlySet<string>, owned: ReadonlySet<string>): void {
    const isForeign = (file: string) => !owned.has(file) && readIfThere(this.at(file)) !== files.contentOf(file);
    const foreign = [...there].filter(isForeign);
    if (foreign.length > 0) {
      const listed = foreign
        .slice(0, 10)
        .map((file) => this.at(file))
        .join(', ');
      const more = foreign.length > 10 ? ` and ${foreign.length - 10} more` : '';
      throw new Error(
        `outdir: got files that synth did not write: ${listed}${more}; must be moved or deleted, because kubectl applies every file in the folder of a stage; try to keep your own manifests in another folder`,
      );
    }
  }

  /** All files below a folder, by their paths in the output. It does not follow links, so that nothing is written through one. */
  private filesIn(folder: string): string[] {
    const stat = fs.lstatSync(this.at(folder), { throwIfNoEntry: false });
    if (stat === undefined) {
      return [];
    }
    if (!stat.isDirectory()) {
      throw new Error(
        `outdir: got ${this.at(folder)}, which is not a folder; must be a folder or not exist, because synth writes a stage there; try to move it`,
      );
    }
    return fs.readdirSync(this.at(folder), { withFileTypes: true }).flatMap((entry) => {
      const file = `${folder}/${entry.name}`;
      return entry.isDirectory() ? this.filesIn(file) : [file];
    });
  }

  private refuseOddPlaces(): void {
    const absolute = path.resolve(this.root);
    const stat = fs.statSync(absolute, { throwIfNoEntry: false });
    if (this.root.trim() === '' || absolute === path.parse(absolute).root || absolute === process.cwd()) {
      throw new Error(
        `outdir: got ${JSON.stringify(this.root)}; must be a folder of its own, not the root or the working directory; try "dist"`,
      );
    }
    if (stat && !stat.isDirectory()) {
      throw new Error(`outdir: got ${JSON.stringify(this.root)}, which is a file; must be a folder; try "dist"`);
    }
    const isBelow = (child: string, parent: string) => child.startsWith(parent + path.sep);
    if (stat && isBelow(absolute, process.cwd()) && !isBelow(fs.realpathSync(absolute), fs.realpathSync(process.cwd()))) {
      throw new Error(
        `outdir: got ${JSON.stringify(this.root)}, which resolves to ${fs.realpathSync(absolute)}, outside the working directory; must be inside it; try the real path`,
      );
    }
  }

  private at(file: string): string {
    return path.join(this.root, file);
  }
}

/** Anyone can edit a plan, so the paths that it lists must not lead out of the folder. */
function isInside(file: string): boolean {
  return !path.isAbsolute(file) && !file.split(/[\\/]/).includes('..');
}

function readIfThere(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      return undefined;
    }
    throw error;
  }
}
