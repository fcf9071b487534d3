import { once } from 'node:events';
import { IncomingMessage, Server, ServerResponse, createServer } from 'node:http';
import { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../../support/command';
import { Moment, calls } from './calls';
import { Exchange, Line } from './exchange';
import { Fault } from './fault';
import { writeKubeconfig } from './kubeconfig';
import { Seen, isWrite } from './seen';
import { tunnel } from './tunnel';
import { Sender, Upstream } from './upstream';
import { When, atWrite } from './when';

/** A fault that is planned, and whom it befell. */
export interface Planned {
  readonly met: readonly Seen[];
  /** It befalls nobody any more. */
  cancel(): void;
}

interface Rule {
  readonly when: When;
  readonly fault: Fault;
  readonly times: number;
  readonly met: Seen[];
}

/**
 * Stands between a client and an API server, passes on what it gets, keeps a record of it, and lets those requests meet a
 * fault that a test has planned one for.
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
    // A connection is cut when a test says so, and by no clock of the proxy's own.
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

  /** Every request, in the order of arrival. */
  get requests(): readonly Seen[] {
    return this.seen;
  }

  /** The requests that were to change something. */
  get writes(): readonly Seen[] {
    return this.seen.filter(({ write }) => write !== undefined);
  }

  /**
   * Plans a fault. Of several that a request would meet it meets the one that was planned first.
   *
   * @param options.times how many requests it befalls (default: one)
   */
  plan(when: When, fault: Fault, options: { readonly times?: number } = {}): Planned {
    const rule: Rule = { when, fault, times: options.times ?? 1, met: [] };
    this.rules.push(rule);
    return { met: rule.met, cancel: () => (this.rules = this.rules.filter((other) => other !== rule)) };
  }

  /** Does something at one side of the nth write; see `calls`. */
  onWrite(n: number, moment: Moment, callback: (seen: Seen) => Promise<void> | void): Planned {
    return this.plan(atWrite(n), calls(moment, callback));
  }

  /** Forgets what was planned and what was seen: the next request is the first one again. */
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
   * Writes a kubeconfig that leads through the proxy, and says nothing of who uses it: that is the upstream's business. kubectl
   * would not send a token to a server without TLS, and would without a word be somebody else.
   */
  kubeconfig(options: { readonly namespace?: string } = {}): string {
    return writeKubeconfig({ server: this.url, ...options });
  }

  /** Ends it, and fails where something in it did that nobody planned. */
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

  /** Listens, where it did before if it did. */
  private async listen(): Promise<void> {
    const attempt = async () => {
      if (!this.isClosed && !this.server.listening) {
        this.server.listen(this.port, '127.0.0.1');
        await once(this.server, 'listening');
      }
      return true;
    };
    // Whoever has taken the port meanwhile did so by chance, for a connection of its own.
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
      // Its client ended in the middle of it: the API server would not have heard of it either.
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
      // A client that has left is not missed; nor is one whose API server has ended with the test.
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
