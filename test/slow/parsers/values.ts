import { Chance } from '../../support/chance';
import { HARD_STRINGS } from '../../support/hard-strings';

const DIGITS = [...'0123456789'];
const NUMBERLIKE = [...'00112233456789', ...'abcdefABCDEFxXoO', ...'__..::++--eEbBtTzZ', ...' infINFnaN,%'];
const WORDS = ['y', 'n', 'yes', 'no', 'on', 'off', 'true', 'false', 'null', 'nil', 'inf', 'nan', '.inf', '.nan', '~', '<<', '='];
const PRINTABLE = Array.from({ length: 0x5f }, (_, index) => String.fromCharCode(0x20 + index));
const INDICATORS = [...'-?:,[]{}#&*!|>\'"%@` =<~\\/.ab1'];
const TEXT = [
  '\n',
  '\n',
  '\n\n',
  ' ',
  '  ',
  '\t',
  'a',
  'b c',
  '#',
  '- ',
  ': ',
  ' #',
  '---',
  '...',
  '|',
  '>',
  '"',
  "'",
  '\\',
  'x:',
  '가',
  '1',
];
const BLANK = [...'  \n\n\t\r\u0085\u00a0\u2028\u2029\u3000\u200b\ufeff', 'a', 'b', '\r\n', '0', '-', ':', '#'];
const LINE = [
  'set -eu',
  'echo "$a: b" # c',
  'if true; then',
  '  exit 1',
  'fi',
  '\tgo build',
  '',
  '',
  '- a: b',
  'key: value',
  '# 주석',
  '{',
  '  "a": 1',
  '}',
  '---',
];

/** A lone surrogate is not valid text, and no writer accepts it. */
const RANGES = [
  ...([
    [0, 0x1f],
    [0x20, 0x7e],
    [0x7f, 0xa0],
    [0xa1, 0x17f],
    [0x300, 0x36f],
    [0x590, 0x6ff],
    [0x1100, 0x11ff],
    [0x17b0, 0x180f],
  ] as const),
  ...([
    [0x1680, 0x1680],
    [0x2000, 0x206f],
    [0x2190, 0x27bf],
    [0x2fff, 0x3164],
    [0xac00, 0xd7ff],
    [0xe000, 0xe0ff],
    [0xfb00, 0xffff],
  ] as const),
  ...([
    [0x10000, 0x100ff],
    [0x1f300, 0x1faff],
    [0x20000, 0x2a6df],
    [0xe0000, 0xe01ef],
    [0x10ff00, 0x10ffff],
    [0x10000, 0x10ffff],
  ] as const),
];

/** A string in the shape of a number, a time or a date. */
function shaped(chance: Chance): string {
  const digits = () => chance.some([...DIGITS, '_'], 1, 4);
  const sign = chance.one(['', '', '', '-', '+']);
  const shape = chance.below(7);
  switch (shape) {
    case 0:
      return sign + chance.one(['0x', '0X', '0o', '0O', '0b', '0B', '0']) + chance.some([...'0123456789abcdefABCDEF_'], 0, 5);
    case 1:
      return `${sign}${digits()}${chance.one(['', '.', `.${digits()}`])}${chance.one(['e', 'E'])}${chance.one(['', '+', '-'])}${digits()}`;
    case 2:
      return `${sign}${chance.one(['', digits()])}.${chance.one(['', digits()])}`;
    case 3:
      return `${sign}${digits()}:${chance.some(DIGITS, 1, 2)}${chance.one(['', `:${chance.some(DIGITS, 1, 2)}`, `.${digits()}`])}`;
    case 4: {
      const date = `${chance.some(DIGITS, 4, 4)}-${chance.some(DIGITS, 1, 2)}-${chance.some(DIGITS, 1, 2)}`;
      const time = `${chance.one(['T', 't', ' '])}${chance.some(DIGITS, 2, 2)}:${chance.some(DIGITS, 2, 2)}:${chance.some(DIGITS, 2, 2)}`;
      return date + chance.one(['', time, `${time}Z`, `${time}.5+09:00`]);
    }
    case 5:
      return digits() + chance.one(['%', 'm', 'k', 'Ki', 'Mi', 'Gi', 'Ti', 's', 'n', 'e', 'f', 'L', ',', '/']);
    default:
      return `${digits()}.${digits()}.${digits()}${chance.one(['', '-rc.1', `.${digits()}`, '/24'])}`;
  }
}

