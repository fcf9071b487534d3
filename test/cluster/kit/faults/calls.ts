import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault';
import type { Seen } from './seen';

/** `before`: the API server has not received the request. `after`: it has handled the request, but the client has no response yet. */
export type Moment = 'before' | 'after';

/** Milliseconds until the end of a killed process shows at its connections. */
const GOODBYE = 50;

/**
 * Calls a function before or after the API server handles a request, for example to kill the client or to change an object. If the
 * client is gone after a call before the request, the request does not reach the API server.
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
