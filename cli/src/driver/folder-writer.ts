import { ApiError } from '../cluster/api';
import type { Applied } from '../cluster/apply';
import type { ClusterCache } from '../cluster/cluster-cache';
import type { Lock } from '../cluster/lock';
import { CliError } from '../core/errors';
import type { PlanObject } from '../core/kubernetes/objects';
import { nameOf } from '../core/resource';
import type { Publish } from './events';
import type { Session } from './session';

export interface WriteOptions {
  /** The field manager of server-side apply. */
  readonly fieldManager: string;
  /** Whether values of other field managers are overwritten. */
  readonly force: boolean;
}

/** The result of one write. */
export interface Written {
  /** Undefined if there was nothing to write. */
  readonly applied: Applied | undefined;
  /** What a user should know about it. */
  readonly note?: string;
}

/** Writes the objects of a folder to the cluster, in their order, while this driver holds the lock. */
export abstract class FolderWriter {
  /** The statuses with which a dry run may be refused although the write would not be: some admission webhooks do not support dry runs. */
  protected abstract readonly inconclusive: readonly number[];
  /** The keys of the objects that were written, and so exist. */
  protected readonly written = new Set<string>();

  constructor(
    protected readonly session: Session,
    protected readonly lock: Lock,
    protected readonly cache: ClusterCache,
    protected readonly options: WriteOptions,
    private readonly publish: Publish,
  ) {}

  /** Whether anything was written; after that, an error leaves the rollout between two folders. */
  get hasWritten(): boolean {
    return this.written.size > 0;
  }

  /**
   * Sends all writes with the API server's dry run, so that it refuses a folder before the first of its objects is written: with half of
   * a folder written, fewer pods may run than with either folder.
   *
   * @throws CliError if the API server would refuse an object
   */
  async dryRun(folder: string): Promise<void> {
    const write = this.writesOf(folder, true);
    for (const object of this.objectsIn(folder)) {
      await write(object).catch((error: unknown) => {
        const cause = error instanceof CliError ? error.cause : undefined;
        if (!(cause instanceof ApiError && this.inconclusive.includes(cause.status))) {
          throw error;
        }
      });
    }
  }

  /** Writes all objects. @throws CliError, with the objects that were written and those that were not, if one of them fails */
  async write(folder: string): Promise<void> {
    const write = this.writesOf(folder, false);
    const objects = this.objectsIn(folder);
    for (const [n, object] of objects.entries()) {
      try {
        const { applied, note } = await write(object);
        if (applied) {
          this.written.add(object.key);
          this.cache.put(object.ref, applied.object);
          this.publish({ type: 'applied', object: object.ref, applied });
        }
        if (note !== undefined) {
          this.publish({ type: 'note', text: note });
        }
      } catch (error) {
        throw withParts(error, folder, objects.slice(0, n), objects.slice(n));
      }
    }
  }

  /** The objects of a folder that are written, in their order. */
  protected abstract objectsIn(folder: string): readonly PlanObject[];

  /** Returns the function that writes an object of a folder. Called before the first write, which changes what a write may depend on. */
  protected abstract writesOf(folder: string, isDryRun: boolean): (object: PlanObject) => Promise<Written>;
}

/** Adds to an error which objects of a folder were written before it. */
function withParts(error: unknown, folder: string, written: readonly PlanObject[], left: readonly PlanObject[]): unknown {
  if (!(error instanceof CliError) || written.length === 0) {
    return error;
  }
  const names = (objects: readonly PlanObject[]) => objects.map(({ ref }) => nameOf(ref)).join(', ');
  return new CliError(error.message, error.code, [...error.next, `written of ${folder}: ${names(written)}; not written: ${names(left)}`]);
}