function worded(chance: Chance): string {
  const word = [...chance.one(WORDS)].map((char) => (chance.below(2) === 0 ? char.toUpperCase() : char)).join('');
  return chance.one(['', '', '', '-', '+', '.', ' ', 'a']) + word + chance.one(['', '', '', ' ', ':', '.', '\n', '1', '_', ' #', ': a']);
}

/** A string of about the length at which YAML requires another form for a key. */
function long(chance: Chance): string {
  return chance.some(['a', 'a', '1', ' ', '가', '😀', '\u0000', '"', ': '], 500, 1100);
}

const KINDS: readonly { readonly share: number; readonly make: (chance: Chance) => string }[] = [
  { share: 300, make: (chance) => chance.some(NUMBERLIKE, 1, 8) },
  { share: 200, make: shaped },
  { share: 60, make: worded },
  { share: 80, make: (chance) => chance.some(PRINTABLE, 1, 12) },
  { share: 80, make: (chance) => chance.some(INDICATORS, 1, 6) },
  { share: 80, make: (chance) => chance.some(TEXT, 1, 8) },
  { share: 60, make: (chance) => chance.some(BLANK, 1, 6) },
  { share: 30, make: (chance) => Array.from({ length: 1 + chance.below(6) }, () => chance.one(LINE)).join('\n') + chance.one(['', '\n']) },
  { share: 107, make: (chance) => Array.from({ length: 1 + chance.below(6) }, () => chance.within(RANGES)).join('') },
  { share: 3, make: long },
];
const KIND_OF = KINDS.flatMap((kind) => Array.from({ length: kind.share }, () => kind));

/** The characters that decide whether a parser reads a text or another type. Every string of up to three of them is tested. */
const DECISIVE = [...'01789aeEfnNoOyxXbB_.:+-~=<#\'"|&*!%? \n\t'];

function everyShortString(): string[] {
  const ones = DECISIVE;
  const twos = ones.flatMap((first) => DECISIVE.map((second) => first + second));
  return ['', ...ones, ...twos, ...twos.flatMap((start) => DECISIVE.map((last) => start + last))];
}

/** The hard strings, every short one, and random ones up to `count` different strings in all; the same for the same seed. */
export function generateStrings(count: number, seed: number): string[] {
  const chance = new Chance(seed);
  const strings = new Set([...HARD_STRINGS, ...everyShortString()]);
  while (strings.size < count) {
    strings.add(chance.one(KIND_OF).make(chance));
  }
  return [...strings];
}

/**
 * Numbers of every order of magnitude, and the neighbours of the limits of the parsers' integers. No -0, because neither a set nor JSON
 * holds it.
 */
export function generateNumbers(count: number, seed: number): number[] {
  const chance = new Chance(seed);
  const bits = new DataView(new ArrayBuffer(8));
  const numbers = new Set(
    [2 ** 31, 2 ** 32, 2 ** 53, 2 ** 63, 2 ** 64, 1e20, 1e21, 1e22, 1e-6, 1e-7].flatMap((edge) => [edge, -edge, edge - 1, edge + 1]),
  );
  const makers = [
    () => bits.getFloat64(0),
    () => bits.getInt32(0),
    () => bits.getInt32(0) / 1000,
    () => Number(`${chance.below(100)}e${chance.below(60) - 30}`),
    () => bits.getInt32(0) * 2 ** chance.below(60),
  ];
  while (numbers.size < count) {
    bits.setUint32(0, chance.below(2 ** 32));
    bits.setUint32(4, chance.below(2 ** 32));
    const number = chance.one(makers)();
    if (Number.isFinite(number)) {
      numbers.add(number);
    }
  }
  return [...numbers];
}
