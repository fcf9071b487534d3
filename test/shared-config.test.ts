import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, type Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { CanaryApp, CanaryPair, type CanaryPairProps } from '../lib';
import { inChart, pairProps, synthesize } from './support/apps';
import { freshFolder } from './support/fresh-folder';

type Declare = (chart: Chart, value: string) => Partial<CanaryPairProps>;

const named = (name: string) => ({ metadata: { name } });

/** The ways in which both tracks can read one object. */
const WAYS: [string, string, Declare][] = [
  [
    'ConfigMap shop-config',
    'as variables',
    (chart, value) => {
      const config = new kplus.ConfigMap(chart, 'config', { ...named('shop-config'), data: { KEY: value } });
      return { pod: { ...pairProps().pod, envFrom: [new kplus.EnvFrom(config, '')] } };
    },
  ],
  [
    'ConfigMap shop-config',
    'as one variable',
    (chart, value) => {
      const config = new kplus.ConfigMap(chart, 'config', { ...named('shop-config'), data: { KEY: value } });
      return { pod: { ...pairProps().pod, env: { KEY: kplus.EnvValue.fromConfigMap(config, 'KEY') } } };
    },
  ],
  [
    'ConfigMap shop-config',
    'as a volume of each track',
    (chart, value) => {
      const config = new kplus.ConfigMap(chart, 'config', { ...named('shop-config'), binaryData: { KEY: value } });
      const volumeMounts = [{ path: '/config', volume: kplus.Volume.fromConfigMap(chart, 'volume', config) }];
      return { stable: { ...pairProps().stable, volumeMounts }, canary: { ...pairProps().canary!, volumeMounts } };
    },
  ],
  [
    'Secret shop-secret',
    'as one variable, from a List',
    (chart, value) => {
      const items = [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'shop-secret' }, stringData: { KEY: value } }];
      new ApiObject(chart, 'list', { apiVersion: 'v1', kind: 'List', items });
      const secret = kplus.Secret.fromSecretName(chart, 'secret', 'shop-secret');
      return {
        accept: { 'literal-secret': 'a test' },
        pod: { ...pairProps().pod, env: { KEY: kplus.EnvValue.fromSecretValue({ secret, key: 'KEY' }) } },
      };
    },
  ],
];

/** What a synth prints, in a folder that has the output of the synth before. */
function told(declare: Declare, value: string, before: string | undefined, more: Partial<CanaryPairProps> = {}) {
  const outdir = join(freshFolder(), 'dist');
  if (before !== undefined) {
    renameSync(before, outdir);
  }
  const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const app = new CanaryApp({ outdir });
    inChart((chart) => new CanaryPair(chart, 'shop', pairProps({ ...declare(chart, value), ...more })))(app);
    app.synth();
    return { outdir, text: written.mock.calls.map(([text]) => String(text)).join('') };
  } finally {
    written.mockRestore();
  }
}

describe.each(WAYS)('%s that both tracks read %s', (title, _, declare) => {
  test('is a finding of the synth in which its data changed, and of no other', () => {
    const first = told(declare, 'MQ==', undefined);
    const same = told(declare, 'MQ==', first.outdir);
    const changed = told(declare, 'Mg==', same.outdir);
    const again = told(declare, 'Mg==', changed.outdir);
    expect(changed.text).toContain(
      `warning shared-config-changed [chart/shop] ${title} has other data than in the previous plan, and the pods of both tracks read it`,
    );
    [first, same, again].forEach(({ text }) => expect(text).not.toContain('shared-config-changed'));
  });
});

test('a change of data that only the canary reads, or between two releases at rest, is not a finding', () => {
  const ofCanary: Declare = (chart, value) => {
    const config = new kplus.ConfigMap(chart, 'config', { ...named('shop-config'), data: { KEY: value } });
    return { canary: { ...pairProps().canary!, envFrom: [new kplus.EnvFrom(config, '')] } };
  };
  expect(told(ofCanary, '2', told(ofCanary, '1', undefined).outdir).text).not.toContain('shared-config-changed');
  const [, , shared] = WAYS[0]!;
  const atRest = { canary: undefined };
  const rest = told(shared, '1', undefined, atRest);
  expect(told(shared, '2', rest.outdir, atRest).text).not.toContain('shared-config-changed');
});

test('a pair at rest records what its track reads, so that a change with the next release is found', () => {
  const [, , shared] = WAYS[0]!;
  expect(told(shared, '2', told(shared, '1', undefined, { canary: undefined }).outdir).text).toContain('shared-config-changed');
  expect(synthesize(inChart((chart) => new CanaryPair(chart, 'shop', pairProps()))).plan.pairs[0]).not.toHaveProperty('configuration');
});
