import * as fs from 'node:fs';
import * as path from 'node:path';

const NAME = '.cdk8s-canary-new';
const OWNER = 'owner.json';
const COMMIT = 'commit.json';
/** The files that will be moved into the output folder, by their paths there. */
const PREPARED = 'prepared';
/** The file that is moved after all others. */
const LAST = 'last';

/**
 * The staging folder, inside the output folder: synth prepares the next output in it and moves the files from it. It is also a lock: the
 * process whose staging folder is open is writing.
 *
 * Nothing is synced to the disk. A synth can be repeated, `plan.json` contains every file's digest, and ten thousand syncs would take
 * longer than everything else.
 */
export class StagingDir {
  private isOpen = false;
  private readonly made = new Set<string>();

  /** @param root the output folder */
  constructor(private readonly root: string) {}

  /** Writes a file to the staging folder. */
  prepare(file: string, content: string): void {
    this.open();
    const prepared = this.at(`${PREPARED}/${file}`);
    const folder = path.dirname(prepared);
    if (!this.made.has(folder)) {
      fs.mkdirSync(folder, { recursive: true });
      this.made.add(folder);
    }
    fs.writeFileSync(prepared, content);
  }

  /**
   * Moves the prepared files to their places: a folder as a whole if no folder has its name, otherwise file by file.
   *
   * @param files all files of the output, noted for the next synth in case this one is killed meanwhile
   * @param last a file that is moved after all others
   */
  commit(files: readonly string[], last: { readonly file: string; readonly content: string } | undefined): void {
    this.open();
    if (last) {
      fs.writeFileSync(this.at(LAST), last.content);
    }
    this.note(COMMIT, JSON.stringify(files));
    if (fs.existsSync(this.at(PREPARED))) {
      move(this.at(PREPARED), this.root);
    }
    if (last) {
      fs.renameSync(this.at(LAST), path.join(this.root, last.file));
    }
  }

  /** Removes the staging folder, including one that a killed synth left. */
  close(): void {
    fs.rmSync(this.at(''), { recursive: true, force: true });
    this.isOpen = false;
  }

  /** The files that a killed synth was moving. */
  interrupted(): string[] {
    return fs.existsSync(this.at(COMMIT)) ? (JSON.parse(fs.readFileSync(this.at(COMMIT), 'utf8')) as string[]) : [];
  }

  private open(): void {
    if (this.isOpen) {
      return;
    }
    fs.mkdirSync(this.root, { recursive: true });
    const owner = fs.existsSync(this.at(OWNER)) ? (JSON.parse(fs.readFileSync(this.at(OWNER), 'utf8')) as { pid: number }) : undefined;
    if (owner && owner.pid !== process.pid && isAlive(owner.pid)) {
      throw new Error(
        `outdir: got ${this.root}, which process ${owner.pid} is writing; must be written by one synth at a time; try again after that process ends`,
      );
    }
    this.close();
    fs.mkdirSync(this.at(''));
    this.note(OWNER, JSON.stringify({ pid: process.pid }));
    this.isOpen = true;
  }

  /** Writes a note atomically. */
  private note(name: string, content: string): void {
    fs.writeFileSync(this.at(`${name}.part`), content);
    fs.renameSync(this.at(`${name}.part`), this.at(name));
  }

  private at(file: string): string {
    return path.join(this.root, NAME, file);
  }
}

function move(from: string, to: string): void {
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory() && fs.existsSync(target)) {
      move(source, target);
    } else {
      fs.renameSync(source, target);
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
