import { setTimeout as sleep } from 'node:timers/promises';
import { Fault, Reach, fault } from './fault';

/** The connection is cut, and there is no answer. */
export const lost = (reach: Reach = {}): Fault =>
  fault('lost', reach, (exchange) => {
    exchange.drop();
    return Promise.resolve();
  });

/** The connection stays open, and no byte comes. */
export const hangs = (reach: Reach = {}): Fault => fault('hangs', reach, (exchange) => exchange.over);

/** The API server is gone for so many seconds: no connection is accepted, and those that are open are cut. */
export const outage = (seconds: number, reach: Reach = {}): Fault =>
  fault(`outage of ${seconds} s`, reach, (exchange) => exchange.line.outage(seconds));

/** The answer breaks off after a part of its bytes. */
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

/** What was asked is done at once, and the answer comes so many seconds later. */
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

/** The API server gets the request so many seconds later, whether or not the client is still there: what was given up is done in the end. */
export const heldUp = (seconds: number): Fault => ({
  name: `held up for ${seconds} s`,
  meet: async (exchange) => {
    await sleep(seconds * 1000);
    const answer = await exchange.commit();
    await exchange.reply(answer);
  },
});

/** The answer comes whole, a byte each so many milliseconds: never silent, and never done. */
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
