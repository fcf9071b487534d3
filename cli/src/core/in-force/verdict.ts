import { percent } from '../../../../lib/core/format-share';
import type { Fraction } from '../../../../lib/core/fraction';
import { count } from '../text/format-number';
import type { Proof } from './weight-proof';

/** A place through which requests are sent, and what the answers prove. */
export type VantagePoint =
  /** A proxy pod that is reached directly. Its name is one of the ready proxies. */
  | { readonly kind: 'proxy'; readonly name: string; readonly proof: Proof }
  | {
      readonly kind: 'address';
      readonly name: string;
      /**
       * Whether each connection reaches any of the ready proxies alike, as through a Service without session affinity. If a load balancer
       * may prefer some of them, the answers say nothing about the others.
       */
      readonly isSpread: boolean;
      readonly proof: Proof;
    };

/** What can be seen of one Gateway. */
export interface GatewayView {
  /** The names of the proxy pods that are ready; undefined if they cannot be listed. */
  readonly readyProxies: readonly string[] | undefined;
  /** One for each address of the Gateway, and one for each ready proxy pod that can be reached. */
  readonly vantagePoints: readonly VantagePoint[];
}

/** Whether a weight is in force behind a Gateway. */
export type Verdict =
  | { readonly kind: 'nothing to prove' }
  | {
      readonly kind: 'in force';
      /** When the evidence of the last vantage point began, and when all of it was complete, by the starts of requests. */
      readonly sinceMs: number;
      readonly untilMs: number;
      /** The names of the vantage points. */
      readonly seenBy: readonly string[];
    }
  /** More answers may still prove it. */
  | { readonly kind: 'waiting'; readonly answers: number }
  /** The last answers at a vantage point are those of a proxy that serves the old weight. */
  | { readonly kind: 'contradicted'; readonly by: string; readonly stillServes: Fraction }
  | {
      readonly kind: 'not proven';
      /** The number of ready proxies for which it is proven, of how many; undefined if they cannot be listed. */
      readonly reached: number;
      readonly of: number | undefined;
      /** What is missing, in a sentence without a period. */
      readonly missing: string;
    };

/**
 * Decides over all vantage points of a Gateway. The weight is in force if each of them says so, and together they cover every ready proxy: each
 * was reached directly, or an address spreads connections over all of them and its proof allows for so many.
 *
 * The error is not added up: as long as a proxy is stale, a wrong 'in force' takes a wrong proof at the vantage point that covers that proxy,
 * which has a probability of at most the alpha of that proof.
 *
 * @param isTimeUp whether no more requests will be sent
 */
export function verdictOf(view: GatewayView, isTimeUp: boolean): Verdict {
  const points = presentPoints(view);
  const contradicted = points.find(({ proof }) => proof.kind === 'contradicted');
  if (contradicted) {
    return { kind: 'contradicted', by: nameOf(contradicted), stillServes: contradicted.proof.move.from };
  }
  if (points.length > 0 && points.every(({ proof }) => proof.kind === 'nothing to prove')) {
    return { kind: 'nothing to prove' };
  }
  const slowest = slowestOf(points);
  if (slowest && !isTimeUp) {
    return { kind: 'waiting', answers: slowest.missing };
  }
  const reached = reachedProxies(view, points);
  const missing = slowest ? missingAnswers(slowest) : missingProxies(view, points);
  if (missing !== undefined) {
    return { kind: 'not proven', reached, of: view.readyProxies?.length, missing };
  }
  const proofs = points.flatMap(({ proof }) => (proof.kind === 'in force' ? [proof] : []));
  return {
    kind: 'in force',
    sinceMs: Math.max(...proofs.map(({ sinceMs }) => sinceMs)),
    untilMs: Math.max(...proofs.map(({ untilMs }) => untilMs)),
    seenBy: points.map(nameOf),
  };
}

/** The verdict in words: `not proven (reached 1 of 2): pod envoy-b was not reached`. */
export function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'contradicted':
      return `contradicted by ${verdict.by} (still serves ${percent(verdict.stillServes)})`;
    case 'not proven':
      return `not proven (reached ${verdict.reached} of ${verdict.of ?? 'an unknown number'}): ${verdict.missing}`;
    default:
      return verdict.kind;
  }
}

