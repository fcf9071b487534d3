import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { type ConfigContent, configName, contentBytes, contentOf, isNamedByContent, sameConfig } from '../../lib/core/config-content';
import { CODE_POINTS } from '../support/code-points';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const content = (data: Record<string, string>, binaryData: Record<string, string> = {}): ConfigContent => ({ data, binaryData });
const named = (of: ConfigContent, name = 'settings') => configName(name, of, sha256);

/**
 * Frozen: a name is part of the pod templates of every user, so another name for the same content restarts their pods with an update of the
 * library.
 */
test.each([
  [content({}), 'settings-643d543710'],
  [content({ GREETING: 'hello' }), 'settings-8fc4852c20'],
  [content({ GREETING: 'hello', COLOUR: 'red' }), 'settings-4e18b8535d'],
  [content({ 'app.conf': 'a = 1\nb = "ü"\n' }), 'settings-ea5b7a694e'],
  [content({ a: '' }), 'settings-1a413e4e1b'],
  [content({}, { store: 'AP8Q' }), 'settings-ff172b4836'],
  [content({ a: 'x' }, { b: 'eA==' }), 'settings-bc233a9a7b'],
])('%j is called %s', (of, name) => expect(named(of)).toBe(name));

const KEY = fc.stringMatching(/^[-._a-zA-Z0-9]{1,8}$/);
const BASE64 = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('base64'));
const CONTENT: fc.Arbitrary<ConfigContent> = fc.record({
  data: fc.dictionary(KEY, fc.string({ unit: CODE_POINTS }), { maxKeys: 5, noNullPrototype: true }),
  binaryData: fc.dictionary(KEY, BASE64, { maxKeys: 3, noNullPrototype: true }),
});

const reversed = (map: Readonly<Record<string, string>>) => Object.fromEntries(Object.entries(map).reverse());

test('the order of the keys changes no name', () => {
  fc.assert(
    fc.property(CONTENT, (of) => {
      const other = { data: reversed(of.data), binaryData: reversed(of.binaryData) };
      expect(named(other)).toBe(named(of));
      expect(sameConfig(of, other)).toBe(true);
    }),
  );
});

test('two contents have the same name if they are equal, and only then', () => {
  fc.assert(
    fc.property(CONTENT, CONTENT, (a, b) => {
      const sorted = (map: Readonly<Record<string, string>>) => Object.entries(map).sort();
      const isEqual = JSON.stringify([sorted(a.data), sorted(a.binaryData)]) === JSON.stringify([sorted(b.data), sorted(b.binaryData)]);
      expect(named(a) === named(b)).toBe(isEqual);
      expect(sameConfig(a, b)).toBe(isEqual);
    }),
  );
});

test('any change of a value, of a key, or from text to bytes is another name', () => {
  fc.assert(
    fc.property(CONTENT, KEY, fc.string(), (of, key, value) => {
      fc.pre(!(key in of.data) && !(key in of.binaryData));
      const names = [
        of,
        { ...of, data: { ...of.data, [key]: value } },
        { ...of, data: { ...of.data, [key]: `${value}x` } },
        { ...of, data: { ...of.data, [`${key}x`]: value, [key]: value } },
        { ...of, binaryData: { ...of.binaryData, [key]: Buffer.from(value).toString('base64') } },
      ].map((one) => named(one));
      expect(new Set(names).size).toBe(names.length);
    }),
  );
});

test('text cannot be written so that it looks like the end of a key or of another value', () => {
  const tricky = [
    content({ a: '","b","' }),
    content({ a: '', b: '' }),
    content({ a: '"],["b"' }),
    content({ 'a"': '' }),
    content({ a: '\\"' }),
  ];
  expect(new Set(tricky.map((of) => named(of))).size).toBe(tricky.length);
});

test('an object is named by its content only if the hash is that of the content', () => {
  const of = content({ GREETING: 'hello' });
  expect(isNamedByContent(named(of), of, sha256)).toBe(true);
  expect(isNamedByContent(named(of), content({ GREETING: 'hi' }), sha256)).toBe(false);
  expect(isNamedByContent('settings', of, sha256)).toBe(false);
  expect(isNamedByContent(named(of).replace('-', ''), of, sha256)).toBe(false);
});

test('the size is that of the bytes, and an object without data has none', () => {
  expect(contentBytes(content({ a: 'ü', b: 'xy' }, { c: 'AP8Q' }))).toBe(7);
  expect(contentBytes(contentOf({}))).toBe(0);
  expect(contentOf({ data: { a: 'b' } })).toEqual(content({ a: 'b' }));
});
