import { ApiObject, Testing, Yaml } from 'cdk8s';
import fc from 'fast-check';
import { type Json, type JsonObject, YamlText, joinDocuments, toYaml } from '../../lib/core/yaml';
import { CODE_POINTS } from '../support/code-points';
import { HARD_STRINGS } from '../support/hard-strings';
import { amountOf, oneIn } from '../support/sampling';
import { READERS, isSame } from '../support/yaml-readers';

/** A string in every position in which it can occur. */
const PLACES: readonly ((text: string) => JsonObject)[] = [
  (text) => ({ [text]: text }),
  (text) => ({ nested: { [text]: { [text]: text } } }),
  (text) => ({ list: [text, { [text]: text, z: [text] }, [[text], { [text]: [] }]] }),
];

function expectRoundTrip(document: JsonObject): void {
  const text = toYaml(document);
  for (const { name, read } of READERS) {
    const back = read(text);
    if (!isSame(back, document)) {
      throw new Error(`${name} reads ${JSON.stringify(text)} as ${JSON.stringify(back)}, not as ${JSON.stringify(document)}`);
    }
  }
}

describe('a string that is hard to write reads back as itself', () => {
  const show = (text: string) =>
    text.length > 60 ? `${JSON.stringify(text.slice(0, 20))} and on, ${text.length} long` : JSON.stringify(text);

  test.each(oneIn(amountOf('yaml: one hard string in'), HARD_STRINGS).map((text) => [show(text), text]))('%s', (_, text) => {
    PLACES.forEach((place) => expectRoundTrip(place(text)));
  });
});

describe('laws', () => {
  const RUNS = amountOf('yaml: random documents');
  const strings = fc.oneof(
    fc.string({ unit: CODE_POINTS }),
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom(...' \n\t\r#:-|>?!&*"\'\\aé\u0085\u2028\ufeff') }),
    fc.string({ unit: fc.constantFrom(...'0123456789abefox_.:+-eEXOBT ') }),
    fc.constantFrom(...HARD_STRINGS.filter((text) => text.length < 100)),
  );
  const numbers = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.maxSafeInteger());
  const { document } = fc.letrec<{ json: Json; document: JsonObject }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(strings, numbers, fc.boolean(), fc.constant(null)),
      fc.array(tie('json'), { maxLength: 4 }),
      tie('document'),
    ),
    document: fc.dictionary(strings, tie('json'), { maxKeys: 4, noNullPrototype: true }),
  }));

  test('every string reads back as itself in every position', () => {
    fc.assert(
      fc.property(strings, (text) => PLACES.forEach((place) => expectRoundTrip(place(text)))),
      { numRuns: RUNS },
    );
  });

  test('every document of JSON values reads back as itself', () => {
    fc.assert(
      // JSON has no -0 either.
      fc.property(document, (value) => expectRoundTrip(JSON.parse(JSON.stringify(value)) as JsonObject)),
      { numRuns: RUNS },
    );
  });

  test('the text depends on the content alone, not on the order of insertion', () => {
    const shuffle = (value: Json): Json => {
      if (Array.isArray(value)) {
        return value.map(shuffle);
      }
      return typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([key, item]) => [key, shuffle(item)]),
          )
        : value;
    };
    fc.assert(
      fc.property(document, (value) => {
        const text = toYaml(value);
        expect(toYaml(value)).toBe(text);
        expect(toYaml(shuffle(value) as JsonObject)).toBe(text);
      }),
      { numRuns: RUNS },
    );
  });

  test('no line of a document looks like a separator, because kubectl splits files before it parses them', () => {
    fc.assert(
      fc.property(fc.array(document, { minLength: 1, maxLength: 4 }), (values) => {
        const texts = values.map(toYaml);
        expect(joinDocuments(texts).split(/^---$\n/m)).toEqual(texts);
        texts.forEach((text) => expect(text).not.toMatch(/^(?:---|\.\.\.)/m));
      }),
      { numRuns: RUNS },
    );
  });

  test('a document whose slots are filled in later is the same', () => {
    const chosen = fc.infiniteStream(fc.integer({ min: 0, max: 3 }));
    fc.assert(
      fc.property(document, chosen, (value, stream) => {
        const values: Json[] = [];
        const opened = (json: Json): Json => {
          if (stream.next().value === 0) {
            return `\u0000open ${values.push(json) - 1}`;
          }
          if (Array.isArray(json)) {
            return json.map(opened);
          }
          return typeof json === 'object' && json !== null ? openedObject(json) : json;
        };
        const openedObject = (json: JsonObject) => Object.fromEntries(Object.entries(json).map(([key, item]) => [key, opened(item)]));
        const placeOf = (json: Json) => (typeof json === 'string' && json.startsWith('\u0000open ') ? Number(json.slice(6)) : undefined);
        const text = new YamlText(openedObject(value), placeOf);
        expect(text.fill((place) => values[place]!)).toBe(toYaml(value));
        // A second time, because a text is filled in once per stage.
        expect(text.fill((place) => values[place]!)).toBe(toYaml(value));
      }),
      { numRuns: RUNS },
    );
  });

  test('invisible characters are escaped, so that a reviewer sees every character', () => {
    fc.assert(
      fc.property(document, (value) => expect(toYaml(value)).not.toMatch(/(?![\n\t ])[\p{Cc}\p{Z}\p{DI}]/u)),
      { numRuns: RUNS },
    );
  });
});

