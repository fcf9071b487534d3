import { join } from 'node:path';
import { ApiObject, App, Chart, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { CanaryPair, type CanaryPairProps, Promotion, Stages, VersionedConfig } from '../lib';
import { PAIR_LABEL } from '../lib/core/labels';
import { type Output, inChart, pairProps, synthesize } from './support/apps';

type Data = Record<string, string>;

const config = (chart: Chart, id: string, data: Data, more: object = {}) =>
  new VersionedConfig(chart, id, { name: 'shop-settings', data, ...more });

/** A pair whose tracks read configuration of their own as variables. */
function pairWith(chart: Chart, stable: Data, canary: Data, more: Partial<CanaryPairProps> = {}): CanaryPair {
  const [old, next] = [config(chart, 'settings-a', stable), config(chart, 'settings-b', canary)];
  const props = pairProps(more);
  return new CanaryPair(chart, 'shop', {
    ...props,
    stable: { ...props.stable, envFrom: [kplus.Env.fromConfigMap(old)] },
    canary: { ...props.canary!, envFrom: [kplus.Env.fromConfigMap(next)] },
  });
}

const configMaps = (output: Output, folder: string) => output.objects(folder).filter(({ kind }) => kind === 'ConfigMap');
const names = (output: Output, folder: string): string[] => configMaps(output, folder).map(({ metadata }) => metadata.name as string);
const errorOf = (declare: (chart: Chart) => unknown) => {
  try {
    synthesize(inChart((chart) => void declare(chart)));
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
};

const [HELLO, HI] = [{ GREETING: 'hello' }, { GREETING: 'hi' }];
const [HELLO_NAME, HI_NAME] = ['shop-settings-8fc4852c20', 'shop-settings-a4d3adbe31'];

describe('two tracks with contents of their own', () => {
  const output = synthesize(inChart((chart) => void pairWith(chart, HELLO, HI)));

  test('every folder has both objects, the same in each, before the Deployments that read them', () => {
    const [first, ...others] = output.folders().map((folder) => configMaps(output, folder));
    expect(first).toEqual([
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: HELLO_NAME, labels: { [PAIR_LABEL]: 'shop' } },
        immutable: true,
        data: HELLO,
      },
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: HI_NAME, labels: { [PAIR_LABEL]: 'shop' } },
        immutable: true,
        data: HI,
      },
    ]);
    expect(others.length).toBeGreaterThan(4);
    others.forEach((objects) => expect(objects).toEqual(first));
    for (const folder of output.folders()) {
      const kinds = output.objects(folder).map(({ kind }) => kind as string);
      expect(kinds.lastIndexOf('ConfigMap')).toBeLessThan(kinds.indexOf('Deployment'));
    }
  });

  test('a manifest begins with them', () => {
    const [first] = output.files['stage-10/chart.k8s.yaml']!.split('---\n');
    expect(first).toMatchInlineSnapshot(`
     "apiVersion: v1
     kind: ConfigMap
     metadata:
       labels:
         cdk8s-canary/pair: shop
       name: shop-settings-8fc4852c20
     data:
       GREETING: hello
     immutable: true
     "
    `);
  });

  test('each track refers to its own in every folder, and plan.json says which', () => {
    for (const folder of output.folders()) {
      const read = (name: string) =>
        output.object(folder, 'Deployment', name).spec.template.spec.containers[0].envFrom[0].configMapRef.name as string;
      expect([read('shop-a'), read('shop-b')]).toEqual([HELLO_NAME, HI_NAME]);
    }
    expect(output.plan.pairs[0]).toMatchObject({ stable: { configs: [HELLO_NAME] }, canary: { configs: [HI_NAME] } });
    expect(output.plan.pairs[0]).not.toHaveProperty('configuration');
    expect(output.plan.findings).toEqual([]);
  });

  test('another content of one track is another template digest of that track, and nothing of the other changes', () => {
    const [before, after] = [output, synthesize(inChart((chart) => void pairWith(chart, HELLO, { GREETING: 'hey' })))].map(
      ({ plan }) => plan.pairs[0]!,
    );
    expect(after!.stable).toEqual(before!.stable);
    expect(after!.canary!.template).not.toBe(before!.canary!.template);
    expect(after!.release).toBe(before!.release);
  });
});

