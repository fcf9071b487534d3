import type { Chart } from 'cdk8s';
import { EnvValue } from 'cdk8s-plus-27';
import { CanaryPair, type CanaryPairProps } from '../../lib';
import { EXIT } from '../src/core/errors';
import type { PlanObjects } from '../src/core/kubernetes/objects';
import { refuseChangedSelectors } from '../src/core/kubernetes/selectors';
import { advancePath } from '../src/core/plan/path';
import { type Resource, at } from '../src/core/resource';
import type { Position } from '../src/core/rollout/position';
import { recognize } from '../src/core/rollout/recognize-position';
import { changedTemplates, refuseChangedTemplates, toBeRenewed } from '../src/core/rollout/templates';
import { liveFrom, objectsOf, pair, synthesized, trees } from './trees';

// What a release is: a declaration that changed in the middle of a rollout is refused, and the way on is named.

const BASE = pair('shop', '1', '2');

const declared = (more: Partial<CanaryPairProps>): PlanObjects =>
  objectsOf(synthesized((chart: Chart) => void new CanaryPair(chart, 'shop', { ...BASE, ...more })));

const running = objectsOf(trees.first());
const liveAt = (folder: string) => structuredClone(liveFrom(running, () => folder));
const env = { FLAG: EnvValue.fromValue('on') };
const hotfix = declared({ stable: { ...BASE.stable, env } });
const retagged = declared({ canary: { ...BASE.canary, env } });

function messageOf(action: () => void): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('a declaration with other tracks, in the middle of a rollout', () => {
  const release = running.plan.pairs[0]!.release;

  test.each<[string, Partial<CanaryPairProps>, string]>([
    [
      'the canary renamed',
      { canary: { ...BASE.canary, name: 'shop-c' } },
      `another rollout is in progress at stage-25 (release ${release}): canary.name: got "shop-c", but the rollout has "shop-b"; an apply would create shop-c and delete nothing, so shop-b would go on serving beside it`,
    ],
    [
      'stable renamed',
      { stable: { ...BASE.stable, name: 'shop-c' } },
      `another rollout is in progress at stage-25 (release ${release}): stable.name: got "shop-c", but the rollout has "shop-a"; an apply would create shop-c and delete nothing, so shop-a would go on serving beside it`,
    ],
    [
      'the canary with another version',
      { canary: { ...BASE.canary, version: '3' } },
      `another rollout is in progress at stage-25 (release ${release}): canary.version: got "3", but the rollout has "2"; three versions would receive traffic`,
    ],
    [
      'another name of the Service, and so another selector',
      { service: { ...BASE.service, name: 'web' }, canary: { ...BASE.canary, name: 'shop-c' } },
      `another rollout is in progress at stage-25 (release ${release}): canary.name: got "shop-c", but the rollout has "shop-b"; an apply would create shop-c and delete nothing, so shop-b would go on serving beside it; stable (Deployment shop-a): selector: got { app: 'web', 'cdk8s-canary/deployment': 'shop-a' }, but the rollout has { app: 'shop', 'cdk8s-canary/deployment': 'shop-a' }; the API server refuses to change the selector of a Deployment, and the Service would select none of its pods`,
    ],
  ])('is refused: %s', (_, more, why) => {
    expect(recognize(declared(more), liveAt('stage-25'))).toEqual({
      kind: 'unrecognized',
      why,
      next: [
        'kubectl canary rollback   takes the rollout in progress back',
        'or declare the tracks as that rollout has them, finish it, and make the change afterwards',
      ],
      release,
    });
  });

  test('is an ordinary start at stage-0', () => {
    expect(recognize(declared({ canary: { ...BASE.canary, name: 'shop-c' } }), liveAt('stage-0'))).toEqual({ kind: 'before' });
  });
});

