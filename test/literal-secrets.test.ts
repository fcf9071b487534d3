import { ApiObject, type Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { isSecretVariable } from '../lib/core/secret-values';
import { CanaryPair, StableTrack, VersionedConfig } from '../lib';
import { inChart, pairProps, synthesize } from './support/apps';

// What a synth says of Secrets with values, and of configuration that is too large or shared.

const named = (name: string) => ({ metadata: { name } });
const findings = (declare: (chart: Chart) => unknown, accept: Record<string, string> = {}) =>
  synthesize(
    inChart((chart) => {
      declare(chart);
      new CanaryPair(chart, 'shop', pairProps({ accept }));
    }),
  ).plan.findings;

const LITERALS: [string, (chart: Chart) => unknown][] = [
  ['stringData', (chart) => new kplus.Secret(chart, 'secret', { ...named('db'), stringData: { password: 'hunter2' } })],
  ['basic authentication', (chart) => new kplus.BasicAuthSecret(chart, 'secret', { ...named('db'), username: 'me', password: 'hunter2' })],
  [
    'data in base64',
    (chart) => new ApiObject(chart, 'secret', { apiVersion: 'v1', kind: 'Secret', ...named('db'), data: { password: 'aHVudGVyMg==' } }),
  ],
  [
    'an item of a List',
    (chart) =>
      new ApiObject(chart, 'list', {
        apiVersion: 'v1',
        kind: 'List',
        items: [{ apiVersion: 'v1', kind: 'Secret', ...named('db'), stringData: { password: 'hunter2' } }],
      }),
  ],
];

describe.each(LITERALS)('a Secret with %s', (_, declare) => {
  test('is refused, by its keys and never by its values, unless a pair accepts it with a reason', () => {
    const refused = () => findings(declare);
    expect(refused).toThrow(
      /\[chart\/\w+(\/Resource)?\] Secret db has values for password(, username)?, and every folder would contain them/,
    );
    expect(refused).not.toThrow(/hunter2|aHVudGVyMg/);
    const [finding, ...others] = findings(declare, { 'literal-secret': 'a demo' });
    expect(finding).toMatchObject({
      code: 'literal-secret',
      level: 'info',
      message: expect.stringMatching(/\(accepted: a demo\)$/) as string,
    });
    expect(others).toEqual([]);
  });
});

test('a reference, a Secret that a controller fills, and a kind of another vendor are no finding', () => {
  const found = findings((chart) => {
    kplus.Secret.fromSecretName(chart, 'by-name', 'db-password-v2');
    new kplus.Secret(chart, 'empty', { ...named('token'), type: 'kubernetes.io/service-account-token' });
    const spec = { encryptedData: { password: 'AgBy3i4' } };
    new ApiObject(chart, 'sealed', { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', ...named('db'), spec });
  });
  expect(found).toEqual([]);
});

test('a track without a pair can accept it too', () => {
  const declare = (accept?: Record<string, string>) =>
    synthesize(
      inChart((chart) => {
        new StableTrack(chart, 'shop', { name: 'shop', version: '1', image: 'shop:1', accept });
        new kplus.Secret(chart, 'secret', { ...named('db'), stringData: { password: 'hunter2' } });
      }),
    );
  expect(() => declare()).toThrow(/Secret db has values/);
  expect(() => declare({ 'literal-secret': 'a demo' })).not.toThrow();
});

const withVariables = (env: Record<string, string>) => (chart: Chart) => {
  const { pod } = pairProps();
  const values = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, kplus.EnvValue.fromValue(value)]));
  const sidecars = [{ name: 'proxy', image: 'proxy:1', envVariables: values }];
  return new CanaryPair(chart, 'secrets', pairProps({ name: 'secrets', service: undefined, pod: { ...pod, env: values, sidecars } }));
};

test('variables with literal secrets are named for each track, without their values', () => {
  const found = synthesize(inChart((chart) => void withVariables({ LEVEL: 'info', DB_PASSWORD: 'hunter2' })(chart))).plan.findings;
  const secrets = found.filter(({ code }) => code === 'secret-in-env');
  expect(secrets.map(({ level, message }) => [level, /for (.*), and every/.exec(message)![1]])).toEqual([
    ['warning', 'DB_PASSWORD of main, DB_PASSWORD of proxy'],
    ['warning', 'DB_PASSWORD of main, DB_PASSWORD of proxy'],
  ]);
  expect(JSON.stringify(found)).not.toContain('hunter2');
});

test.each<[string, string, boolean]>([
  ['DB_PASSWORD', 'hunter2', true],
  ['PGPASSWORD', '1234', true],
  ['spring.datasource.password', 'hunter2', true],
  ['clientSecret', 'hunter2', true],
  ['AWS_SECRET_ACCESS_KEY', 'hunter2', true],
  ['SECRET_KEY_BASE', 'hunter2', true],
  ['API_KEY_2', 'hunter2', true],
  ['REDIS_PASS', 'hunter2', true],
  ['DATABASE_URL', 'postgres://me:hunter2@db/shop', true],
  ['CERTIFICATE', '-----BEGIN RSA PRIVATE KEY-----\nMIIE', true],
  ['DB_PASSWORD', '', false],
  ['DB_PASSWORD', '$(OTHER)', false],
  ['DB_PASSWORD', 'vault:secret/data/db#password', false],
  ['USE_TOKEN', 'true', false],
  ['TOKEN_EXPIRY_SECONDS', '3600', false],
  ['PASSWORD_FILE', '/run/secrets/password', false],
  ['TOKEN', '/var/run/secrets/token', false],
  ['SECRET_NAME', 'database', false],
  ['TOKEN', 'https://login.example/token', false],
  ['AWS_ACCESS_KEY_ID', 'AKIA', false],
  ['PARTITION_KEY', 'user', false],
  ['PWD', '/srv', false],
  ['COMPASS', 'north', false],
  ['DATABASE_URL', 'postgres://me:$(DB_PASSWORD)@db/shop', false],
  ['DATABASE_URL', 'postgres://db:5432/shop', false],
])('the variable %s with the value %j: a secret is %p', (name, value, expected) => {
  expect(isSecretVariable(name, value)).toBe(expected);
});

test.each([
  [250, []],
  [300, ['large-config']],
])('a VersionedConfig of %i KiB', (size, codes) => {
  const declare = (chart: Chart) => new VersionedConfig(chart, 'large', { name: 'large', data: { a: 'x'.repeat(size * 1024) } });
  expect(findings(declare).map(({ code }) => code)).toEqual(codes);
});

test('a ConfigMap that both tracks read is noted, and not a VersionedConfig, or a ConfigMap of somebody else', () => {
  const reading = (map: kplus.IConfigMap, chart: Chart) => {
    const { pod } = pairProps();
    return new CanaryPair(chart, 'shop', pairProps({ pod: { ...pod, envFrom: [kplus.Env.fromConfigMap(map)] } }));
  };
  const codes = (make: (chart: Chart) => kplus.IConfigMap) =>
    synthesize(inChart((chart) => void reading(make(chart), chart))).plan.findings.map(({ code, level }) => [code, level]);
  expect(codes((chart) => new kplus.ConfigMap(chart, 'map', { ...named('settings'), data: { a: 'b' } }))).toEqual([
    ['shared-config', 'info'],
  ]);
  expect(codes((chart) => new VersionedConfig(chart, 'map', { name: 'settings', data: { a: 'b' } }))).toEqual([]);
  expect(codes((chart) => kplus.ConfigMap.fromConfigMapName(chart, 'map', 'settings'))).toEqual([]);
});
