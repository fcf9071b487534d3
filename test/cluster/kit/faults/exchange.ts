import { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Seen, isWatch } from './seen';
import { Sender, endToEnd } from './upstream';

/** An answer of the API server's, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** Of a request more and more is known. */
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What a fault can do to all requests at once. */
export interface Line {
  /** No connection is accepted for so many seconds, and those that are open are cut. */
  outage(seconds: number): Promise<void>;
  /** The watches that are open stay so, and say nothing any more. */
  freezeWatches(): void;
}

/** A request and its answer: what faults are made of. */
export class Exchange {
  readonly isWatch: boolean;
  /** Resolves when the client has been answered, or has gone. */
  readonly over: Promise<void>;
  /** Whether that is so. */
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
      // A client that was killed ends its half of the connection; no client of ours does so for another reason.
      socket.once('end', left);
      response.once('close', left);
    });
  }

  /** Sends the request on. Resolves when the API server begins to answer. */
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
   * Sends the request on, and reads the answer, which the client is not given yet. What becomes of the client meanwhile makes
   * no difference. A watch's answer has no end: its head alone is read.
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

  /** Sends the request on, and the answer back, byte by byte as it comes. */
  async pass(): Promise<void> {
    this.relay(await this.forward());
    await this.over;
  }

  /** Gives the client an answer as it comes, each part so many seconds late. */
  relay(answer: IncomingMessage, lag = 0): void {
    this.begin(answer);
    this.relayed = answer;
    const later = (task: () => void) => (lag === 0 ? task() : void sleep(lag * 1000).then(task));
    answer
      .on('data', (chunk: Buffer) => later(() => this.write(chunk)))
      .once('end', () => later(() => this.end()))
      .once('error', () => later(() => this.end('cut')));
  }

  /** Gives the client the head of an answer as it comes. */
  begin(answer: IncomingMessage): void {
    this.head({ status: answer.statusCode!, headers: endToEnd(answer.headers) });
  }

  /** Gives the client the head of an answer. */
  head({ status, headers }: Pick<Answer, 'status' | 'headers'>): void {
    if (!this.isOver) {
      this.seen.answered = status;
      this.response.writeHead(status, headers).flushHeaders();
    }
  }

  /** Gives the client a part of an answer's body. */
  write(part: Buffer | string): void {
    if (!this.isOver && !this.isFrozen) {
      this.response.write(part);
    }
  }

  /** Ends an answer. Cut: as if its other half had been lost with the connection. */
  end(how: 'whole' | 'cut' = 'whole'): void {
    if (this.isFrozen) {
      return;
    }
    if (how === 'whole') {
      this.response.end();
    } else {
      // What was written before is still sent.
      this.incoming.socket.destroySoon();
    }
  }

  /** Gives the client an answer, or the first bytes of one. */
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

  /** Cuts the connection to the client. */
  drop(): void {
    this.incoming.socket.destroy();
  }

  /** From now on the client is told nothing, and its connection stays open. */
  freeze(): void {
    this.isFrozen = true;
    this.relayed?.destroy();
  }

  /** What is sent on is whole, whatever way it came: for a deletion Node would say no length by itself. */
  private headers(): IncomingHttpHeaders {
    return this.body.length > 0 ? { ...this.incoming.headers, 'content-length': String(this.body.length) } : this.incoming.headers;
  }
}
