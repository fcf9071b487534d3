import { readRe2 } from '../../lib/core/re2';

/** Each was compared with Go's `regexp`, which Istio's webhook uses. */
const ACCEPTED = [
  ...[
    '.*',
    '^(.*;)?(canary=on)(;.*)?$',
    '[a-z]+\\.example\\.com',
    'a*?b+?c??',
    '(?:a{2}){3}',
    'a{,3}',
    'a{',
    'a{02}',
    '{',
    '}',
    'a|',
    '()',
  ],
  ...['(?i)/(?P<name>a|b)(?s:.*)', '(?<name>x)', '(?-i:a)', '(?imsU-s)x', '^*', '\\b+', '\\Aa\\z', '\\B'],
  ...['\\d\\D\\s\\S\\w\\W', '\\pL', '\\p{Greek}', '\\P{^Lu}', '[[:alpha:][:^digit:]_]', '[]a]', '[^]a]', '[a-]', '[-a]', '[[:]', '[a&&b]'],
  ...['\\x41\\x{10FFFF}\\07\\12', '\\Q(?=a\\E*', '\\Q', '\\-\\/\\.\\ ', 'é', '😀+', 'a{1000}', '(a{10}){100}'],
];

const REFUSED: [string, string][] = [
  ['a(?=b)', ', which has no look-around: "(?="'],
  ['a(?!b)', ', which has no look-around: "(?!"'],
  ['(?<=a)b', ', which has no look-around: "(?<="'],
  ['(?<!a)b', ', which has no look-around: "(?<!"'],
  ['(a)\\1', ', which has no back-reference: "\\1"'],
  ['(a)\\9', ', which has no back-reference: "\\9"'],
  ['(?P<n>a)\\k<n>', ', which has no back-reference: "\\k"'],
  ['(?P<n>a)(?P=n)', ', which has no group of this kind: "(?P="'],
  ['(?P<n>a)(?P>n)', ', which has no group of this kind: "(?P>"'],
  ['(?P<n>a)(?P<n>b)', ', which has no second group called "n"'],
  ['(?>a)', ', which has no group of this kind: "(?>"'],
  ['(?#a)', ', which has no group of this kind: "(?#"'],
  ['(?R)', ', which has no group of this kind: "(?R)"'],
  ['(?1)', ', which has no group of this kind: "(?1"'],
  ['(?|a)', ', which has no group of this kind: "(?|"'],
  ['(?x)a', ', which has no group that begins with "(?x)"'],
  ['a++', ', which has no "+" right after another repetition, as in possessive quantifiers'],
  ['a*+', ', which has no "+" right after another repetition, as in possessive quantifiers'],
  ['a{2}{3}', ', which has no "{3}" right after another repetition, as in possessive quantifiers'],
  ['*a', ', which has no "*" without something before it to repeat'],
  ['(|+)', ', which has no "+" without something before it to repeat'],
  ['a{1001}', ', which has no repetition such as "{1001}": at most 1000, and the smaller number first'],
  ['a{3,2}', ', which has no repetition such as "{3,2}": at most 1000, and the smaller number first'],
  ['(a{100}){11}', ', which has no more than 1000 repetitions, nested ones multiplied'],
  ['a\\Z', ', which has no escape "\\Z"'],
  ['\\h', ', which has no escape "\\h"'],
  ['\\cA', ', which has no escape "\\c"'],
  ['\\u0041', ', which has no escape "\\u"'],
  ['[\\b]', ', which has no escape "\\b"'],
  ['a\\', ', which has no escape "\\"'],
  ['\\p{Alphabetic}', ', which has no property "\\p{Alphabetic}"'],
  ['[[:word1:]]', ', which has no class "[:word1:]"'],
  ['[z-a]', ', which has no range from "z" to "a"'],
  ['\\x{110000}', ', which has no character "\\x{110000}"'],
  ['[a', ' in which every "[" is closed'],
  ['[^]', ' in which every "[" is closed'],
  ['(a', ' in which every "(" is closed'],
  ['a)', ' in which every ")" closes a "("'],
  ['é'.repeat(513), ' of at most 1024 characters'],
];

test.each(ACCEPTED)('RE2 has %s', (text) => {
  expect(readRe2(text).problem).toBeUndefined();
});

test.each(REFUSED)('RE2 refuses %s', (text, problem) => {
  expect(readRe2(text).problem).toBe(problem.trimStart());
});

test.each([
  ['(?i)ab', 'AB', true],
  ['[[:alpha:]]+', 'aZ', true],
  ['[[:alpha:]]+', 'a1', false],
  ['\\Qa.b\\E+', 'a.bb', true],
  ['\\Qa.b\\E', 'axb', false],
  ['\\x{61}\\142', 'ab', true],
  ['a|b', 'ab', false],
  ['a.*', 'a\n', true],
])('%s matches %j as a whole: %s', (text, value, expected) => {
  expect(readRe2(text).pattern!.test(value)).toBe(expected);
});
