import { quantityOf } from '../../lib/core/quantity';

test.each([
  ['250m', 0.25],
  ['12345678n', 0.012345678],
  ['64Mi', 67108864],
  ['1.5Gi', 1610612736],
  ['3', 3],
  ['.5', 0.5],
  ['5.', 5],
  ['1e3', 1000],
  ['1E-3', 0.001],
  ['5E', 5e18],
  ['5Ei', 5 * 2 ** 60],
  ['x', undefined],
  ['', undefined],
  ['-1', undefined],
  ['1 Mi', undefined],
  ['1mi', undefined],
  ['1Ki2', undefined],
])('the quantity %j is %d', (text, expected) => {
  const value = quantityOf(text);
  expect(value === undefined ? undefined : Number(value.toPrecision(12))).toBe(
    expected === undefined ? undefined : Number(expected.toPrecision(12)),
  );
});
