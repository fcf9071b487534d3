import { Fraction } from '../../../../lib/core/fraction';
import { type Resource, textAt } from '../resource';
import { type ReadyCounts, foreignText } from './endpoint-owners';

/** The share of traffic that the canary should have. */
export type Expectation =
  | { readonly share: Fraction; /** Its source, in words: `9:1 ready endpoints`. */ readonly from: string }
  /** It is not known, or the measurement cannot show it. */
  | { readonly share?: undefined; readonly why: string };

/**
 * Returns the canary's share of the endpoints: kube-proxy picks one of all endpoints for each connection. With endpoints of neither track
 * it is not known, because both tracks then get less than the plan says.
 */
export function shareOfEndpoints(service: string, counts: ReadyCounts): Expectation {
  const { stable, canary } = counts;
  const foreign = foreignText(service, counts);
  if (foreign !== undefined) {
    return { why: foreign };
  }
  if (stable + canary === 0) {
    return { why: 'no pod of either version is ready' };
  }
  return { share: Fraction.of(canary, stable + canary), from: `${stable}:${canary} ready endpoints` };
}

/** Returns why the endpoints of a Service do not divide its requests, or undefined if they do. */
export function hindrance(service: Resource, isFromOutside: boolean): string | undefined {
  const affinity = textAt(service, 'spec', 'sessionAffinity');
  if (affinity !== undefined && affinity !== 'None') {
    return `the Service's sessionAffinity is ${affinity}, so all requests of a client go to one pod`;
  }
  if (isFromOutside && textAt(service, 'spec', 'externalTrafficPolicy') === 'Local') {
    return "the Service's externalTrafficPolicy is Local, so each node divides traffic among its own pods";
  }
  return undefined;
}

/** Parses a share: `10%`, `12.5%`, `1/10`. Undefined if the text is not a share. */
export function parseShare(text: string): Fraction | undefined {
  try {
    const share = text.endsWith('%') ? Fraction.ofDecimal(text.slice(0, -1).trim()).times(Fraction.of(1, 100)) : Fraction.parse(text);
    return share.lessThan(Fraction.ZERO) || Fraction.ONE.lessThan(share) ? undefined : share;
  } catch {
    return undefined;
  }
}
