import { count } from '../text/format-number';
import { type AnswerSample, type Evidence, secondsOf } from './evidence';

/** The fewest requests, and the shortest time in seconds, after which responses without a version show that the probe cannot read them. */
const LEAST_REQUESTS = 10;
const LEAST_SECONDS = 3;

/** The same for requests without a response, in seconds: a load balancer or a network may take a while to recover. */
const LEAST_SECONDS_UNANSWERED = 60;

/**
 * Returns why evidence can never decide anything: no request was answered by a version of the release. Undefined if one was, or if too
 * little was seen to say so.
 */
export function unreadableText(evidence: Evidence): string | undefined {
  const { requests, answered = 0 } = evidence.unknown;
  const seconds = secondsOf(evidence);
  const isEnough = requests >= LEAST_REQUESTS && seconds >= (2 * answered >= requests ? LEAST_SECONDS : LEAST_SECONDS_UNANSWERED);
  return isEnough ? nothingKnownText(evidence) : undefined;
}

/** Describes evidence in which no version of the release answered, however little there is; undefined if one did, or nothing was sent. */
export function nothingKnownText({ versions, unknown }: Evidence): string | undefined {
  const { requests, kinds, answered = 0, samples = [] } = unknown;
  if (requests === 0 || versions.some((row) => row.requests > 0)) {
    return undefined;
  }
  const names = versions.map(({ version }) => version).join(' or ');
  const found = Object.entries(kinds).map(([kind, some]) => `${count(some)} ${kind}`);
  const example = samples[0] === undefined ? '' : `; for example ${sampleText(samples[0])}`;
  const advice =
    answered === 0
      ? 'check that the address reaches the Service'
      : 'pass --version-header, --version-pattern or --version-field, or check the address';
  return `no response names version ${names}: ${count(requests)} of ${count(requests)} requests are unknown (${found.join(', ')})${example}; ${advice}`;
}

/** Describes a response: `status 200, text/html, "<!doctype html>"`. */
export function sampleText({ status, contentType, start }: AnswerSample): string {
  return [`status ${status}`, contentType ?? 'no content type', start === '' ? 'an empty body' : JSON.stringify(start)].join(', ');
}