describe('numbers', () => {
  test.each<[number, string]>([
    [0, '0'],
    [-0, '0'],
    [-1, '-1'],
    [0.1, '0.1'],
    [1e-7, '1.0e-7'],
    [-1e-7, '-1.0e-7'],
    [1.5e-7, '1.5e-7'],
    [2 ** 53, '9007199254740992'],
    [2 ** 63, '9223372036854776000'],
    [2 ** 64, '18446744073709552000'],
    [1e20, '100000000000000000000'],
    [1e21, '1.0e+21'],
    [1.5e300, '1.5e+300'],
    [Number.MAX_VALUE, '1.7976931348623157e+308'],
    [Number.MIN_VALUE, '5.0e-324'],
  ])('%p is written %s', (value, text) => {
    expect(toYaml({ value })).toBe(`value: ${text}\n`);
    READERS.forEach(({ read }) => expect(read(`value: ${text}\n`)).toEqual({ value: value + 0 }));
  });
});

describe('style', () => {
  test.each<[string, string]>([
    ['v1.1', 'v1.1'],
    ['1.1', '"1.1"'],
    ['25%', '25%'],
    ['100m', '100m'],
    ['64Mi', '64Mi'],
    ['nginx:1.27@sha256:ab', 'nginx:1.27@sha256:ab'],
    ['--port=8080', '--port=8080'],
    ['sh -c "echo $A; [ -f b ] && c"', 'sh -c "echo $A; [ -f b ] && c"'],
    ['결제 서비스 😀', '결제 서비스 😀'],
    ['a: b', '"a: b"'],
    ['a #b', '"a #b"'],
    ['', '""'],
    ['zero\u200bwidth', '"zero\\u200bwidth"'],
    ['\u{e0041}', '"\\U000e0041"'],
    ['a\nb', '|-\n  a\n  b'],
    ['a\n\n\tb\n', '|\n  a\n\n  \tb\n'.trimEnd()],
    ['\na\n', '|2\n\n  a'],
    ['  a\nb', '|2-\n    a\n  b'],
    ['a \nb', '"a \\nb"'],
    ['a\n\n', '"a\\n\\n"'],
    ['a\r\nb', '"a\\r\\nb"'],
  ])('the style of %j', (value, text) => {
    expect(toYaml({ value })).toBe(`value: ${text}\n`);
  });

  test('empty maps and lists are written as {} and []', () => {
    expect(toYaml({})).toBe('{}\n');
    expect(toYaml({ a: {}, b: [], c: [{}, [], [[]], null] })).toBe('a: {}\nb: []\nc:\n  - {}\n  - []\n  - - []\n  - null\n');
  });

  test('a key of more than 1,024 characters has a question mark before it', () => {
    const key = 'k'.repeat(1025);
    expect(toYaml({ [key]: { a: [{ [key]: 1 }] } })).toBe(`? ${key}\n:\n  a:\n    - ? ${key}\n      : 1\n`);
  });
});

