import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../../support/command';
import { type Moment, calls } from './calls';
import { Exchange, type Line } from './exchange';
import type { Fault } from './fault';
import { writeKubeconfig } from './kubeconfig';
import { type Seen, isWrite } from './seen';
import { tunnel } from './tunnel';
import { Sender, type Upstream } from './upstream';
import { type When, atWrite } from './when';

/** A planned fault, and the requests that it affected. */
export interface Planned {
  readonly met: readonly Seen[];
  /** Removes the fault: it affects no further requests. */
  cancel(): void;
}

interface Rule {
  readonly when: When;
  readonly fault: Fault;
  readonly times: number;
  readonly met: Seen[];
}

/**
 * A proxy between a client and an API server. It forwards and records the requests, and applies the faults that a test has planned.
 */
export class FaultProxy implements Line {
  private readonly server: Server;
  private readonly sender: Sender;
  private readonly sockets = new Set<Socket>();
  private readonly open = new Set<Exchange>();
  private readonly errors: Error[] = [];
  private rules: Rule[] = [];
  private seen: Seen[] = [];
  private port = 0;
  private isClosed = false;

  private constructor(upstream: Upstream) {
    this.sender = new Sender(upstream);
    // Only a test may close a connection, so the timeouts of the server are off.
    this.server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 });
    this.server
      .on('connection', (socket: Socket) => {
        this.sockets.add(socket.once('close', () => this.sockets.delete(socket)));
      })
      .on('request', (incoming, response) => void this.serve(incoming, response))
      .on('upgrade', (incoming, socket: Socket, head: Buffer) => {
        this.record(incoming);
        tunnel(this.sender, incoming, socket, head);
      });
  }

  static async start(upstream: Upstream): Promise<FaultProxy> {
    const proxy = new FaultProxy(upstream);
    await proxy.listen();
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** All requests, in the order of arrival. */
  get requests(): readonly Seen[] {
    return this.seen;
  }

  /** The requests that would change something. */
  get writes(): readonly Seen[] {
    return this.seen.filter(({ write }) => write !== undefined);
  }

  /**
   * Plans a fault. If several planned faults match a request, the first planned one applies.
   *
   * @param options.times number of requests that it affects (default: 1)
   */
  plan(when: When, fault: Fault, options: { readonly times?: number } = {}): Planned {
    const rule: Rule = { when, fault, times: options.times ?? 1, met: [] };
    this.rules.push(rule);
    return { met: rule.met, cancel: () => (this.rules = this.rules.filter((other) => other !== rule)) };
  }

  /** Calls a function before or after the nth write; see `calls`. */
  onWrite(n: number, moment: Moment, callback: (seen: Seen) => Promise<void> | void): Planned {
    return this.plan(atWrite(n), calls(moment, callback));
  }

  /** Removes all planned faults and the record of requests. The next request counts as the first. */
  reset(): void {
    this.rules = [];
    this.seen = [];
  }

  async outage(seconds: number): Promise<void> {
    const closed = this.server.listening ? once(this.server, 'close') : undefined;
    this.server.close();
    this.sockets.forEach((socket) => socket.destroy());
    await closed;
    await sleep(seconds * 1000);
    await this.listen();
  }

  freezeWatches(): void {
    [...this.open].filter(({ isWatch }) => isWatch).forEach((exchange) => exchange.freeze());
  }

  /**
   * Writes a kubeconfig that leads through the proxy. It has no credentials: the proxy adds those of the upstream. kubectl sends no token
   * to a server without TLS, so with a token in the kubeconfig it would silently act as another user.
   */
  kubeconfig(options: { readonly namespace?: string } = {}): string {
    return writeKubeconfig({ server: this.url, ...options });
  }

  /** Closes the proxy. Throws if the proxy itself failed in a way that no test planned. */
  async close(): Promise<void> {
    this.isClosed = true;
    const closed = this.server.listening ? once(this.server, 'close') : undefined;
    this.server.close();
    this.sockets.forEach((socket) => socket.destroy());
    this.sender.close();
    await closed;
    if (this.errors.length > 0) {
      throw new AggregateError(this.errors, `the proxy failed: ${this.errors.map(({ message }) => message).join('; ')}`);
    }
  }

  /** Listens on the previous port if there was one, otherwise on any free port. */
  private async listen(): Promise<void> {
    const attempt = async () => {
      if (!this.isClosed && !this.server.listening) {
        this.server.listen(this.port, '127.0.0.1');
        await once(this.server, 'listening');
      }
      return true;
    };
    // Another process may have got the port by chance for a connection of its own, so this tries again until the port is free.
    await until('the port of the proxy', 30, attempt);
    if (!this.isClosed) {
      this.port = (this.server.address() as AddressInfo).port;
    }
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of incoming as AsyncIterable<Buffer>) {
        chunks.push(chunk);
      }
    } catch {
      // The client disconnected before the request was complete, so the API server would not have received it either.
      return;
    }
    const body = Buffer.concat(chunks);
    const seen = this.record(incoming, body);
    const exchange = new Exchange(seen, this, incoming, response, body, this.sender);
    const rule = this.rules.find(({ when, times, met }) => met.length < times && when(seen));
    this.open.add(exchange);
    try {
      if (rule) {
        rule.met.push(seen);
        Object.assign(seen, { fault: rule.fault.name });
        await rule.fault.meet(exchange);
      } else {
        await exchange.pass();
      }
    } catch (error) {
      // A failure does not matter if the client has disconnected, or if the proxy was closed at the end of the test.
      if (!exchange.isOver && !this.isClosed) {
        this.errors.push(error as Error);
        exchange.drop();
      }
    } finally {
      this.open.delete(exchange);
    }
  }

  private record(incoming: IncomingMessage, body?: Buffer): Seen {
    const { pathname: path, searchParams: query } = new URL(incoming.url!, this.url);
    const arrived = { method: incoming.method!, path, query, body: body?.length ? body.toString('utf8') : undefined };
    const seen: Seen = {
      request: this.seen.length + 1,
      write: isWrite(arrived) ? this.writes.length + 1 : undefined,
      ...arrived,
      agent: incoming.headers['user-agent'] ?? '',
      at: performance.now(),
    };
    this.seen.push(seen);
    return seen;
  }
}
