import type { IncomingMessage } from 'node:http';
import type { Exchange } from './exchange';
import type { Fault } from './fault';

const EXPIRED = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'too old resource version: 1 (2)',
  reason: 'Expired',
  code: 410,
};

/** Sends the first events of a watch to the client, then applies the fault. */
function watchThat(name: string, events: number, then: (exchange: Exchange) => void): Fault {
  return {
    name: `watch ${name} after ${events} events`,
    meet: async (exchange) => {
      if (!exchange.isWatch) {
        throw new Error(`${exchange.seen.method} ${exchange.seen.path}: got no watch; must be one for a watch to fail`);
      }
      const answer = await exchange.forward();
      exchange.begin(answer);
      await firstEvents(answer, events, exchange);
      answer.destroy();
      then(exchange);
      await exchange.over;
    },
  };
}

/** Forwards this many events, each of which is a line. */
async function firstEvents(answer: IncomingMessage, events: number, exchange: Exchange): Promise<void> {
  // Without this, the proxy would wait for the next event even if the client has disconnected.
  void exchange.over.then(() => answer.destroy());
  answer.setEncoding('utf8');
  let left = events;
  let rest = '';
  try {
    while (left > 0) {
      const { value, done } = (await answer.iterator({ destroyOnReturn: false }).next()) as IteratorResult<string>;
      if (done) {
        return;
      }
      const lines = (rest + value).split(/(?<=\n)/);
      rest = lines.at(-1)!.endsWith('\n') ? '' : lines.pop()!;
      for (const line of lines.slice(0, left)) {
        exchange.write(line);
      }
      left -= Math.min(left, lines.length);
    }
  } catch (error) {
    if (!exchange.isOver) {
      throw error;
    }
  }
}

/** The server ends the watch, as it regularly does with every watch. */
export const watchEnds = (events = 0) => watchThat('ends', events, (exchange) => exchange.end());

/** The connection is closed in the middle of an event. */
export const watchBreaks = (events = 0) =>
  watchThat('breaks', events, (exchange) => {
    exchange.write('{"type":"MODIFIED","object":{"kind":');
    exchange.end('cut');
  });

/** The other side stops without closing the connection: it stays open, but no event arrives any more. */
export const watchFallsSilent = (events = 0) => watchThat('falls silent', events, (exchange) => exchange.freeze());

/** The watch's resourceVersion is too old for the server. It sends an ERROR event and ends the watch. */
export const watchExpires = (events = 0) =>
  watchThat('expires', events, (exchange) => {
    exchange.write(`${JSON.stringify({ type: 'ERROR', object: EXPIRED })}\n`);
    exchange.end();
  });

/** The server sends data that is not an event and ends the watch. */
export const watchSaysGarbage = (events = 0) =>
  watchThat('says garbage', events, (exchange) => {
    exchange.write('<html>\n');
    exchange.end();
  });

/** Every event arrives this many seconds late. */
export const watchLags = (seconds: number): Fault => ({
  name: `watch lags ${seconds} s`,
  meet: async (exchange) => {
    exchange.relay(await exchange.forward(), seconds);
    await exchange.over;
  },
});

/** All open watches fall silent at once. The request that triggers this is answered normally. */
export const freezesWatches = (): Fault => ({
  name: 'watches freeze',
  meet: async (exchange) => {
    exchange.line.freezeWatches();
    await exchange.pass();
  },
});
