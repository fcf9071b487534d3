import { type ReadyCounts, foreignText, readyCounts } from '../src/core/traffic/endpoint-owners';
import { shareOfEndpoints } from '../src/core/traffic/expected-share';
import { rolloutPairs } from '../src/core/plan/plan';
import type { Resource } from '../src/core/resource';
import type { PlanObjects } from '../src/core/kubernetes/objects';
import { statusText } from '../src/terminal/status-text';
import { TextProgress } from '../src/terminal/progress-text';
import { health } from './support/pair-health';
import { objectsOf, trees } from './trees';
import { tell } from './world';

/** Pods that no track owns, behind the Service of a pair. */

const pair = rolloutPairs(trees.pods().plan)[0]!;
const { service } = pair;
const [stable, canary] = [pair.stable.deployment, pair.canary.deployment];

/** A pod with the controller of this kind and name; a ReplicaSet's name ends with the pod's hash. */
function pod(name: string, kind?: string, owner?: string): Resource {
  return {
    metadata: {
      name,
      labels: { 'pod-template-hash': 'abc', 'cdk8s-canary/deployment': canary },
      ...(kind === undefined ? {} : { ownerReferences: [{ kind, name: owner, controller: true }] }),
    },
  };
}

const of = (deployment: string, name: string) => pod(name, 'ReplicaSet', `${deployment}-abc`);
const endpoint = (name: string, ready?: boolean) => ({ targetRef: { kind: 'Pod', name }, conditions: { ready } });

function counted(pods: readonly Resource[], endpoints: readonly Resource[]): ReadyCounts {
  return readyCounts([{ endpoints }], pods, pair);
}

const OWN = [of(stable, 's1'), of(stable, 's2'), of(canary, 'c1')];
const OWN_ENDPOINTS = [endpoint('s1'), endpoint('s2', true), endpoint('c1', true)];

test('endpoints of the two tracks alone give the share of the plan', () => {
  const counts = counted(OWN, [...OWN_ENDPOINTS, endpoint('not-ready', false)]);
  expect(counts).toEqual({ stable: 2, canary: 1, foreign: [] });
  expect(shareOfEndpoints(service, counts)).toMatchObject({ from: '2:1 ready endpoints' });
  expect(foreignText(service, counts)).toBeUndefined();
});

test.each([
  ['another Deployment', of('worker', 'worker-1'), 'Deployment/worker (worker-1)'],
  ['a Deployment whose name begins as a track', of(`${stable}-b`, 'x-1'), `Deployment/${stable}-b (x-1)`],
  ['a Job', pod('report-1', 'Job', 'report'), 'Job/report (report-1)'],
  ['a StatefulSet', pod('db-0', 'StatefulSet', 'db'), 'StatefulSet/db (db-0)'],
  ['a DaemonSet', pod('agent-x', 'DaemonSet', 'agent'), 'DaemonSet/agent (agent-x)'],
  ['a ReplicaSet of an operator', pod('r-1', 'ReplicaSet', 'rollout-76fd'), 'ReplicaSet/rollout-76fd (r-1)'],
  ['a pod with the labels of the canary and no owner', pod('debug'), 'Pod/debug'],
])('%s behind the Service is named, and no share is known', (_, foreign, owner) => {
  const name = (foreign['metadata'] as { name: string }).name;
  const counts = counted([...OWN, foreign], [...OWN_ENDPOINTS, endpoint(name, true)]);
  const why = `1 of 4 ready endpoints of Service ${service} belongs to neither track: ${owner}; change their labels, or the selector of the Service`;
  expect(foreignText(service, counts)).toBe(why);
  expect(shareOfEndpoints(service, counts)).toEqual({ why });
});

test('an endpoint without a pod, and one whose pod the watch does not have, are named too', () => {
  const counts = counted(OWN, [...OWN_ENDPOINTS, { addresses: ['10.0.0.7'] }, endpoint('stranger')]);
  expect(foreignText(service, counts)).toContain('2 of 5 ready endpoints');
  expect(foreignText(service, counts)).toContain('Pod/stranger, address 10.0.0.7;');
});

test('a pod of a track that the watch has not seen yet is not foreign', () => {
  const counts = counted(OWN, [...OWN_ENDPOINTS, endpoint(`${canary}-7d9f8c6b5d-x2kq4`)]);
  expect(counts).toEqual({ stable: 2, canary: 2, foreign: [] });
});

test('many foreign pods are named in part, each owner once', () => {
  const others = ['a', 'b', 'c', 'd', 'e'].map((name) => of('cart-a', `cart-${name}`));
  const endpoints = others.map((one) => endpoint((one['metadata'] as { name: string }).name));
  const text = foreignText(service, counted([...OWN, ...others], [...OWN_ENDPOINTS, ...endpoints]));
  expect(text).toContain('5 of 8 ready endpoints');
  expect(text).toContain('Deployment/cart-a (cart-a, cart-b, cart-c and 2 more);');
});

describe('with foreign endpoints', () => {
  const foreign = [{ owner: 'Deployment/cart-a', pods: ['cart-1', 'cart-2'] }];
  const sentence = /2 of \d+ ready endpoints of Service [\w-]+ belong to neither track: Deployment\/cart-a \(cart-1, cart-2\)/;
  const objects: PlanObjects = objectsOf(trees.pods());

  test('no end of a run claims that a track has all traffic', () => {
    const promoted = tell({ objects, mode: 'yes', foreign }).end;
    expect(promoted.why).toMatch(/\) has all pods of the release; /);
    expect(promoted.why).toMatch(sentence);
    const back = tell({ objects, mode: 'ask', answers: ['no'], foreign }).end;
    expect(back.why).toMatch(/^stable has all pods of the release; /);
    expect(back.why).toMatch(sentence);
    expect(`${promoted.why} ${back.why}`).not.toContain('all traffic');
    expect(tell({ objects, mode: 'yes' }).end.why).toContain('serves all traffic');
  });

  test('a run prints them once, and again only if another owner appears', () => {
    const lines: string[] = [];
    const note = (line: string) => void lines.push(line);
    const progress = new TextProgress({ print: note, note, show: () => undefined, isLive: false, paint: (_, text) => text });
    const state = (others: typeof foreign) =>
      progress.on({
        type: 'state',
        position: { kind: 'at', folder: 'stage-10' },
        pairs: [{ path: 'shop', service: 'shop', stable: health('old', 3, 3), canary: health('new', 1, 1), foreign: others }],
      });
    state(foreign);
    state([{ ...foreign[0]!, pods: ['cart-1', 'cart-3'] }]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(sentence);
    state([...foreign, { owner: 'Job/report', pods: ['report-1'] }]);
    expect(lines).toHaveLength(2);
  });

  test('the status says whose they are instead of a share', () => {
    const counts = { stable: 9, canary: 1, foreign };
    const text = statusText(
      {
        context: 'c',
        namespace: 'shop',
        position: { kind: 'at', folder: 'stage-10' },
        next: 'stage-25',
        pairs: [
          {
            path: 'shop',
            service: 'shop',
            stable: health('old', 9, 9),
            canary: health('new', 1, 1),
            foreign,
            versions: { stable: '1', canary: '2' },
            share: shareOfEndpoints('shop', counts),
          },
        ],
        drift: [],
        holders: [],
        turned: undefined,
      },
      (_, words) => words,
    );
    expect(text).toContain("the canary's share is not known: 2 of 12 ready endpoints of Service shop belong to neither track");
    expect(text).not.toContain('10 %');
  });
});
