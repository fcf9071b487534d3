/**
 * Loaded before the command (`node --require`): its time passes so many times as fast as CANARY_TEST_CLOCK says. Clocks and timers of the
 * command's own code follow; Node's sockets keep the real time.
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
