import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Seen, isWatch } from './seen';
import { type Sender, endToEnd } from './upstream';

/** A complete response of the API server. */
export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** The record of a request is filled in while the request is handled. */
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The operations of a fault that affect all requests at once. */
export interface Line {
  /** For this many seconds the proxy accepts no connections. It also closes the connections that are open. */
  outage(seconds: number): Promise<void>;
  /** Keeps the open watches open, but sends nothing more on them. */
  freezeWatches(): void;
}

/** A request and its response. Faults are built from these operations. */
export class Exchange {
  readonly isWatch: boolean;
  /** Resolves when the client has its whole response, or has disconnected. */
  readonly over: Promise<void>;
  /** Whether `over` has resolved. */
  isOver = false;
  private relayed: IncomingMessage | undefined;
  private isFrozen = false;

  constructor(
    readonly seen: Mutable<Seen>,
    readonly line: Line,
    private readonly incoming: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly body: Buffer,
    private readonly sender: Sender,
  ) {
    this.isWatch = isWatch(seen);
    const { socket } = incoming;
    this.over = new Promise((done) => {
      const left = () => {
        socket.removeListener('end', left);
        this.isOver = true;
        this.relayed?.destroy();
        done();
      };
      // A killed client closes its half of the connection. Our clients do so for no other reason.
      socket.once('end', left);
      response.once('close', left);
    });
  }

  /** Forwards the request. Resolves when the API server begins to respond. */
  forward(): Promise<IncomingMessage> {
    return new Promise((done, failed) => {
      const outgoing = this.sender.begin(this.seen.method, this.incoming.url!, this.headers());
      outgoing.once('error', failed).once('response', (answer) => {
        this.seen.committed = answer.statusCode;
        done(answer);
      });
      outgoing.end(this.body);
    });
  }

  /**
   * Forwards the request and reads the response without giving it to the client, even if the client disconnects meanwhile. The response
   * to a watch never ends, so only its head is read.
   */
  async commit(): Promise<Answer> {
    const answer = await this.forward();
    const chunks: Buffer[] = [];
    if (this.isWatch) {
      answer.on('error', () => undefined).destroy();
    } else {
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        chunks.push(chunk);
      }
    }
    return { status: answer.statusCode!, headers: endToEnd(answer.headers), body: Buffer.concat(chunks) };
  }

  /** Forwards the request, and streams the response to the client. */
  async pass(): Promise<void> {
    this.relay(await this.forward());
    await this.over;
  }

  /** Streams a response to the client, with each chunk delayed by `lag` seconds. */
  relay(answer: IncomingMessage, lag = 0): void {
    this.begin(answer);
    this.relayed = answer;
    const later = (task: () => void) => (lag === 0 ? task() : void sleep(lag * 1000).then(task));
    answer
      .on('data', (chunk: Buffer) => later(() => this.write(chunk)))
      .once('end', () => later(() => this.end()))
      .once('error', () => later(() => this.end('cut')));
  }

  /** Sends the head of a response to the client, without reading the body. */
  begin(answer: IncomingMessage): void {
    this.head({ status: answer.statusCode!, headers: endToEnd(answer.headers) });
  }

  /** Sends the head of a response to the client. */
  head({ status, headers }: Pick<Answer, 'status' | 'headers'>): void {
    if (!this.isOver) {
      this.seen.answered = status;
      this.response.writeHead(status, headers).flushHeaders();
    }
  }

  /** Sends a part of a response's body to the client. */
  write(part: Buffer | string): void {
    if (!this.isOver && !this.isFrozen) {
      this.response.write(part);
    }
  }

  /** Ends a response. With 'cut', the connection is closed as if the rest of the response were lost. */
  end(how: 'whole' | 'cut' = 'whole'): void {
    if (this.isFrozen) {
      return;
    }
    if (how === 'whole') {
      this.response.end();
    } else {
      // Unlike `destroy`, this still sends the data that was written before.
      this.incoming.socket.destroySoon();
    }
  }

  /** Sends a response, or its first bytes, to the client. */
  async reply({ status, headers, body }: Answer, bytes = body.length): Promise<void> {
    if (this.isOver) {
      return;
    }
    this.head({ status, headers: { ...headers, 'content-length': body.length } });
    if (bytes > 0) {
      await new Promise<void>((written) => this.response.write(body.subarray(0, bytes), () => written()));
    }
    this.end(bytes < body.length ? 'cut' : 'whole');
  }

  /** Closes the connection to the client without a response. */
  drop(): void {
    this.incoming.socket.destroy();
  }

  /** Keeps the connection to the client open, but sends nothing more on it. */
  freeze(): void {
    this.isFrozen = true;
    this.relayed?.destroy();
  }

  /** The client's headers with a Content-Length. The forwarded body is complete, but Node would send no length for a DELETE. */
  private headers(): IncomingHttpHeaders {
    return this.body.length > 0 ? { ...this.incoming.headers, 'content-length': String(this.body.length) } : this.incoming.headers;
  }
}
