/**
 * Preloaded into the command (`node --require`): time passes CANARY_TEST_CLOCK times as fast. This affects the clocks and timers of the
 * command's own code; Node's sockets keep the real time.
 */
const { syncBuiltinESMExports } = require('node:module');

const factor = Number(process.env.CANARY_TEST_CLOCK);
const timers = require('node:timers/promises');

const realNow = Date.now.bind(Date);
const realTick = performance.now.bind(performance);
const begin = realNow();
Date.now = () => begin + (realNow() - begin) * factor;
performance.now = () => realTick() * factor;
globalThis.Date = class extends Date {
  constructor(...words) {
    super(...(words.length === 0 ? [Date.now()] : words));
  }
  static now = Date.now;
};

const realTimeout = setTimeout;
const realInterval = setInterval;
globalThis.setTimeout = (task, milliseconds, ...words) => realTimeout(task, (milliseconds ?? 0) / factor, ...words);
globalThis.setInterval = (task, milliseconds, ...words) => realInterval(task, (milliseconds ?? 0) / factor, ...words);
const realSleep = timers.setTimeout;
timers.setTimeout = (milliseconds, ...words) => realSleep((milliseconds ?? 0) / factor, ...words);
syncBuiltinESMExports();
