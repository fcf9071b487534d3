import { formatElapsed, formatEstimate, formatLatency } from '../src/core/text/format-duration';

test.each([
  [0, '0 s'],
  [400, '0 s'],
  [40_000, '40 s'],
  [90_000, '1 min 30 s'],
  [120_000, '2 min'],
  [3_600_000, '1 h'],
  [3_661_000, '1 h 1 min'],
  [90_061_000, '1 d 1 h'],
  [-5, '0 s'],
])('%p ms that passed are %p', (milliseconds, text) => expect(formatElapsed(milliseconds)).toBe(text));

test.each([
  [0.2, '1 s'],
  [40, '40 s'],
  [420, '7 min'],
  [10_800, '3 h'],
])('an estimate of %p s is %p', (seconds, text) => expect(formatEstimate(seconds)).toBe(text));

test.each([
  [0.84, '0.84 ms'],
  [4.207, '4.21 ms'],
  [123.4, '123 ms'],
  [1_234, '1.23 s'],
])('a latency of %p ms is %p', (milliseconds, text) => expect(formatLatency(milliseconds)).toBe(text));