describe("cdk8s's style", () => {
  /** Renders a document as a cdk8s chart does, with the key order and the emitter of cdk8s. */
  const byCdk8s = (document: JsonObject) =>
    Yaml.stringify(new ApiObject(Testing.chart(), 'object', document as unknown as { apiVersion: string; kind: string }).toJson());

  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  const deployment = (name: string, version: string, color: string): JsonObject => ({
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    spec: {
      replicas: 3,
      selector: { matchLabels: { target: 'canary-pod' } },
      template: {
        metadata: { labels: { target: 'canary-pod', version, color } },
        spec: {
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          containers: [
            {
              name: 'servicedemo',
              image: 'scubakiz/servicedemo:1.0',
              ports: [{ containerPort: 80, protocol: 'TCP' }],
              imagePullPolicy: 'Always',
              env: [
                { name: 'IMAGE_COLOR', value: color },
                field('NODE_IP', 'status.hostIP'),
                field('NODE_NAME', 'spec.nodeName'),
                field('POD_IP', 'status.podIP'),
                field('POD_NAME', 'metadata.name'),
                field('POD_NAMESPACE', 'metadata.namespace'),
              ],
            },
          ],
        },
      },
    },
    metadata: { name },
  });
  const service: JsonObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'canary-svc' },
    spec: { ports: [{ name: 'web', port: 8080, targetPort: 80 }], selector: { target: 'canary-pod' }, type: 'LoadBalancer' },
  };
  const configMap: JsonObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'config',
      annotations: { owner: '결제 팀', note: 'see https://example.com/a?b=c#d, then sh -c "exit 1"' },
    },
    data: {
      'nginx.conf': 'server {\n  listen 80;\n\n  location / {\n    return 200 "ok: $host";\n  }\n}\n',
      'run.sh': '#!/bin/sh\nset -eu\nexec app --verbose # now',
      Makefile: 'all:\n\tgo build ./...\n',
      'indented.txt': '  a\nb\n',
      empty: '',
    },
    binaryData: {},
    immutable: false,
  };

  test.each([
    ['the stable Deployment', deployment('canary-1-dep', '1.0', 'yellow')],
    ['the canary Deployment', deployment('canary-2-dep', '1.1', 'red')],
    ['the Service', service],
    ['a ConfigMap with texts', configMap],
  ])('%s has the same bytes', (_, document) => {
    expect(toYaml(document)).toBe(byCdk8s(document));
  });

  /** All differences from cdk8s. The first two rows are guaranteed, the others are a matter of style. */
  test.each<[string, Json, string, string]>([
    ['strings that parsers misread as numbers are quoted', '0o14', '"0o14"', '0o14'],
    ['invisible characters are escaped', 'a\u2028b', '"a\\u2028b"', 'a\u2028b'],
    ['only double quotes are written', 'say "a: b"', '"say \\"a: b\\""', `'say "a: b"'`],
    ['harmless strings with an odd start are quoted', '42abc', '"42abc"', '42abc'],
    ['harmless strings with an odd start are quoted', '(a)', '"(a)"', '(a)'],
    ['lines that end in blanks are quoted', 'a \nb', '"a \\nb"', '|-\n  a \n  b'],
    ['several line feeds at the end are quoted', 'a\n\n', '"a\\n\\n"', '|+\n  a\n'],
    ['a text whose first line is empty or starts with a tab has an indentation indicator', '\ta\nb', '|2-\n  \ta\n  b', '|-\n  \ta\n  b'],
    ['floats have a point', 1e-7, '1.0e-7', '1e-7'],
    ['minus zero is written as 0', -0, '0', '-0'],
  ])('%s: %j', (_, value, ours, theirs) => {
    expect(toYaml({ value })).toBe(`value: ${ours}\n`);
    expect(Yaml.stringify({ value })).toBe(`value: ${theirs}\n`);
  });

  test('numeric keys are sorted as text, whereas a JavaScript object puts them first', () => {
    const document = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { '10': 'a', '9': 'b', '-': 'c' } };
    expect(toYaml(document)).toContain('data:\n  "-": c\n  "10": a\n  "9": b\n');
    expect(byCdk8s(document)).toContain('data:\n  "9": b\n  "10": a\n  "-": c\n');
  });
});
