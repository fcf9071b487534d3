import { setTimeout as sleep } from 'node:timers/promises';
import { Resource, textAt } from '../core/resource';
import { passes, retryDelay } from '../core/kubernetes/retry';
import { Api, ApiError } from './api';

/** Seconds that one watch lives: when it has not ended by then, its peer is dead. */
const WATCH_SECONDS = 30;

/**
 * A collection as the API server holds it, kept up by a watch. When a watch ends it goes on where it was; when that is too
 * long ago, or something failed, everything is read again.
 */
export class Informer {
  private readonly objects = new Map<string, Resource>();
  private version = '';
  /** The version at which everything was read last: what a watch brings from before it is known, or was undone since. */
  private readAt = '';
  private failedSince: number | undefined;

  constructor(
    private readonly api: Api,
    readonly path: string,
    private readonly query: Readonly<Record<string, string>>,
    private readonly onChange: () => void,
  ) {}

  /** What there is. */
  get items(): readonly Resource[] {
    return [...this.objects.values()];
  }

  /** Milliseconds for which nothing has been heard from the server; 0 while all is well. */
  get staleMs(): number {
    return this.failedSince === undefined ? 0 : performance.now() - this.failedSince;
  }

  /** Reads the collection, then follows it until `signal`. Resolves when it has been read. */
  async start(signal: AbortSignal): Promise<void> {
    await this.read();
    void this.keepUp(signal);
  }

  /** Reads the collection again: a watch tells what happened, but not at once. */
  async read(): Promise<void> {
    const list = await this.api.get(this.path, this.query);
    this.objects.clear();
    for (const object of (list['items'] as Resource[] | undefined) ?? []) {
      this.put(object);
    }
    this.version = textAt(list, 'metadata', 'resourceVersion') ?? '';
    this.readAt = this.version;
    this.failedSince = undefined;
    this.onChange();
  }

  /** Keeps an object, unless a newer one is known: what a write was answered may be ahead of the watch. */
  put(object: Resource): void {
    const uid = textAt(object, 'metadata', 'uid') ?? '';
    const known = this.objects.get(uid);
    if (known === undefined || !isOlder(versionOf(object), versionOf(known))) {
      this.objects.set(uid, object);
    }
  }

  /** Forgets an object that is gone. */
  remove(object: Resource): void {
    this.objects.delete(textAt(object, 'metadata', 'uid') ?? '');
  }

  private async keepUp(signal: AbortSignal): Promise<void> {
    let attempt = 0;
    while (!signal.aborted) {
      try {
        if (this.version === '') {
          await this.read();
        }
        await this.follow(signal);
        attempt = 0;
      } catch (error) {
        if (signal.aborted) {
          return;
        }
        // Where it was is not known any more, or too old for the server.
        this.version = '';
        this.failedSince ??= performance.now();
        this.onChange();
        attempt += 1;
        const failure = error instanceof ApiError ? error.failure : undefined;
        const delay = (failure && passes(failure) ? retryDelay(failure, attempt, Infinity, Math.random()) : undefined) ?? 1_000;
        await sleep(delay, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const query = { ...this.query, resourceVersion: this.version, allowWatchBookmarks: 'true' };
    for await (const { type, object } of this.api.follow(this.path, query, WATCH_SECONDS, signal)) {
      if (type === 'ERROR') {
        throw new Error(textAt(object, 'message') ?? 'the watch failed');
      }
      this.failedSince = undefined;
      if (isOlder(versionOf(object), this.readAt)) {
        continue;
      }
      this.version = versionOf(object) || this.version;
      if (type === 'DELETED') {
        this.remove(object);
      } else if (type !== 'BOOKMARK') {
        this.put(object);
      }
      if (type !== 'BOOKMARK') {
        this.onChange();
      }
    }
  }
}

/** Versions are numbers that only rise, wherever the API server keeps its objects in etcd; where they are not, nothing is older. */
function isOlder(one: string, other: string): boolean {
  return /^\d+$/.test(one) && /^\d+$/.test(other) && BigInt(one) < BigInt(other);
}

function versionOf(object: Resource): string {
  return textAt(object, 'metadata', 'resourceVersion') ?? '';
}
