import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, type Reach, fault } from './fault';

/** The connection is closed without a response. */
export const lost = (reach: Reach = {}): Fault =>
  fault('lost', reach, (exchange) => {
    exchange.drop();
    return Promise.resolve();
  });

/** The connection stays open, but no byte of a response arrives. */
export const hangs = (reach: Reach = {}): Fault => fault('hangs', reach, (exchange) => exchange.over);

/** The API server is unreachable for this many seconds: new connections are refused, and open connections are closed. */
export const outage = (seconds: number, reach: Reach = {}): Fault =>
  fault(`outage of ${seconds} s`, reach, (exchange) => exchange.line.outage(seconds));

/** The response ends after the given part of its bytes. */
export const cut = (part = 0.5): Fault => ({
  name: `cut after ${part}`,
  meet: async (exchange) => {
    const answer = await exchange.commit();
    if (answer.body.length === 0) {
      exchange.drop();
    } else {
      await exchange.reply(answer, Math.floor(answer.body.length * part));
    }
  },
});

/** The API server handles the request at once, but the response arrives this many seconds later. */
export const late = (seconds: number): Fault => ({
  name: `${seconds} s late`,
  meet: async (exchange) => {
    if (exchange.isWatch) {
      await sleep(seconds * 1000);
      await exchange.pass();
      return;
    }
    const answer = await exchange.commit();
    await sleep(seconds * 1000);
    await exchange.reply(answer);
  },
});

/**
 * The API server receives the request this many seconds later, even if the client has disconnected. So a write that the client gave up
 * is done in the end.
 */
export const heldUp = (seconds: number): Fault => ({
  name: `held up for ${seconds} s`,
  meet: async (exchange) => {
    await sleep(seconds * 1000);
    const answer = await exchange.commit();
    await exchange.reply(answer);
  },
});

/** The response arrives whole, one byte per interval: the connection is never silent, but the response takes very long. */
export const trickles = (milliseconds: number): Fault => ({
  name: `a byte each ${milliseconds} ms`,
  meet: async (exchange) => {
    const answer = await exchange.commit();
    exchange.head(answer);
    for (const byte of answer.body) {
      exchange.write(Buffer.of(byte));
      await Promise.race([sleep(milliseconds), exchange.over]);
      if (exchange.isOver) {
        return;
      }
    }
    exchange.end();
  },
});
