import type { FailedContainer, FailedPod, RecordedFailure } from '../core/rollout/failure';
import { table } from './figure';
import { type Html, type Part, clipped, markup } from './html';
import { NOTHING, count } from './numbers';
import { type Clock, timeElement } from './time';

/** The most pods, containers, events and lines that the page shows of a failure, whatever the record has. */
const MOST = 20;

/** What the pods of a failed track said: how containers ended, events, and log lines. */
export function failureList(failures: readonly RecordedFailure[], clock: Clock): Html {
  return markup`${failures.slice(0, MOST).map((failure) => failureItem(failure, clock))}`;
}

function failureItem({ at, folder, track, deployment, pods, missing }: RecordedFailure, clock: Clock): Html {
  return markup`<div class="stage">
<h3>${clipped(deployment, 260)}, the ${clipped(track, 20)} Deployment, at ${clipped(folder, 80)}</h3>
<p class="when">Read at ${timeElement(clipped(at, 40), clock)}, before the pods were changed.</p>
${pods.slice(0, MOST).map((pod) => podParts(pod, clock))}${missing.slice(0, MOST).map((text) => markup`<p class="note">${clipped(text)}</p>\n`)}</div>
`;
}

function podParts({ name, containers, events }: FailedPod, clock: Clock): Html {
  return markup`${table(
    `Containers of pod ${clipped(name, 260)}`,
    ['Container', 'State', 'Restarts', 'Last exit'],
    containers
      .slice(0, MOST)
      .map(({ name: own, state, restarts, exit }) => [
        clipped(own, 80),
        clipped(state, 100),
        count(restarts),
        exit ? `code ${exit.code} (${clipped(exit.reason, 80)})` : NOTHING,
      ]),
    'stacked',
  )}
${
  events.length > 0
    ? table(
        `Events of pod ${clipped(name, 260)}`,
        ['Last seen', 'Event', 'Times', 'Message'],
        events
          .slice(-MOST)
          .map((event) => [
            event.at === undefined ? NOTHING : timeElement(clipped(event.at, 40), clock),
            clipped(event.reason, 80),
            count(event.count),
            clipped(event.message, 400),
          ]),
        'stacked',
      )
    : undefined
}
${containers.slice(0, MOST).map((container) => logPart(name, container))}`;
}

function logPart(pod: string, { name, log }: FailedContainer): Part {
  return log.length === 0
    ? undefined
    : markup`<p class="kind">Last log lines of container ${clipped(name, 80)} of pod ${clipped(pod, 260)}</p>
<ol class="lines">${log.slice(-MOST).map((line) => markup`<li><code>${clipped(line, 400)}</code></li>\n`)}</ol>
`;
}
