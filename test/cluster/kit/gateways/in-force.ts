import { Agent, get as ask } from 'node:http';
import type { Target } from '../load';

/** The evidence that decides: the answers are a million times as likely by the new share as by the old one. */
const EVIDENCE = Math.log(1e6);

/** No share is taken for certain, or one late answer of a request that was under way would decide alone. */
const LEAST = 1e-4;

/**
 * Asks one proxy, with a connection for each request, until its answers tell the canary's new share from the old one.
 *
 * @returns the time (`performance.now()`) of the first answer by the new share
 */
export async function seenInForce(
  target: Target,
  canary: string,
  share: { readonly from: number; readonly to: number },
  seconds = 60,
): Promise<number> {
  const [from, to] = [share.from, share.to].map((value) => Math.min(Math.max(value, LEAST), 1 - LEAST)) as [number, number];
  const end = performance.now() + seconds * 1000;
  let evidence = 0;
  let begin = 0;
  for (;;) {
    const at = performance.now();
    if (at > end) {
      throw new Error(`${target.url}: a share of ${share.to} was not seen within ${seconds} s; before it was ${share.from}`);
    }
    const version = await versionAt(target);
    if (version !== undefined) {
      // The sum of the log-likelihood ratios since the moment after which it stayed positive (CUSUM).
      const isCanary = version === canary;
      begin = evidence === 0 ? at : begin;
      evidence = Math.max(0, evidence + Math.log(isCanary ? to / from : (1 - to) / (1 - from)));
    }
    if (evidence >= EVIDENCE) {
      return begin;
    }
    await new Promise((next) => setTimeout(next, 5));
  }
}

/**
 * The version that answers; undefined if a request fails or its answer has no version. The connection is this process's to close: a proxy
 * that closed first would remember it for a minute, and discard a client's new connection to which kube-proxy gives the same port.
 */
function versionAt({ url, host }: Target): Promise<string | undefined> {
  return new Promise((done) => {
    const agent = new Agent({ keepAlive: true });
    const request = ask(url, { agent, headers: { ...(host && { host }) }, signal: AbortSignal.timeout(2000) }, (answer) => {
      const version = answer.headers['x-version'];
      answer.resume().once('end', () => {
        agent.destroy();
        done(answer.statusCode === 200 ? String(version) : undefined);
      });
    });
    request.once('error', () => done(undefined));
  });
}
