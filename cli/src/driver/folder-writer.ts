import { ApiError } from '../cluster/api';
import { type Applied, type ApplyOptions, applyObject } from '../cluster/apply';
import type { ClusterCache } from '../cluster/cluster-cache';
import type { Lock } from '../cluster/lock';
import { CliError } from '../core/errors';
import type { PlanObject } from '../core/kubernetes/objects';
import { provenanceOf } from '../core/kubernetes/provenance';
import { nameOf } from '../core/resource';
import type { Publish } from './events';
import type { Session } from './session';

export interface WriteOptions {
  /** The field manager for server-side apply. */
  readonly fieldManager: string;
  /** Whether to take over fields that other managers own. */
  readonly force: boolean;
}

/** Writes a folder to the cluster. */
export interface Writer {
  /** Whether anything was written; after that, an error leaves the rollout between two folders. */
  readonly hasWritten: boolean;
  /** Asks the API server whether it would take all writes of a folder. @throws CliError if it would not */
  dryRun(folder: string): Promise<void>;
  /** @throws CliError, with the objects that were written and those that were not, if one of them fails */
  write(folder: string): Promise<void>;
}

/** Writes the objects of a folder to the cluster, in their order, while this driver holds the lock. */
export class FolderWriter implements Writer {
  hasWritten = false;
  /** The keys of the objects that were written, and so exist. */
  private readonly written = new Set<string>();

  constructor(
    private readonly session: Session,
    private readonly lock: Lock,
    private readonly cache: ClusterCache,
    private readonly options: WriteOptions,
    private readonly publish: Publish,
  ) {}

  /**
   * Applies all objects with the API server's dry run, so that it refuses a folder before the first of its objects is written: with half of
   * a folder applied, fewer pods may run than with either folder. Ignores answers that prove nothing: some admission webhooks do not support
   * dry runs, and the namespace may not exist yet.
   *
   * @throws CliError if the API server would refuse an object
   */
  async dryRun(folder: string): Promise<void> {
    const options = { ...this.applyOptions(folder), isDryRun: true };
    for (const object of this.session.objects.in(folder)) {
      await this.apply(object, folder, options).catch((error: unknown) => {
        const cause = error instanceof CliError ? error.cause : undefined;
        if (!(cause instanceof ApiError && [400, 404].includes(cause.status))) {
          throw error;
        }
      });
    }
  }

  /** Applies all objects. @throws CliError, with the objects that were written and those that were not, if one of them fails */
  async write(folder: string): Promise<void> {
    // Determined before the first write, which replaces what it is determined from.
    const options = this.applyOptions(folder);
    const objects = this.session.objects.in(folder);
    for (const [n, object] of objects.entries()) {
      try {
        const applied = await this.apply(object, folder, options);
        this.hasWritten = true;
        this.written.add(object.key);
        this.cache.put(object.ref, applied.object);
        this.publish({ type: 'applied', object: object.ref, applied });
      } catch (error) {
        throw withParts(error, folder, objects.slice(0, n), objects.slice(n));
      }
    }
  }

  private applyOptions(folder: string): ApplyOptions {
    const provenance = provenanceOf(this.session.objects, this.cache.live, folder);
    return { ...this.options, provenance, guard: () => this.lock.ensure() };
  }

  private apply(object: PlanObject, folder: string, options: ApplyOptions): Promise<Applied> {
    const { api, kinds } = this.session;
    return applyObject(api, kinds, object, folder, { ...options, wasThere: this.written.has(object.key) });
  }
}

/** Adds to an error which objects of a folder were written before it. */
export function withParts(error: unknown, folder: string, written: readonly PlanObject[], left: readonly PlanObject[]): unknown {
  if (!(error instanceof CliError) || written.length === 0) {
    return error;
  }
  const names = (objects: readonly PlanObject[]) => objects.map(({ ref }) => nameOf(ref)).join(', ');
  return new CliError(error.message, error.code, [...error.next, `written of ${folder}: ${names(written)}; not written: ${names(left)}`]);
}
