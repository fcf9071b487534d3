import type { Fraction } from '../../../../lib/core/fraction';
import { VERSION_LABEL } from '../../../../lib/core/labels';
import type { PlanObject, PlanObjects } from '../kubernetes/objects';
import type { PlanFile, RolloutPair } from '../plan/plan';
import { at, textAt } from '../resource';
import type { Direction } from '../rollout/direction';
import type { RecordedTransition } from '../rollout/position';
import { routerOf } from '../routers';
import type { RoutedRequest } from '../routers/router';

/** A weight that a folder moves, as one request sees it. */
export interface FolderMove {
  readonly pair: RolloutPair;
  readonly route: PlanObject;
  readonly from: Fraction;
  readonly to: Fraction;
  /** Whether both tracks run one version in the folder, as after a promotion by roll. Then only the pod tells the tracks apart. */
  readonly hasOneVersion: boolean;
}

/** What the options say about the requests of a proof. */
export interface AskedRequest {
  readonly urls: readonly string[];
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The request as a route sees it. Without a path of the user's, it is one that the route of the pair takes. */
export function requestFor(objects: PlanObjects, pair: RolloutPair, { urls, path, method, headers }: AskedRequest): RoutedRequest {
  const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const url = urls[0] === undefined ? undefined : new URL(urls[0]);
  const route = routeOf(objects, pair);
  const first = route && [...route.manifests.values()][0];
  const own = url ? `${url.pathname}${url.search}` : path === '/' ? (routerOf(pair).route?.samplePath?.(first, pair) ?? path) : path;
  return { method, host: named['host'], path: own, headers: named };
}

function routeOf(objects: PlanObjects, pair: RolloutPair): PlanObject | undefined {
  const by = routerOf(pair).route;
  return by && objects.all.find(({ manifests }) => by.find([...manifests.values()], pair) !== undefined);
}

/** Returns the weight that a folder moves for a request; why it is not known; or undefined if the pair has no route, or it stays the same. */
export function moveOf(
  objects: PlanObjects,
  pair: RolloutPair,
  [from, to]: readonly [string, string],
  request: RoutedRequest,
): FolderMove | { readonly why: string } | undefined {
  const by = routerOf(pair).route;
  const route = routeOf(objects, pair);
  if (!by || !route) {
    return undefined;
  }
  const [before, after] = [from, to].map((folder) => by.shareOf(route.manifests.get(folder), pair, request));
  if (before!.share === undefined || after!.share === undefined) {
    return { why: before!.share === undefined ? before!.why : (after as { readonly why: string }).why };
  }
  return before!.share.equals(after!.share)
    ? undefined
    : { pair, route, from: before!.share, to: after!.share, hasOneVersion: hasOneVersion(objects, pair, to) };
}

function hasOneVersion(objects: PlanObjects, pair: RolloutPair, folder: string): boolean {
  const [stable, canary] = [pair.stable, pair.canary].map(({ deployment, version }) => {
    const manifest = objects.deployment(pair, deployment)?.manifests.get(folder);
    return textAt(at(manifest, 'spec', 'template', 'metadata', 'labels'), VERSION_LABEL) ?? version;
  });
  return stable === canary;
}

/**
 * Returns the folder from which the cluster came to a folder: the recorded one, or else the one before in the direction; undefined at the first
 * folder.
 */
export function folderBefore(
  { order }: PlanFile,
  folder: string,
  direction: Direction,
  recorded: RecordedTransition | undefined,
): string | undefined {
  if (recorded?.to === folder && recorded.from !== undefined && recorded.from !== folder) {
    return recorded.from;
  }
  const ways = direction === 'advance' ? [order.advance] : Object.entries(order.rollback).map(([start, folders]) => [start, ...folders]);
  const way = ways.find((folders) => folders.indexOf(folder) > 0);
  return way?.[way.indexOf(folder) - 1];
}
