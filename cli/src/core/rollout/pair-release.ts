import { type DeclaredTrack, changesIn } from '../../../../lib/core/declaration';
import { RELEASE_ANNOTATION, STAGE_ANNOTATION, TEMPLATE_ANNOTATION, TRACK_LABEL, VERSION_LABEL } from '../../../../lib/core/labels';
import type { PlanObjects } from '../kubernetes/objects';
import { type RolloutPair, isUnderWay } from '../plan/plan';
import { type Resource, countAt, textAt, textsAt } from '../resource';
import type { Unrecognized } from './position';
import { ROLL_BACK } from './ways-out';

/**
 * The release of a pair's Deployments: this plan's, or the state that must precede it; `none` if neither of them exists. Otherwise the
 * reason why the plan cannot continue from them.
 */
export type PairRelease = 'this' | 'before' | 'none' | Unrecognized;

/** Determines the release of a pair's Deployments. */
export function pairRelease(objects: PlanObjects, live: ReadonlyMap<string, Resource>, pair: RolloutPair): PairRelease {
  const stable = live.get(objects.deployment(pair, pair.stable.deployment)?.key ?? '');
  const canary = live.get(objects.deployment(pair, pair.canary.deployment)?.key ?? '');
  if (!stable && !canary) {
    return 'none';
  }
  const isThis = (deployment: Resource | undefined) => textAt(deployment, 'metadata', 'annotations', RELEASE_ANNOTATION) === pair.release;
  if ((stable && isThis(stable) && (!canary || isThis(canary))) || (!stable && isThis(canary))) {
    return 'this';
  }
  const another = anotherRollout(objects, live, pair, stable ?? canary);
  if (another) {
    return another;
  }
  const { deployment, version } = pair.stable;
  const running = (object: Resource | undefined) => countAt(object, 'spec', 'replicas') > 0;
  const [stableRuns, canaryRuns] = [versionOf(stable), versionOf(canary)];
  if (canary && running(canary) && canaryRuns === version && stableRuns !== version) {
    return {
      kind: 'unrecognized',
      why: `the plan declares ${deployment} as stable with version ${version}, but ${pair.canary.deployment} runs that version; stage-0 would delete the running pods`,
      next: [`in the declaration, set the name of stable to ${pair.canary.deployment}, and the name of the new canary to ${deployment}`],
    };
  }
  if (canary && running(canary) && !isThis(canary)) {
    return {
      kind: 'unrecognized',
      why: `${pair.canary.deployment} runs version ${canaryRuns ?? 'unknown'} of another rollout (${whichRelease(canary)}); a new rollout would serve three versions at once`,
      next: ['promote that rollout first, with the plan that it was started with', ROLL_BACK],
      release: releaseIn(canary),
    };
  }
  if (stable && stableRuns !== undefined && stableRuns !== version) {
    return {
      kind: 'unrecognized',
      why: `${deployment} runs version ${stableRuns} (${whichRelease(stable)}), but this plan starts from version ${version}`,
      next: ['check --context and --namespace, or use the plan of the running release'],
      release: releaseIn(stable),
    };
  }
  return stable ? 'before' : { kind: 'unrecognized', why: `${deployment} does not exist, but ${pair.canary.deployment} does`, next: [] };
}

/**
 * Another rollout of the same service, which is in progress and whose declaration differs from this plan's: a track that this plan renamed or
 * left out would go on serving. Undefined if this plan only continues it as the next release.
 */
function anotherRollout(
  objects: PlanObjects,
  live: ReadonlyMap<string, Resource>,
  pair: RolloutPair,
  found: Resource | undefined,
): Unrecognized | undefined {
  const [release, stage] = [releaseIn(found), textAt(found, 'metadata', 'annotations', STAGE_ANNOTATION)];
  if (release === undefined || release === pair.release || !isUnderWay(stage)) {
    return undefined;
  }
  const inNamespace = objects.deployment(pair, pair.stable.deployment)!.key.split('/').slice(0, 3).join('/');
  const tracks = [...live].filter(([key, object]) => key.startsWith(`${inNamespace}/`) && releaseIn(object) === release);
  const [stable, canary] = ['stable', 'canary'].map((role) => {
    const track = tracks.find(([, object]) => textAt(object, 'metadata', 'labels', TRACK_LABEL) === role)?.[1];
    return track && declaredBy(track);
  });
  const { namespace, service } = pair;
  const changes = stable ? changesIn({ namespace, service, stable, canary }, pair).filter(({ kind }) => kind !== 'template') : [];
  if (changes.length === 0) {
    return undefined;
  }
  const sentences = changes.map(({ property, got, was, effect }) => `${property}: got ${got}, but the rollout has ${was}; ${effect}`);
  return {
    kind: 'unrecognized',
    why: `another rollout is in progress at ${stage} (release ${release}): ${sentences.join('; ')}`,
    next: [ROLL_BACK, 'or declare the tracks as that rollout has them, finish it, and make the change afterwards'],
    release,
  };
}

function declaredBy(deployment: Resource): DeclaredTrack {
  return {
    deployment: textAt(deployment, 'metadata', 'name') ?? '',
    version: versionOf(deployment) ?? 'unknown',
    selector: textsAt(deployment, 'spec', 'selector', 'matchLabels'),
    template: textAt(deployment, 'metadata', 'annotations', TEMPLATE_ANNOTATION),
  };
}

function releaseIn(deployment: Resource | undefined): string | undefined {
  return textAt(deployment, 'metadata', 'annotations', RELEASE_ANNOTATION);
}

function whichRelease(deployment: Resource): string {
  const { stage, release } = {
    stage: textAt(deployment, 'metadata', 'annotations', STAGE_ANNOTATION),
    release: releaseIn(deployment),
  };
  return release === undefined ? 'no release of this tool' : `release ${release} at ${stage ?? 'no stage'}`;
}

/** The version in the labels of a Deployment's pod template. */
export function versionOf(deployment: Resource | undefined): string | undefined {
  return textAt(deployment, 'spec', 'template', 'metadata', 'labels', VERSION_LABEL);
}
