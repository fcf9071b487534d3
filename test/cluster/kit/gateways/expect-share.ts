import { amountOf } from '../../../support/sampling';
import { binomialInterval } from '../binomial';
import { figure, percent } from '../figures';
import { type Target, expectNoFailure, sendLoad } from '../load';
import { VERSIONS } from './backends';
import type { GatewayImplementation } from './implementation';

const REQUESTS = amountOf('cluster: requests for a share');

/** Requests that show a weight of 0 or 100 %, which leaves nothing to chance. */
const EXACT = 200;

/** About ten shares of a run depend on chance, so about one of a thousand runs fails by chance. */
const CONFIDENCE = 0.9999;

/**
 * Sends requests and checks the canary's share of the answers against its weight in percent. No request may fail.
 *
 * @param canary its version
 */
export async function expectShare(
  gateway: GatewayImplementation,
  route: string,
  by: string,
  target: Target,
  weight: number,
  canary: string = VERSIONS.canary,
): Promise<void> {
  const report = await sendLoad(target, weight % 100 === 0 ? EXACT : REQUESTS);
  expectNoFailure(report);
  const seen = report.versions[canary] ?? 0;
  const { least, most } = binomialInterval(report.requests, weight / 100, CONFIDENCE);
  figure('Gateways: shares', {
    gateway,
    route,
    by,
    weight: `${weight} %`,
    requests: report.requests,
    seen: percent(seen / report.requests),
    interval: `${percent(least / report.requests)} to ${percent(most / report.requests)}`,
  });
  expect(seen).toBeGreaterThanOrEqual(least);
  expect(seen).toBeLessThanOrEqual(most);
}
