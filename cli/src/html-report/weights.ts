import type { RecordedWeight } from '../core/rollout/record';
import { icon } from './figure';
import { type Html, clipped, markup } from './html';
import { type Clock, timeElement } from './time';

const SYMBOLS: Readonly<Record<string, 'pass' | 'fail'>> = { 'in force': 'pass', contradicted: 'fail' };

/** What requests through the gateways showed of each weight. */
export function weightList(weights: readonly RecordedWeight[], clock: Clock): Html {
  return markup`<ol class="log">
${weights.map((weight) => weightItem(weight, clock))}</ol>
`;
}

function weightItem({ at, folder, pair, from, to, verdict, by, answers, since, why }: RecordedWeight, clock: Clock): Html {
  const symbol = Object.hasOwn(SYMBOLS, verdict) ? SYMBOLS[verdict]! : 'inconclusive';
  const move = from === undefined || to === undefined ? '' : `, the canary's share from ${clipped(from, 40)} to ${clipped(to, 40)}`;
  const seen = by.length === 0 ? '' : `seen by ${clipped(by.join(', '), 400)}, ${answers} answers`;
  return markup`<li><span class="when">${timeElement(clipped(at, 40), clock)}</span><div><p>${icon(symbol)}<strong>${clipped(verdict, 40)}</strong> at ${clipped(folder, 80)} (${clipped(pair, 80)})${move}</p>${
    why === undefined ? undefined : markup`<p class="detail">${clipped(why)}</p>`
  }${seen === '' ? undefined : markup`<p class="detail">${seen}${since === undefined ? '' : ', since '}${since === undefined ? '' : timeElement(clipped(since, 40), clock)}</p>`}</div></li>\n`;
}
