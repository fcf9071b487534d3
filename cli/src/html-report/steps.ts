import type { ObjectRef } from '../core/resource';
import type { Decision, RecordedStep, RunRecord } from '../core/rollout/record';
import { icon } from './figure';
import { type Html, type Part, clipped, markup } from './html';
import { type Clock, durationBetween, timeElement } from './time';
import { decider, decisionSymbol } from './words';

/** The most objects listed for a step: an app may have thousands. */
const MOST_OBJECTS = 40;

export function decisionList(decisions: readonly Decision[], clock: Clock): Html {
  return markup`<ol class="log">
${decisions.map(
  ({ at, folder, by, decision, why }) =>
    markup`<li><span class="when">${timeElement(clipped(at, 40), clock)}</span><div><p>${icon(decisionSymbol(decision))}<strong>${clipped(decision, 40)}</strong> at ${clipped(folder, 80)}, decided by ${decider(clipped(by, 80))}</p><p class="detail">${clipped(why)}</p></div></li>\n`,
)}</ol>
`;
}

export function stepList({ steps, namespace }: RunRecord, clock: Clock): Html {
  return markup`<ol class="log">
${steps.map((step) => stepItem(step, namespace, clock))}</ol>
`;
}

function stepItem(
  { folder, direction, startedAt, endedAt, objects, fewestReady, mostPods }: RecordedStep,
  namespace: string,
  clock: Clock,
): Html {
  const took = endedAt === undefined ? ', not ended' : durationBetween(startedAt, endedAt, (text) => `, took ${text}`);
  const pods: Part = [
    fewestReady === undefined ? undefined : `at least ${fewestReady} pods ready`,
    fewestReady === undefined || mostPods === undefined ? undefined : ', ',
    mostPods === undefined ? undefined : `at most ${mostPods} pods`,
  ];
  const hasPods = fewestReady !== undefined || mostPods !== undefined;
  return markup`<li><span class="when">${timeElement(clipped(startedAt, 40), clock)}</span><div><p><strong>${clipped(folder, 80)}</strong>, ${
    direction === 'rollback' ? 'step back' : 'step forward'
  }${took}${hasPods ? ['; ', pods] : undefined}</p>${objectParts(objects, namespace)}</div></li>\n`;
}

const CHANGES = ['created', 'changed', 'deleted'] as const;

function objectParts(objects: RecordedStep['objects'], namespace: string): Part {
  if (objects.length === 0) {
    return markup`<p class="detail">No object was applied.</p>`;
  }
  const names = (change: string) => objects.filter((entry) => entry.change === change).map(({ object }) => objectName(object, namespace));
  const unchanged = names('unchanged');
  const changed = CHANGES.map((change) => ({ change, list: names(change) })).filter(({ list }) => list.length > 0);
  return [
    changed.length === 0
      ? markup`<p class="detail">No object was changed.</p>`
      : changed.map(({ change, list }) => markup`<p class="detail">${change}: ${nameList(list)}</p>`),
    unchanged.length === 0
      ? undefined
      : markup`<details class="detail"><summary>${unchanged.length} unchanged</summary><p>${nameList(unchanged)}</p></details>`,
  ];
}

function nameList(names: readonly string[]): Part {
  const more = names.length - MOST_OBJECTS;
  return [
    names.slice(0, MOST_OBJECTS).map((name, n) => [n === 0 ? '' : ', ', markup`<code>${name}</code>`]),
    more > 0 ? ` and ${more} more; run.json has all of them` : undefined,
  ];
}

/** The name as kubectl prints it, with the namespace if it differs from the run's. */
function objectName({ kind, name, namespace }: ObjectRef, own: string): string {
  const inside = namespace === undefined || namespace === own ? '' : ` in ${clipped(namespace, 80)}`;
  return `${clipped(kind, 80)}/${clipped(name, 260)}${inside}`;
}