describe('a pod template that changed under the same version', () => {
  const refuse = (objects: PlanObjects, folder: string, accepted: readonly 'stable'[] = [], live = liveAt(folder)) =>
    messageOf(() => refuseChangedTemplates(objects, live, { kind: 'at', folder }, accepted));

  test('is refused for stable in the middle of the rollout, unless it is accepted', () => {
    expect(refuse(hotfix, 'stage-25')).toMatchObject({
      code: EXIT.refused,
      message:
        'stable: the pod template of shop-a differs from the one that the cluster has at stage-25, and the version is 1 as before; its pods would be replaced in the middle of the rollout',
      next: [
        '--accept-template stable   replaces the pods of stable first, and begins the evidence of this stage anew',
        'kubectl canary rollback   takes the rollout in progress back',
      ],
    });
    expect(refuse(hotfix, 'stage-25', ['stable'])).toBeUndefined();
  });

  test('is refused for the canary in any case', () => {
    expect(refuse(retagged, 'stage-25', ['stable'])).toMatchObject({
      message: expect.stringContaining('canary: the pod template of shop-b differs') as string,
      next: ['give the new template a version of its own, and begin again after a rollback', expect.any(String) as string],
    });
  });

  test.each(['stage-0', 'promoted'])('is an ordinary change at %s: the folder is applied again before the rollout goes on', (folder) => {
    expect(refuse(hotfix, folder)).toBeUndefined();
    const position = toBeRenewed(hotfix, liveAt(folder), { kind: 'at', folder }, []);
    expect(position).toEqual({ kind: 'between', from: folder, to: folder });
    expect(advancePath(hotfix.plan, position, 'promoted')[0]).toBe(folder);
  });

  test('that is accepted begins the stage anew: its folder is applied again', () => {
    const at25: Position = { kind: 'at', folder: 'stage-25' };
    expect(toBeRenewed(hotfix, liveAt('stage-25'), at25, [])).toBe(at25);
    const position = toBeRenewed(hotfix, liveAt('stage-25'), at25, ['stable']);
    expect(advancePath(hotfix.plan, position, 'stage-25')).toEqual(['stage-25']);
    // When it is applied, the rollout is at the stage.
    const renewed = liveFrom(hotfix, () => 'stage-25');
    expect(toBeRenewed(hotfix, renewed, at25, ['stable'])).toBe(at25);
  });

  test('is no change if only a restart or a deployment tool marked the pods', () => {
    const live = liveAt('stage-25');
    for (const object of live.values()) {
      const metadata = at(object, 'spec', 'template', 'metadata') as Resource | undefined;
      if (metadata) {
        metadata['annotations'] = { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' };
        metadata['labels'] = { ...(metadata['labels'] as Resource), 'argocd.argoproj.io/instance': 'shop' };
      }
    }
    expect(refuse(running, 'stage-25', [], live)).toBeUndefined();
  });

  test('of Deployments from before there were digests is compared field by field', () => {
    const live = new Map([...liveAt('stage-25')].map(([key, object]) => [key, withoutDigest(object)]));
    expect(changedTemplates(running, live, 'stage-25')).toEqual([]);
    expect(changedTemplates(hotfix, live, 'stage-25')).toMatchObject([{ role: 'stable', deployment: 'shop-a' }]);
  });

  test('by a roll is no change, and neither is a step that was interrupted in its middle', () => {
    const roll = objectsOf(trees.roll());
    for (const [from, to] of roll.steps.filter(([, folder]) => roll.plan.order.advance.includes(folder))) {
      const live = liveFrom(roll, (key) => (key.endsWith('shop-a') ? to : from));
      expect(messageOf(() => refuseChangedTemplates(roll, live, { kind: 'between', from, to }, []))).toBeUndefined();
    }
  });
});

describe('a selector that changed', () => {
  const relabelled = declared({ selectorLabels: { team: 'shop' } });
  const refuse = (objects: PlanObjects, live: ReadonlyMap<string, Resource>, isUnderWay: boolean) =>
    messageOf(() => refuseChangedSelectors(objects, live, 'stage-0', isUnderWay));

  test('of a Deployment is refused at rest and in a rollout, before the Service moves', () => {
    for (const isUnderWay of [false, true]) {
      expect(refuse(relabelled, liveAt('stage-0'), isUnderWay)).toMatchObject({
        code: EXIT.refused,
        message:
          "Deployment/shop-a: selector: got { 'cdk8s-canary/deployment': 'shop-a', team: 'shop' }, but the cluster has { app: 'shop', 'cdk8s-canary/deployment': 'shop-a' }; the API server refuses to change the selector of a Deployment, and the Service would be changed before that",
        next: ["keep selectorLabels: { app: 'shop' } in the declaration, or declare a new pair beside this one"],
      });
    }
  });

  test('by another name of the Service is refused as well', () => {
    const renamed = declared({ service: { ...BASE.service, name: 'web' } });
    expect(refuse(renamed, liveAt('stage-0'), false)).toMatchObject({ code: EXIT.refused });
  });

  test('of the Service alone is refused if it would select no pod that runs', () => {
    const live = liveAt('stage-0');
    const service = [...live].find(([key]) => key.includes('/Service/'))!;
    const changed = declared({ selectorLabels: { team: 'shop' } });
    // The Deployments were deleted from the comparison: only the Service is there with running pods of the old labels.
    const relabelledTracks = new Map(
      [...structuredClone(liveFrom(changed, () => 'stage-0'))].filter(([key]) => key.includes('/Deployment/')),
    );
    for (const object of relabelledTracks.values()) {
      (at(object, 'spec', 'template', 'metadata') as Resource)['labels'] = { app: 'shop' };
    }
    const both = new Map([...relabelledTracks, service]);
    expect(refuse(changed, both, false)).toMatchObject({
      message: "Service/shop: selector: got { team: 'shop' }, but the cluster has { app: 'shop' }; it would select no pod that runs",
    });
  });

  test('that is the same is no change', () => {
    for (const folder of running.folders) {
      expect(refuse(running, liveAt(folder), true)).toBeUndefined();
    }
  });
});

function withoutDigest(object: Resource): Resource {
  const copy = structuredClone(object);
  delete (at(copy, 'metadata', 'annotations') as Resource | undefined)?.['cdk8s-canary/template'];
  return copy;
}
