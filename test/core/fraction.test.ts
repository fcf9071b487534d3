import fc from 'fast-check';
import { Fraction } from '../../lib/core/fraction';

const fractions = fc
  .tuple(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.bigInt({ min: 1n, max: 10n ** 12n }))
  .map(([numerator, denominator]) => Fraction.of(numerator, denominator));

describe('a fraction', () => {
  test.each([
    [2, 4, '1/2'],
    [-2, 4, '-1/2'],
    [2, -4, '-1/2'],
    [0, 7, '0'],
    [9, 3, '3'],
  ])('%i/%i is written %s', (numerator, denominator, text) => {
    expect(Fraction.of(numerator, denominator).toString()).toBe(text);
  });

  test.each([
    ['12.5', '25/2'],
    ['.001', '1/1000'],
    ['100', '100'],
    ['0.10', '1/10'],
  ])('the decimal %s is %s', (decimal, text) => {
    expect(Fraction.ofDecimal(decimal).toString()).toBe(text);
  });

  test.each(['', '1e3', '-1', '1.2.3', ' 1', 'NaN'])('%j is not a decimal', (text) => {
    expect(() => Fraction.ofDecimal(text)).toThrow(/^decimal: got .*; must be written as/);
  });

  test.each(['', '1/', '/2', '1.5', 'x'])('%j is not a fraction', (text) => {
    expect(() => Fraction.parse(text)).toThrow(/^fraction: got .*; must be written as/);
  });

  test.each([
    ['1/3', undefined],
    ['1/8', '0.125'],
    ['1/10', '0.1'],
    ['7/20', '0.35'],
    ['3', '3'],
    ['-1/4', '-0.25'],
  ])('the shortest decimal of %s is %s', (text, decimal) => {
    expect(Fraction.parse(text).toDecimal()).toBe(decimal);
  });

  test.each([
    ['1/3', 2, '0.33'],
    ['2/3', 2, '0.67'],
    ['1/2', 0, '1'],
    ['-1/2', 0, '-1'],
    ['-1/1000', 2, '0'],
    ['10', 2, '10'],
    ['1/200', 2, '0.01'],
  ])('%s rounded to %i places is %s', (text, digits, rounded) => {
    expect(Fraction.parse(text).toRounded(digits)).toBe(rounded);
  });

  test('cannot have the denominator 0', () => {
    expect(() => Fraction.of(1, 0)).toThrow('fraction: got the denominator 0; must be another integer');
  });

  test('is exact, unlike a double: 28 % of 25 is 7', () => {
    expect(Math.ceil(25 * 0.28)).toBe(8);
    expect(Fraction.of(28, 100).times(25).ceil()).toBe(7n);
  });
});

describe('the laws of fractions', () => {
  test('a fraction that is written and read back is the same', () => {
    fc.assert(fc.property(fractions, (a) => Fraction.parse(a.toString()).equals(a)));
  });

  test('sums and products obey the field laws', () => {
    fc.assert(
      fc.property(fractions, fractions, fractions, (a, b, c) => {
        expect(a.plus(b).equals(b.plus(a))).toBe(true);
        expect(a.times(b.plus(c)).equals(a.times(b).plus(a.times(c)))).toBe(true);
        expect(a.plus(b).minus(b).equals(a)).toBe(true);
      }),
    );
  });

  test('floor and ceil enclose the fraction', () => {
    fc.assert(
      fc.property(fractions, (a) => {
        expect(Fraction.of(a.floor()).atMost(a)).toBe(true);
        expect(a.atMost(Fraction.of(a.ceil()))).toBe(true);
        expect(a.ceil() - a.floor()).toBe(a.denominator === 1n ? 0n : 1n);
      }),
    );
  });

  test('the comparison is a total order, and max and min follow it', () => {
    fc.assert(
      fc.property(fractions, fractions, (a, b) => {
        expect(Math.sign(a.compare(b))).toBe(-Math.sign(b.compare(a)) + 0);
        expect(a.lessThan(b)).toBe(!b.atMost(a));
        expect(Fraction.max(a, b).compare(Fraction.min(a, b))).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('a fraction that is written as an exact decimal and read back is the same', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10 ** 9 }), fc.integer({ min: 0, max: 6 }), (digits, places) => {
        const value = Fraction.of(digits, 10 ** places);
        expect(Fraction.ofDecimal(value.toDecimal()!).equals(value)).toBe(true);
      }),
    );
  });
});
