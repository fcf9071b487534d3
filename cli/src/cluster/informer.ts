import { setTimeout as sleep } from 'node:timers/promises';
import { type Resource, textAt } from '../core/resource';
import { passes, retryDelay } from '../core/kubernetes/retry';
import { type Api, ApiError } from './api';

/** Seconds that one watch lasts. If the server has not ended it by then, the connection is dead. */
const WATCH_SECONDS = 30;

/**
 * A local copy of a collection of the API server, kept current by a watch. When a watch ends, the next one resumes at its
 * resourceVersion. If that version is too old, or a request failed, the informer lists the collection again.
 */
export class Informer {
  private readonly objects = new Map<string, Resource>();
  private version = '';
  /** The resourceVersion of the last list. Older watch events are ignored: the list already includes them. */
  private readAt = '';
  private failedSince: number | undefined;

  constructor(
    private readonly api: Api,
    readonly path: string,
    private readonly query: Readonly<Record<string, string>>,
    private readonly onChange: () => void,
  ) {}

  /** The objects of the collection. */
  get items(): readonly Resource[] {
    return [...this.objects.values()];
  }

  /** Milliseconds since the first failure after the last contact with the server; 0 if there is none. */
  get staleMs(): number {
    return this.failedSince === undefined ? 0 : performance.now() - this.failedSince;
  }

  /** Lists the collection, then watches it until `signal` aborts. Resolves after the list. */
  async start(signal: AbortSignal): Promise<void> {
    await this.read();
    void this.keepUp(signal);
  }

  /** Lists the collection again: watch events arrive with a delay. */
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

  /** Stores an object unless a newer version is known: the response to a write may be ahead of the watch. */
  put(object: Resource): void {
    const uid = textAt(object, 'metadata', 'uid') ?? '';
    const known = this.objects.get(uid);
    if (known === undefined || !isOlder(versionOf(object), versionOf(known))) {
      this.objects.set(uid, object);
    }
  }

  /** Removes a deleted object. */
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
        // The resourceVersion may be unknown or too old for the server, so list again.
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

/** Compares resourceVersions, which are rising numbers if the API server uses etcd. Returns false if either is not a number. */
function isOlder(one: string, other: string): boolean {
  return /^\d+$/.test(one) && /^\d+$/.test(other) && BigInt(one) < BigInt(other);
}

function versionOf(object: Resource): string {
  return textAt(object, 'metadata', 'resourceVersion') ?? '';
}
