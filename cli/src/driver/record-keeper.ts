import { join } from 'node:path';
import type { RunRecord } from '../core/rollout/record';
import { writeRecord } from '../html-report/write';
import type { Terminal } from '../terminal/terminal';

/** Keeps the record of a run on the disk while it goes on. That it cannot is said once, and stops nothing. */
export class RecordKeeper {
  private folder: string | undefined;
  private last: Promise<void> = Promise.resolve();
  private hasFailed = false;

  constructor(
    private readonly home: string,
    private readonly terminal: Terminal,
  ) {}

  keep(record: RunRecord): void {
    this.folder ??= join(this.home, `${record.startedAt.slice(0, 19).replaceAll(':', '-')}-${record.id}`);
    this.last = writeRecord(this.folder, record).catch((error: Error) => {
      if (!this.hasFailed) {
        this.hasFailed = true;
        this.terminal.note(`the record of this run cannot be written: ${error.message}`);
      }
    });
  }

  /** Waits until it is written, and says where; undefined where it could not be, or nothing happened. */
  async end(): Promise<string | undefined> {
    await this.last;
    return this.hasFailed ? undefined : this.folder;
  }
}
