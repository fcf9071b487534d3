import { mkdtempSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { Fraction } from '../../lib/core/fraction';
import { CODE_POINTS } from '../../test/support/code-points';
import { explain } from '../src/commands/common';
import { CliError, EXIT } from '../src/core/errors';
import type { Status } from '../src/core/rollout/status';
import { plainText, plainValue, printable } from '../src/core/text/plain-text';
import type { RunEvent } from '../src/driver/events';
import { planText } from '../src/terminal/plan-text';
import { TextProgress } from '../src/terminal/progress-text';
import { statusText } from '../src/terminal/status-text';
import type { Terminal } from '../src/terminal/terminal';
import { withTexts } from './support/hostile-records';
import { health } from './support/pair-health';
import { type Ended, apiServer, command } from './support/processes';
import { trees } from './trees';

/** Tests that no text from a cluster, a file or a plugin controls the terminal or makes a line of its own. */

/** Clears the screen, sets the title, hides what follows, reverses the direction, and begins a line. */
const HOSTILE = 'a\u001b[2J\u001b]0;title\u0007\u001b[8m\u009b1A\u202eb\r\n\u2028promoted: c';

/** What may control a terminal, but for line breaks, which the formatters add. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

const noPaint = (_style: unknown, text: string) => text;

/** The lines that begin as the hostile text wants. */
const forged = (text: string) => text.split('\n').filter((line) => line.startsWith('promoted: c'));

function expectSafe(text: string): void {
  expect(text).toContain('promoted: c');
  expect(text).not.toMatch(CONTROL);
  expect(forged(text)).toEqual([]);
}

test('plainText keeps no control character and no character that changes the direction', () => {
  expect(plainText(HOSTILE)).toBe('ab promoted: c');
  fc.assert(fc.property(fc.string({ unit: CODE_POINTS }), (text) => expect(plainText(text)).not.toMatch(CONTROL)));
});

test('plainValue reaches every text of a value, and leaves numbers and objects of a class', () => {
  expect(plainValue({ [HOSTILE]: [HOSTILE, 1, undefined, { share: Fraction.ONE }] })).toEqual({
    'ab promoted: c': ['ab promoted: c', 1, undefined, { share: Fraction.ONE }],
  });
});

test('printable keeps the colors of the terminal and lines, shows every other control character, and leaves JSON the same', () => {
  expect(printable('\u001b[31mred\u001b[39m\n\tnext')).toBe('\u001b[31mred\u001b[39m\n\tnext');
  expect(printable('\u001b[8mhidden\u001b[0m\r')).toBe('\\u001b[8mhidden\\u001b[0m\\u000d');
  fc.assert(
    fc.property(fc.string({ unit: CODE_POINTS }), (text) => {
      expect(JSON.parse(printable(JSON.stringify({ text })))).toEqual({ text });
      expect(printable(text).replaceAll('\t', '')).not.toMatch(CONTROL);
    }),
  );
});

test('the status of a hostile cluster is safe', () => {
  const status: Status = {
    context: 'c',
    namespace: 'shop',
    position: { kind: 'at', folder: 'stage-0' },
    next: 'stage-10',
    pairs: [
      {
        path: 'canary/shop',
        service: 'shop',
        foreign: [],
        stable: health('old', 3, 3),
        canary: health('new', 0, 0),
        versions: { stable: '1.0', canary: '1.1' },
        share: { share: undefined, why: 'unknown' },
      },
    ],
    drift: [{ object: 'Deployment/old', differences: [{ field: '.spec.replicas', live: 'x', wanted: 'y' }] }],
    holders: [{ identity: 'me', since: 'now', seconds: 15 }],
    turned: { why: 'a reason', by: 'me', at: 'now' },
  };
  expectSafe(statusText(withTexts(status, (text, path) => (path === '.position.kind' ? text : HOSTILE)) as Status, noPaint));
});

test('a hostile plan is safe as a table', () => {
  const { plan } = trees.pods();
  // The schema has a pattern for the other texts.
  const isFree = /^\.pairs\[\d\]\.path$|^\.findings\[\d\]\.(path|message)$/;
  expectSafe(planText(withTexts(plan, (text, path) => (isFree.test(path) ? HOSTILE : text)) as typeof plan, true, noPaint));
});

test('the progress of a run on a hostile cluster is safe', () => {
  const lines: string[] = [];
  const write = (text: string | undefined) => void lines.push(text ?? '');
  const terminal: Terminal = { print: write, note: write, show: write, isLive: true, canAsk: true, paint: noPaint };
  const progress = new TextProgress(terminal);
  const trouble = { reason: 'Failed', pod: 'a', message: 'x', isLasting: true };
  const EXTRA = { field: '.spec.x', managers: ['helm'], live: 'x' };
  const events = [
    { type: 'begin', folder: 'stage-25', direction: 'advance', allowed: undefined },
    {
      type: 'applied',
      object: { apiVersion: 'v1', kind: 'Service', name: 'shop' },
      applied: {
        change: 'changed',
        object: {},
        takenOver: [{ field: '.spec', manager: 'helm', isOurs: false, live: 'x', wanted: 'y' }],
        removed: [EXTRA],
        kept: [EXTRA],
      },
    },
    {
      type: 'state',
      position: { kind: 'at', folder: 'stage-25' },
      pairs: [
        {
          path: 'p',
          service: 'shop',
          foreign: [{ owner: 'Pod/x', pods: ['x'] }],
          stable: { ...health('old', 3, 3), troubles: [trouble] },
          canary: health('new', 1, 1),
        },
      ],
    },
    { type: 'note', text: 'a note' },
    { type: 'decision', folder: 'stage-25', decision: 'roll back', by: 'pods', why: 'it failed' },
    { type: 'end', result: 'paused', code: EXIT.paused, why: 'it failed', folder: undefined, next: ['run again'] },
  ];
  const structure = /\.(type|direction|kind|change|by|decision|result)$/;
  for (const event of events) {
    progress.on(withTexts(event, (text, path) => (structure.test(path) && !path.includes('.object') ? text : HOSTILE)) as RunEvent);
  }
  lines.filter((line) => line !== '').forEach((line) => expect(line).not.toMatch(CONTROL));
  expectSafe(lines.join('\n'));
});

test('an error and its advice are safe', () => {
  const lines: string[] = [];
  const write = (text: string | undefined) => void lines.push(text ?? '');
  const terminal: Terminal = { print: write, note: write, show: write, isLive: false, canAsk: false, paint: noPaint };
  explain(new CliError(HOSTILE, EXIT.held, [HOSTILE]), terminal);
  explain(new Error(HOSTILE), terminal);
  expectSafe(lines.slice(0, 3).join('\n'));
});

describe('a process, with colors', () => {
  const env = { FORCE_COLOR: '1' };
  /** The colors that the command uses. */
  // eslint-disable-next-line no-control-regex
  const COLORS = /\u001b\[(?:1|2|22|31|32|33|35|36|39)m/g;

  function expectSafeProcess({ stdout, stderr }: Ended): void {
    expectSafe(`${stdout}\n${stderr}`.replace(COLORS, ''));
  }

  test('prints no control sequence of a context name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'canary-hostile-'));
    const kubeconfig = join(folder, 'config');
    const cluster = { name: 'c', cluster: { server: 'http://127.0.0.1:1' } };
    writeFileSync(
      kubeconfig,
      JSON.stringify({ clusters: [cluster], contexts: [{ name: HOSTILE, context: { cluster: 'c', user: 'u' } }], users: [] }),
    );
    expectSafeProcess(await command(['status', '--context', 'other'], { env: { ...env, KUBECONFIG: kubeconfig } }));
  });

  test('prints no control sequence of an exec plugin', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'canary-hostile-'));
    const [kubeconfig, text] = [join(folder, 'config'), join(folder, 'text')];
    writeFileSync(text, HOSTILE);
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', `cat ${text} >&2; exit 1`] };
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        'current-context': 'it',
        clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }],
        contexts: [{ name: 'it', context: { cluster: 'c', user: 'u' } }],
        users: [{ name: 'u', user: { exec } }],
      }),
    );
    const ended = await command(['status'], { env: { ...env, KUBECONFIG: kubeconfig } });
    // The plugin's second line is a line of its own, as in kubectl.
    expect(ended.stderr.replace(COLORS, '')).not.toMatch(CONTROL);
    expect(ended.stderr).toContain('the exec plugin "sh" failed with exit code 1');
  });

  test('prints no control sequence of an API server, in an error or a warning', async () => {
    const { env: server } = await apiServer({
      '/api/v1': (answer: ServerResponse) =>
        answer.writeHead(403, { Warning: '299 - "old \u009b8m API"' }).end(JSON.stringify({ kind: 'Status', message: HOSTILE })),
    });
    const ended = await command(['status', '--dir', resolve(__dirname, '../../dist')], { env: { ...env, ...server } });
    expectSafeProcess(ended);
    expect(ended.stderr.replace(COLORS, '')).toContain('Warning: old  API');
  });
});
