import { join } from 'node:path';
import type { RunRecord } from '../core/rollout/record';
import { writeRecord } from './write';

/** Writes the record of a run to disk after each change. If it cannot be written, a note says so once, and the run continues. */
export class RecordKeeper {
  private folder: string | undefined;
  private last: Promise<void> = Promise.resolve();
  private hasFailed = false;

  /** @param home the folder of all records; each run gets a folder of its own in it */
  constructor(
    private readonly home: string,
    private readonly note: (text: string) => void,
  ) {}

  keep(record: RunRecord): void {
    this.folder ??= join(this.home, `${record.startedAt.slice(0, 19).replaceAll(':', '-')}-${record.id}`);
    this.last = writeRecord(this.folder, record).catch((error: Error) => {
      if (!this.hasFailed) {
        this.hasFailed = true;
        this.note(`cannot write the record of this run: ${error.message}`);
      }
    });
  }

  /** Waits for the last write. Returns the folder of the record; undefined if it could not be written or nothing happened. */
  async end(): Promise<string | undefined> {
    await this.last;
    return this.hasFailed ? undefined : this.folder;
  }
}
