import { IncomingMessage } from 'node:http';
import { Exchange } from './exchange';
import { Fault } from './fault';

const EXPIRED = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'too old resource version: 1 (2)',
  reason: 'Expired',
  code: 410,
};

/** Gives the client a watch's first events, and then does with it what a fault does. */
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

/** Passes so many events on, each of them a line. */
async function firstEvents(answer: IncomingMessage, events: number, exchange: Exchange): Promise<void> {
  // A client that leaves would otherwise be waited for until the next event.
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

/** The server ends it, as it does with every watch at some time. */
export const watchEnds = (events = 0) => watchThat('ends', events, (exchange) => exchange.end());

/** The connection is cut in the middle of an event. */
export const watchBreaks = (events = 0) =>
  watchThat('breaks', events, (exchange) => {
    exchange.write('{"type":"MODIFIED","object":{"kind":');
    exchange.end('cut');
  });

/** The other end dies without a word: the connection stays open, and nothing comes any more. */
export const watchFallsSilent = (events = 0) => watchThat('falls silent', events, (exchange) => exchange.freeze());

/** Where the watch was is too long ago for the server, which says so in an event and ends it. */
export const watchExpires = (events = 0) =>
  watchThat('expires', events, (exchange) => {
    exchange.write(`${JSON.stringify({ type: 'ERROR', object: EXPIRED })}\n`);
    exchange.end();
  });

/** Something that is no event, and the watch goes no further. */
export const watchSaysGarbage = (events = 0) =>
  watchThat('says garbage', events, (exchange) => {
    exchange.write('<html>\n');
    exchange.end();
  });

/** Every event comes so many seconds late. */
export const watchLags = (seconds: number): Fault => ({
  name: `watch lags ${seconds} s`,
  meet: async (exchange) => {
    exchange.relay(await exchange.forward(), seconds);
    await exchange.over;
  },
});

/** The watches that are open fall silent, all at once, and the request that this befalls is answered. */
export const freezesWatches = (): Fault => ({
  name: 'watches freeze',
  meet: async (exchange) => {
    exchange.line.freezeWatches();
    await exchange.pass();
  },
});