test('two tracks of equal content share one object, whatever the order of its keys', () => {
  const [one, other] = [
    { A: '1', B: '2' },
    { B: '2', A: '1' },
  ];
  const output = synthesize(inChart((chart) => void pairWith(chart, one, other)));
  output.folders().forEach((folder) => expect(names(output, folder)).toHaveLength(1));
  const { stable, canary } = output.plan.pairs[0]!;
  expect(stable.configs).toEqual(canary!.configs);
  expect(output.plan.pairs[0]).not.toHaveProperty('configuration');
  const app = new App();
  const chart = new Chart(app, 'chart');
  const [a, b] = [config(chart, 'a', one), config(chart, 'b', other)];
  expect(ApiObject.of(b)).toBe(ApiObject.of(a));
  expect(b.name).toBe(a.name);
});

test('a promotion that rolls, a single variable and a volume with items, and all stages of a plain app', () => {
  const declare = (chart: Chart) => {
    const [old, next] = [config(chart, 'a', HELLO), config(chart, 'b', HI)];
    const reading = (id: string, map: VersionedConfig) => ({
      env: { WORD: kplus.EnvValue.fromConfigMap(map, 'GREETING') },
      volumeMounts: [
        {
          path: '/etc/greeting',
          subPath: 'word',
          volume: kplus.Volume.fromConfigMap(chart, id, map, { items: { GREETING: { path: 'word' } } }),
        },
      ],
    });
    const props = pairProps({ promotion: Promotion.ROLL });
    new CanaryPair(chart, 'shop', {
      ...props,
      stable: { ...props.stable, ...reading('old', old) },
      canary: { ...props.canary!, ...reading('new', next) },
    });
  };
  const output = synthesize(inChart(declare));
  const reads = (folder: string, name: string) =>
    JSON.stringify(output.object(folder, 'Deployment', name).spec.template)
      .match(/"name":"shop-settings-\w+/g)
      ?.map((text) => text.slice(8));
  expect(reads('stage-0', 'shop-a')).toEqual([HELLO_NAME, HELLO_NAME]);
  expect(reads('promoted', 'shop-a')).toEqual([HI_NAME, HI_NAME]);
  output.folders().forEach((folder) => expect(names(output, folder)).toEqual([HELLO_NAME, HI_NAME]));
  for (const folder of output.folders()) {
    const app = new App();
    const chart = new Chart(app, 'chart');
    Stages.select(app, folder);
    declare(chart);
    const plain = (chart.toJson() as Data[]).filter(({ kind }) => kind === 'ConfigMap').map(({ data }) => data);
    expect(plain).toEqual([HELLO, HI]);
  }
});

test('text, bytes, files and directories: a file that is not text is kept as bytes', () => {
  const folder = join(__dirname, 'fixtures', 'config');
  const output = synthesize(
    inChart((chart) => {
      new VersionedConfig(chart, 'all', {
        name: 'all',
        namespace: 'shop',
        data: { GREETING: 'hello' },
        binaryData: { bytes: 'AP8Q' },
        files: { 'main.conf': join(folder, 'nginx.conf') },
        directories: [{ path: folder, keyPrefix: 'dir-', exclude: ['*.md'] }],
      });
    }),
  );
  expect(output.object('stage-0', 'ConfigMap')).toMatchObject({
    metadata: { namespace: 'shop' },
    data: { GREETING: 'hello', 'main.conf': 'worker_processes 1;\n', 'dir-nginx.conf': 'worker_processes 1;\n' },
    binaryData: { bytes: 'AP8Q', 'dir-store.bin': 'AP8Q' },
  });
  expect(Object.keys(output.object('stage-0', 'ConfigMap').data as object)).not.toContain('dir-notes.md');
});

describe('whose an object is', () => {
  test('that of the pair whose pods read it, the first by name if several do, and of none otherwise', () => {
    const output = synthesize(
      inChart((chart) => {
        const [shared, alone] = [config(chart, 'shared', HELLO), config(chart, 'alone', HI)];
        expect(alone.name).toBe(HI_NAME);
        for (const name of ['web', 'cart']) {
          const props = pairProps({ service: { name, ports: [{ port: 80 }] } });
          new CanaryPair(chart, name, {
            ...props,
            pod: { ...props.pod, envFrom: [kplus.Env.fromConfigMap(shared)] },
            stable: { ...props.stable, name: `${name}-a` },
            canary: { ...props.canary!, name: `${name}-b` },
          });
        }
      }),
    );
    const owners = configMaps(output, 'stage-0').map(({ metadata }) => [metadata.name, metadata.labels?.[PAIR_LABEL]]);
    expect(Object.fromEntries(owners)).toEqual({ [HELLO_NAME]: 'cart', [HI_NAME]: undefined });
  });

  test('the label of a pair in another namespace is not given', () => {
    const output = synthesize(
      inChart((chart) => {
        new VersionedConfig(chart, 'there', { name: 'shop-settings', namespace: 'there', data: HELLO });
        pairWith(chart, HELLO, HI, { namespace: undefined });
      }),
    );
    const there = configMaps(output, 'stage-0').find(({ metadata }) => metadata.namespace === 'there')!;
    expect(there.metadata.labels).toBeUndefined();
  });
});

test('equal ones in two charts are refused with the way to share one', () => {
  const declare = (app: App) => ['one', 'two'].forEach((id) => config(new Chart(app, id), 'c', HELLO));
  expect(() => synthesize(declare)).toThrow(
    `[two/c/Resource] ConfigMap ${HELLO_NAME}: got the same name as one/c/Resource; must be unique in the namespace, because the object that is applied last would overwrite the other; declare the VersionedConfig once, and pass it to both charts`,
  );
});

describe('refused', () => {
  test.each<[string, (chart: Chart) => unknown, string]>([
    [
      'a name without room for the hash',
      (chart) => config(chart, 'c', HELLO, { name: 'x'.repeat(243) }),
      `name: got "${'x'.repeat(243)}"; must be lower-case letters, digits, "-" and ".", at most 242 of them, because a hash of 10 digits is appended; try "shop-settings"`,
    ],
    [
      'more than the API server stores',
      (chart) => config(chart, 'c', { a: 'x'.repeat(1024 * 1024), b: 'y' }),
      `data: got "1048577 bytes"; must be at most 1048576 bytes in all, the API server's limit for a ConfigMap; try two VersionedConfigs, or a volume that is filled when the pod starts`,
    ],
    [
      'no content',
      (chart) => config(chart, 'c', {}),
      `data: got undefined; must have at least one key, here or in binaryData, files or directories; try { GREETING: 'hello' }`,
    ],
    ['a number', (chart) => config(chart, 'c', { PORT: 80 } as never), 'data["PORT"]: got 80; must be a string; try "80"'],
    [
      'a key that is no name of a file',
      (chart) => config(chart, 'c', { 'a/b': '' }),
      'data["a/b"], key: got "a/b"; must be letters, digits, "-", "_" and ".", at most 253 of them, and not begin with ".."',
    ],
    [
      'a key twice',
      (chart) => config(chart, 'c', { a: '' }, { binaryData: { a: '' } }),
      'binaryData["a"], key: got "a"; must be used once; try another key',
    ],
    [
      'base64 without padding',
      (chart) => config(chart, 'c', HELLO, { binaryData: { a: 'eA' } }),
      `binaryData["a"]: got "eA"; must be base64 of RFC 4648, with padding and without spaces; try Buffer.from(bytes).toString('base64')`,
    ],
    [
      'a file that is not there',
      (chart) => config(chart, 'c', HELLO, { files: { a: 'no/such.file' } }),
      'files["a"]: got "no/such.file"; must be the path of a file that can be read; try a path from the folder in which the app runs',
    ],
    [
      'a directory that is not there',
      (chart) => config(chart, 'c', HELLO, { directories: [{ path: 'no/such' }] }),
      'directories[0].path: got "no/such"; must be the path of a directory that can be read; try a path from the folder in which the app runs',
    ],
    [
      'a property that does not exist',
      (chart) => config(chart, 'c', HELLO, { immutable: false }),
      'immutable: got false; must be a property that exists',
    ],
  ])('%s', (_, declare, sentence) => expect(errorOf(declare)).toContain(`[chart/c] ${sentence}`));

  test('a patch of the content, because its name is the hash of it, but not one of labels', () => {
    const patched = (patch: JsonPatch) => (chart: Chart) => ApiObject.of(config(chart, 'c', HELLO)).addJsonPatch(patch);
    for (const patch of [
      JsonPatch.replace('/data/GREETING', 'hi'),
      JsonPatch.remove('/immutable'),
      JsonPatch.replace('/metadata/name', 'mine'),
    ]) {
      expect(errorOf(patched(patch))).toMatch(/a patch changed its name or its content, which the name is a hash of/);
    }
    expect(errorOf(patched(JsonPatch.add('/metadata/labels', { team: 'shop' })))).toBeUndefined();
  });

  test('one that is of another app, or in another namespace than the pods', () => {
    const foreign = config(new Chart(new App(), 'other'), 'c', { FOREIGN: 'yes' });
    const reading = (chart: Chart, map: kplus.IConfigMap, more: Partial<CanaryPairProps> = {}) => {
      const props = pairProps(more);
      new CanaryPair(chart, 'shop', { ...props, pod: { ...props.pod, env: { WORD: kplus.EnvValue.fromConfigMap(map, 'FOREIGN') } } });
    };
    expect(errorOf((chart) => reading(chart, foreign))).toContain(
      `[chart/shop/stable] shop-a reads ConfigMap ${foreign.name} of the VersionedConfig other/c, which this app does not write without a namespace, so its pods could not start; declare the VersionedConfig in this app, with the namespace of the pair`,
    );
    expect(
      errorOf((chart) => reading(chart, config(chart, 'c', { FOREIGN: 'yes' }, { namespace: 'there' }), { namespace: 'here' })),
    ).toContain('which this app does not write to namespace here');
    expect(
      errorOf((chart) => reading(chart, config(chart, 'c', { FOREIGN: 'yes' }, { namespace: 'here' }), { namespace: 'here' })),
    ).toBeUndefined();
    const accept = { 'config-elsewhere': 'another app writes it first' };
    expect(errorOf((chart) => reading(chart, foreign, { accept }))).toBeUndefined();
    expect(errorOf((chart) => reading(chart, kplus.ConfigMap.fromConfigMapName(chart, 'by-name', 'settings-of-somebody')))).toBeUndefined();
  });

  test('a volume whose name cdk8s-plus makes too long from that of the object', () => {
    const declare = (chart: Chart, options: kplus.ConfigMapVolumeOptions) => {
      const map = config(chart, 'c', HELLO, { name: 'settings.of.the.shop' });
      const props = pairProps();
      const volume = kplus.Volume.fromConfigMap(chart, 'volume', map, options);
      new CanaryPair(chart, 'shop', { ...props, pod: { ...props.pod, volumeMounts: [{ path: '/config', volume }] } });
    };
    expect(errorOf((chart) => declare(chart, {}))).toMatch(
      /volumes\[0\]\.name: got "configmap-settings\.of\.the\.shop-8fc4852c20"; must .*try the option name/,
    );
    expect(errorOf((chart) => declare(chart, { name: 'settings' }))).toBeUndefined();
  });
});

test('a second synth writes the same files', () => {
  const declare = inChart((chart) => void pairWith(chart, HELLO, HI));
  expect(synthesize(declare).files).toEqual(synthesize(declare).files);
});