/** The points without those of proxies that are not ready any more and get no connections; proxies before addresses, which are less exact. */
function presentPoints({ readyProxies, vantagePoints }: GatewayView): readonly VantagePoint[] {
  const isPresent = (point: VantagePoint) => point.kind === 'address' || readyProxies === undefined || readyProxies.includes(point.name);
  const present = vantagePoints.filter(isPresent);
  return [...present.filter(({ kind }) => kind === 'proxy'), ...present.filter(({ kind }) => kind === 'address')];
}

function nameOf({ kind, name }: VantagePoint): string {
  return kind === 'proxy' ? `pod ${name}` : `address ${name}`;
}

interface Waiting {
  readonly point: VantagePoint;
  readonly missing: number;
}

/** The point that waits for the most answers; undefined if none waits. */
function slowestOf(points: readonly VantagePoint[]): Waiting | undefined {
  const waiting = points.flatMap((point) => (point.proof.kind === 'waiting' ? [{ point, missing: point.proof.missing }] : []));
  return waiting.reduce<Waiting | undefined>((most, one) => (most && most.missing >= one.missing ? most : one), undefined);
}

function missingAnswers({ point, missing }: Waiting): string {
  const { stable, canary, uncounted } = point.proof.counts;
  const reasons = Object.entries(uncounted)
    .sort(([, one], [, other]) => other - one)
    .map(([why, times]) => `${why}: ${count(times)}`);
  const others = reasons.length === 0 ? '' : `, and others do not count (${reasons.join(', ')})`;
  return `${nameOf(point)} needs about ${count(missing)} more answers; ${count(stable + canary)} named their version${others}`;
}

/** Addresses whose proofs cover all of the ready proxies. */
function coversAll(point: VantagePoint, ready: number): boolean {
  return point.kind === 'address' && point.isSpread && isProven(point) && point.proof.move.proxies >= ready;
}

function isProven({ proof }: VantagePoint): boolean {
  return proof.kind === 'in force';
}

function reachedProxies({ readyProxies }: GatewayView, points: readonly VantagePoint[]): number {
  if (readyProxies !== undefined && points.some((point) => coversAll(point, readyProxies.length))) {
    return readyProxies.length;
  }
  const direct = new Set(points.filter((point) => point.kind === 'proxy' && isProven(point)).map(({ name }) => name)).size;
  // An address reaches at least one proxy, which may be one of those that were reached directly.
  const atLeast = readyProxies?.length !== 0 && points.some(isProven) ? 1 : 0;
  return Math.max(direct, atLeast);
}

/** What keeps the proofs from covering every ready proxy; undefined if nothing does. */
function missingProxies({ readyProxies }: GatewayView, points: readonly VantagePoint[]): string | undefined {
  if (points.length === 0) {
    return 'no address and no proxy pod of the gateway was reached';
  }
  if (readyProxies === undefined) {
    return 'the proxy pods of the gateway cannot be listed';
  }
  if (readyProxies.length === 0) {
    return 'no proxy pod of the gateway is ready';
  }
  const unseen = readyProxies.filter((name) => !isReached(name, points));
  if (unseen.length === 0 || points.some((point) => coversAll(point, readyProxies.length))) {
    return undefined;
  }
  const tooFew = points.find((point) => point.kind === 'address' && point.isSpread);
  if (tooFew) {
    return `${nameOf(tooFew)} was tested as if ${count(tooFew.proof.move.proxies)} of its proxies were ready, not ${count(readyProxies.length)}`;
  }
  const address = points.find(({ kind }) => kind === 'address');
  const why = address ? `, and connections to ${nameOf(address)} may reach only some of the proxies` : '';
  return `${unseen.map((name) => `pod ${name}`).join(', ')} ${unseen.length === 1 ? 'was' : 'were'} not reached directly${why}`;
}

function isReached(name: string, points: readonly VantagePoint[]): boolean {
  return points.some((point) => point.kind === 'proxy' && point.name === name && isProven(point));
}
