import { excerpt } from '../src/core/text/excerpt';
import type { Evidence } from '../src/core/traffic/evidence';
import { type Outcome, RequestCounter } from '../src/core/traffic/request-counter';
import { nothingKnownText, unreadableText } from '../src/core/traffic/unreadable';

/** Evidence in which no response names a version of the release. */

function evidenceOf(outcomes: readonly Outcome[], seconds: number): Evidence {
  const counter = new RequestCounter({ stable: '1.0', canary: '1.1' });
  outcomes.forEach((outcome) => counter.add(0, outcome));
  const from = Date.parse('2026-01-01T00:00:00Z');
  return counter.evidence({ from: new Date(from).toISOString(), until: new Date(from + seconds * 1_000).toISOString(), source: 'a test' });
}

function response(status: number, contentType: string | undefined, start: string): Outcome['response'] {
  return { status, sample: () => ({ status, contentType, start }) };
}

const times = <T>(number: number, value: T): T[] => Array.from({ length: number }, () => value);
const html: Outcome = { kind: 'unknown', why: 'no version in the answer', response: response(200, 'text/html', '<!doctype html>') };
const refused: Outcome = { kind: 'unknown', why: 'refused' };
const unavailable: Outcome = { kind: 'unknown', why: 'status 503', response: response(503, undefined, '') };
const known: Outcome = { kind: 'answer', version: '1.0', isError: false, milliseconds: 3 };

test('responses without a version are reported after three seconds, with the first one', () => {
  expect(unreadableText(evidenceOf(times(30, html), 3))).toBe(
    'no response names version 1.0 or 1.1: 30 of 30 requests are unknown (30 no version in the answer); for example status 200, text/html, "<!doctype html>"; pass --version-header, --version-pattern or --version-field, or check the address',
  );
});

test.each<[string, Outcome, string]>([
  [
    'another version',
    { ...known, version: '0.9', response: response(200, undefined, '') },
    '30 version 0.9); for example status 200, no content type, an empty body',
  ],
  [
    'a redirect',
    { kind: 'unknown', why: 'status 302', response: response(302, 'text/html', 'Found') },
    '30 status 302); for example status 302, text/html, "Found"',
  ],
])('a release that answers with %s is reported too', (_, outcome, text) => {
  expect(unreadableText(evidenceOf(times(30, outcome), 3))).toContain(text);
});

test.each<[string, Outcome[], number]>([
  ['one response of a version is there', [...times(99, html), known], 600],
  ['there are few requests', times(9, html), 600],
  ['little time has passed', times(1_000, html), 2],
  ['no request was sent', [], 600],
  ['nothing answers, for less than a minute', times(500, refused), 59],
  ['a gateway does not reach the service, for less than a minute', times(500, unavailable), 59],
])('nothing is reported while %s', (_, outcomes, seconds) => {
  expect(unreadableText(evidenceOf(outcomes, seconds))).toBeUndefined();
});

test('requests without a response are reported after a minute', () => {
  expect(unreadableText(evidenceOf(times(600, refused), 60))).toBe(
    'no response names version 1.0 or 1.1: 600 of 600 requests are unknown (600 refused); check that the address reaches the Service',
  );
  expect(unreadableText(evidenceOf(times(600, unavailable), 60))).toContain('for example status 503, no content type, an empty body');
});

test('at the end of a measurement even a few requests are described', () => {
  expect(nothingKnownText(evidenceOf(times(2, html), 1))).toContain('2 of 2 requests are unknown');
  expect(nothingKnownText(evidenceOf([], 1))).toBeUndefined();
});

test('at most three samples are kept, each of another kind', () => {
  const outcomes = [200, 404, 404, 401, 403].map((status): Outcome => ({
    kind: 'unknown',
    why: `status ${status}`,
    response: response(status, undefined, `body ${status}`),
  }));
  const { unknown } = evidenceOf(outcomes, 1);
  expect(unknown).toMatchObject({ requests: 5, answered: 5 });
  expect(unknown.samples?.map(({ status }) => status)).toEqual([200, 404, 401]);
});

describe('excerpt', () => {
  test.each([
    ['control sequences', '\u001b[31mred\u001b[0m\r\nline\u0000', 'red line'],
    ['a long text', 'x'.repeat(100), `${'x'.repeat(39)}…`],
    ['a password in a setting', 'db.password=hunter2 user=me', 'db.password=[hidden] user=me'],
    ['a password in JSON', '{"password":"hunter2","n":1}', '{"password":"[hidden]","n":1}'],
    ['JSON inside JSON', '{\\"apiKey\\":\\"abc123\\"}', '{\\"apiKey\\":\\"[hidden]\\"}'],
    ['a bearer token', 'got Bearer abcdef.ghijkl', 'got Bearer [hidden]'],
    ['an Authorization header', 'Authorization: Basic dXNlcjpwYXNz', 'Authorization: [hidden] [hidden]'],
    ['a URL with a user', 'postgres://me:hunter2@db:5432/x', 'postgres://[hidden]@db:5432/x'],
    ['a JSON Web Token', 'eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl', '[hidden]'],
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----', '[hidden]'],
    ['a cookie', 'Set-Cookie: SID=31d4d96e407; Path=/', 'Set-Cookie: [hidden]; Path=/'],
    ['an ordinary sentence', 'the token bucket is empty: retry', 'the token bucket is empty: retry'],
  ])('%s', (_, text, shown) => {
    expect(excerpt(text, 40)).toBe(shown);
  });
});
