import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { clusterInfo } from './cluster-info';

/** An API object. The tests access its fields without types. */
export type Resource = Record<string, any>;

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: Resource;
}

let proxy: { child: ChildProcess; url: Promise<string> } | undefined;

/** Starts `kubectl proxy` once. It can authenticate wherever kubectl can, so the tests can use plain HTTP. */
function proxyUrl(): Promise<string> {
  if (!proxy) {
    const child = spawn(clusterInfo.kubectl, ['proxy', '--port=0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const url = new Promise<string>((done, failed) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const address = /127\.0\.0\.1:\d+/.exec(line)?.[0];
        return address ? done(`http://${address}`) : undefined;
      });
      child.once('exit', (status) => failed(new Error(`kubectl proxy ended with ${status}`)));
    });
    proxy = { child, url };
  }
  return proxy.url;
}

/** Stops the proxy that this file started. */
export function closeApi(): void {
  proxy?.child.removeAllListeners('exit').kill();
  proxy = undefined;
}

export async function request(
  method: string,
  path: string,
  body?: string,
  type = 'application/json',
): Promise<{ status: number; body: Resource }> {
  const answer = await fetch(`${await proxyUrl()}${path}`, { method, body, headers: { 'content-type': type, accept: 'application/json' } });
  const text = await answer.text();
  return { status: answer.status, body: (text.startsWith('{') ? JSON.parse(text) : { message: text }) as Resource };
}

/** Sends a request and returns the body of the response. Throws if the response has another status than expected. */
async function answered(status: number, ...asked: Parameters<typeof request>): Promise<Resource> {
  const answer = await request(...asked);
  if (answer.status !== status) {
    throw new Error(`${asked[0]} ${asked[1]}: ${answer.status} ${answer.body['message']}`);
  }
  return answer.body;
}

/** Creates an object, which must not exist yet, and returns it. */
export function create(list: string, object: Resource): Promise<Resource> {
  return answered(201, 'POST', list, JSON.stringify(object));
}

/** Creates an object or updates it, by server-side apply. */
export async function apply(list: string, object: Resource): Promise<void> {
  const path = `${list}/${object['metadata'].name}?fieldManager=test&force=true`;
  const { status, body } = await request('PATCH', path, JSON.stringify(object), 'application/apply-patch+yaml');
  if (status !== 200 && status !== 201) {
    throw new Error(`PATCH ${path}: ${status} ${body['message']}`);
  }
}

/** The plural of a kind in the paths of the API. */
export function plural(kind: string): string {
  return `${kind.toLowerCase().replace(/y$/, 'ie')}s`;
}

/** Changes some fields of an object by a merge patch. */
export async function merge(path: string, change: Resource): Promise<void> {
  await answered(200, 'PATCH', path, JSON.stringify(change), 'application/merge-patch+json');
}

/** Reads an object or a list. */
export function get(path: string): Promise<Resource> {
  return answered(200, 'GET', path);
}

/** Lists objects and then watches them, event by event, until the watch is closed. */
export async function watch(path: string, seen: (event: WatchEvent) => void): Promise<{ close: () => Promise<void> }> {
  const list = await get(path);
  (list['items'] as Resource[]).forEach((object) => seen({ type: 'ADDED', object }));
  const end = new AbortController();
  const url = `${await proxyUrl()}${path}${path.includes('?') ? '&' : '?'}watch=1&resourceVersion=${list['metadata'].resourceVersion}`;
  const answer = await fetch(url, { signal: end.signal });
  const follow = async () => {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop()!;
      lines.filter(Boolean).forEach((line) => seen(JSON.parse(line) as WatchEvent));
    }
    throw new Error(`the watch of ${path} ended`);
  };
  // If the watch ends by itself, the test misses later events, so `close` throws that error.
  const followed = follow().catch((error: Error) => (end.signal.aborted ? undefined : error));
  return {
    close: async () => {
      end.abort();
      const error = await followed;
      if (error) {
        throw error;
      }
    },
  };
}
