import type { PairEntry, TrackEntry } from './plan-file';

/**
 * What a pair is, apart from its counts and weights. `plan.json` has it for a declaration, and a cluster shows it for what runs. Two
 * declarations in a row are compared by all of it.
 */
export interface Declaration extends Pick<PairEntry, 'namespace' | 'service' | 'selector'> {
  readonly stable: DeclaredTrack;
  readonly canary?: DeclaredTrack;
}

export type DeclaredTrack = Pick<TrackEntry, 'deployment' | 'version' | 'selector' | 'template'>;

/** How a declaration differs from the one before. */
export interface Change {
  readonly kind: 'track' | 'template' | 'selector' | 'service';
  /** Whose it is; undefined for the pair's. */
  readonly track?: 'stable' | 'canary';
  /** The property, as a user writes it. */
  readonly property: string;
  /** The values as text; undefined for a digest, which tells a reader nothing. */
  readonly got?: string;
  readonly was?: string;
  /** What becomes of it if the new declaration is applied while the rollout of the old one is in progress. */
  readonly effect: string;
}

/**
 * Compares a declaration with the one before it, which may be in the middle of its rollout. The next release is no change: it starts from
 * what the one before promotes. Fields that older plans lack are not compared.
 */
export function changesIn(before: Declaration, now: Declaration): readonly Change[] {
  return [...tracksOf(before, now), ...serviceChanges(before, now), ...selectorChanges(before, now)];
}

function tracksOf(before: Declaration, now: Declaration): Change[] {
  const { stable, canary } = before;
  if (canary === undefined) {
    // At rest a new version or template of stable is an ordinary change.
    return now.stable.deployment === stable.deployment ? [] : trackChanges('stable', stable, now.stable);
  }
  if (now.stable.version === canary.version && [stable.deployment, canary.deployment].includes(now.stable.deployment)) {
    // With a swap the promoted Deployment keeps its template. With a roll it takes one that differs in the Deployment's name.
    return now.stable.deployment === canary.deployment ? templateChanges('stable', canary, now.stable) : [];
  }
  return [...trackChanges('stable', stable, now.stable), ...trackChanges('canary', canary, now.canary)];
}

function trackChanges(track: 'stable' | 'canary', was: DeclaredTrack, is: DeclaredTrack | undefined): Change[] {
  if (is === undefined) {
    const effect = `an apply deletes nothing, so ${was.deployment} would go on serving`;
    return [{ kind: 'track', track, property: track, got: 'nothing', was: text(was.deployment), effect }];
  }
  if (is.deployment !== was.deployment) {
    const effect = `an apply would create ${is.deployment} and delete nothing, so ${was.deployment} would go on serving beside it`;
    return [{ kind: 'track', track, property: `${track}.name`, got: text(is.deployment), was: text(was.deployment), effect }];
  }
  if (is.version !== was.version) {
    const effect = 'three versions would receive traffic';
    return [{ kind: 'track', track, property: `${track}.version`, got: text(is.version), was: text(was.version), effect }];
  }
  return templateChanges(track, was, is);
}

function templateChanges(track: 'stable' | 'canary', was: DeclaredTrack, is: DeclaredTrack): Change[] {
  const effect = `${is.deployment} would replace its pods under the same version ${is.version}, and what was measured would say nothing of the new ones`;
  return differ(is.template, was.template) ? [{ kind: 'template', track, property: track, effect }] : [];
}

function selectorChanges(before: Declaration, now: Declaration): Change[] {
  const tracksBefore = [before.stable, ...(before.canary ? [before.canary] : [])];
  const tracks = (['stable', 'canary'] as const).flatMap((track): Change[] => {
    const is = now[track];
    const was = tracksBefore.find(({ deployment }) => deployment === is?.deployment);
    return is?.selector && was?.selector && !sameLabels(is.selector, was.selector)
      ? [
          {
            kind: 'selector',
            track,
            property: `${track} (Deployment ${is.deployment}): selector`,
            got: labelsText(is.selector),
            was: labelsText(was.selector),
            effect:
              track === 'canary'
                ? 'the API server refuses to change the selector of a Deployment'
                : 'the API server refuses to change the selector of a Deployment, and the Service would select none of its pods',
          },
        ]
      : [];
  });
  const service: Change[] =
    now.selector && before.selector && now.service === before.service && !sameLabels(now.selector, before.selector)
      ? [
          {
            kind: 'selector',
            property: `Service ${now.service}: selector`,
            got: labelsText(now.selector),
            was: labelsText(before.selector),
            effect: 'the Service would select none of the pods that run, until new ones are ready',
          },
        ]
      : [];
  return [...tracks, ...service];
}

function serviceChanges(before: Declaration, now: Declaration): Change[] {
  const changes: Change[] = [];
  if (now.namespace !== before.namespace) {
    changes.push({
      kind: 'service',
      property: 'namespace',
      got: now.namespace === undefined ? 'nothing' : text(now.namespace),
      was: before.namespace === undefined ? 'nothing' : text(before.namespace),
      effect: 'everything would be created there, and what runs in the other namespace would go on serving its clients',
    });
  }
  if (now.service !== before.service) {
    changes.push({
      kind: 'service',
      property: 'service.name',
      got: text(now.service),
      was: text(before.service),
      effect: `Service ${now.service} would be created, and the clients of ${before.service} would stay with what it selects`,
    });
  }
  return changes;
}

/** Whether two values that older plans lack are both there and differ. */
function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, value]) => b[key] === value);
}

/** Labels as a user writes them in a declaration, in the order of their keys: `{ app: 'shop' }`. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const entries = sorted.map(([key, value]) => `${/^[A-Za-z_]\w*$/.test(key) ? key : `'${key}'`}: '${value}'`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

function text(value: string): string {
  return JSON.stringify(value);
}
