import type { Chance } from '../../../test/support/chance';
import type { Fraction } from '../../../lib/core/fraction';
import { type Move, toNumber } from '../../src/core/in-force/move';
import { WeightProof } from '../../src/core/in-force/weight-proof';

/** Proxies behind one address, of which each request reaches one by chance. */
export interface Proxies {
  readonly move: Move;
  readonly alpha: Fraction;
  /** Whether a proxy serves the old weight to a request; both are counted from 0. */
  readonly isStale: (proxy: number, request: number) => boolean;
}

/** Returns the number of requests after which the weight is said to be in force; undefined if it is not after `most`. */
export function requestsUntilInForce({ move, alpha, isStale }: Proxies, most: number, chance: Chance): number | undefined {
  const proof = new WeightProof(move, alpha);
  const [from, to] = [toNumber(move.from), toNumber(move.to)];
  for (let request = 0; request < most; request += 1) {
    const share = isStale(chance.below(move.proxies), request) ? from : to;
    const version = chance.fraction() < share ? 'canary' : 'stable';
    proof.end(proof.begin(request), { kind: 'version', version });
    if (proof.proof.kind === 'in force') {
      return request + 1;
    }
  }
  return undefined;
}
