import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from './fault';
import { Seen } from './seen';

/** Before the API server gets a request, or when it has done what was asked and the client has not heard of it. */
export type Moment = 'before' | 'after';

/** Milliseconds in which the end of a process that is not there any more shows at its connections. */
const GOODBYE = 50;

/**
 * Something else is done at one side of a request: the client is killed, an object is changed. A request whose client is gone
 * after what was done before it does not reach the API server.
 */
export const calls = (moment: Moment, callback: (seen: Seen) => Promise<void> | void): Fault => ({
  name: `a call ${moment} it`,
  meet: async (exchange) => {
    if (moment === 'before') {
      await callback(exchange.seen);
      await sleep(GOODBYE);
      if (!exchange.isOver) {
        await exchange.pass();
      }
      return;
    }
    const answer = await exchange.commit();
    await callback(exchange.seen);
    await sleep(GOODBYE);
    if (!exchange.isOver) {
      await exchange.reply(answer);
    }
  },
});
