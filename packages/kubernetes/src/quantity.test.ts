import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  divideRoundingUp,
  formatQuantity,
  multiplyQuantity,
  parseQuantity,
  type Quantity,
  QuantityError,
  quantityMilliValue,
  quantityOf,
  quantityOfMilli,
  quantityValue,
  subtractQuantities,
} from './index.js';

// Answers of resource.ParseQuantity in k8s.io/apimachinery v0.37.2.
const canonical: readonly (readonly [string, string])[] = [
  ['0', '0'],
  ['00', '0'],
  ['0Ki', '0'],
  ['-0', '0'],
  ['5.', '5'],
  ['+5', '5'],
  ['05', '5'],
  ['1.5', '1500m'],
  ['1.500', '1500m'],
  ['1.000', '1'],
  ['0.5', '500m'],
  ['.5', '500m'],
  ['1500m', '1500m'],
  ['1000m', '1'],
  ['0.1m', '100u'],
  ['1.1n', '2n'],
  ['-0.1n', '-1n'],
  ['1e-20', '1e-9'],
  ['1e1', '10'],
  ['1E5', '100e3'],
  ['1e+3', '1e3'],
  ['12E3', '12e3'],
  ['100e-2', '1'],
  ['1e63', '1e63'],
  ['1e1000', '10e999'],
  ['10E', '10E'],
  ['1000k', '1M'],
  ['1Ki', '1Ki'],
  ['1.Ki', '1Ki'],
  ['1023Ki', '1023Ki'],
  ['1024Ki', '1Mi'],
  ['1025Ki', '1025Ki'],
  ['0.5Ki', '512'],
  ['0.0001Ki', '102400u'],
  ['1.5Gi', '1536Mi'],
  ['-1.5Gi', '-1536Mi'],
  ['7.5Ei', '7680Pi'],
  ['8Ei', '9223372036854775807'],
  ['16Ei', '9223372036854775807'],
  ['-16Ei', '-9223372036854775807'],
  ['9223372036854775808', '9223372036854775808'],
];

const refused: readonly (readonly [string, string])[] = [
  ['', 'empty'],
  ['.', 'number'],
  ['+', 'number'],
  ['m', 'number'],
  ['abc', 'number'],
  ['1.5.5', 'suffix'],
  ['12e', 'suffix'],
  ['1ki', 'suffix'],
  ['1K', 'suffix'],
  ['1.1.M', 'suffix'],
  ['0.1am', 'suffix'],
  ['-3.01e-', 'suffix'],
  ['1 Gi', 'suffix'],
  ['1e1001', 'range'],
  ['1'.repeat(1001), 'range'],
];

const anyFormat = fc.constantFrom('DecimalSI', 'BinarySI', 'DecimalExponent');
const anyQuantity: fc.Arbitrary<Quantity> = fc.record({
  nano: fc.oneof(
    fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
    fc.bigInt({ min: -9n * 10n ** 27n, max: 9n * 10n ** 27n }),
    fc.integer({ min: -5000, max: 5000 }).map((units) => BigInt(units) * 2n ** 20n * 10n ** 9n),
  ),
  format: anyFormat,
});
const anyText = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    fc.nat(100_000),
    fc.option(fc.nat(9999), { nil: undefined }),
    fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'Ti', 'e3', 'E-2', 'e+6'),
  )
  .map(([sign, whole, part, suffix]) => `${sign}${whole}${part === undefined ? '' : `.${part}`}${suffix}`);

describe('quantities', () => {
  it.each(canonical)('%s is written %s', (text, expected) => {
    expect(canonicalQuantity(text)).toBe(expected);
  });

  it.each(refused)('%s is refused because of its %s', (text, fault) => {
    const read = (): Quantity => parseQuantity(text);
    expect(read).toThrow(QuantityError);
    expect(read).toThrow(expect.objectContaining({ fault }));
  });

  it('accepts JSON numbers and surrounding blanks as the API server does', () => {
    expect(canonicalQuantity(0.25)).toBe('250m');
    expect(canonicalQuantity(1e21)).toBe('1e21');
    expect(canonicalQuantity(' 2Gi ')).toBe('2Gi');
  });

  it('keeps every digit of amounts beyond the largest suffix', () => {
    expect(canonicalQuantity('1000E')).toBe('1000E');
    expect(formatQuantity(quantityOf(2n ** 71n, 'BinarySI'))).toBe('2048Ei');
  });

  it('adds exactly where floating point would not', () => {
    const sum = addQuantities(parseQuantity('0.1'), parseQuantity('0.2'));
    expect(formatQuantity(sum)).toBe('300m');
  });

  it('takes the format of the other operand only when the first is zero', () => {
    const mebi = parseQuantity('1Mi');
    expect(formatQuantity(addQuantities(parseQuantity('0'), mebi))).toBe('1Mi');
    expect(formatQuantity(addQuantities(parseQuantity('1M'), mebi))).toBe('2048576');
    expect(formatQuantity(subtractQuantities(parseQuantity('0'), mebi))).toBe('-1Mi');
    expect(formatQuantity(multiplyQuantity(mebi, 1024))).toBe('1Gi');
  });

  it('rounds whole units and thousandths away from zero', () => {
    expect(quantityValue(parseQuantity('1.1'))).toBe(2);
    expect(quantityValue(parseQuantity('-1.1'))).toBe(-2);
    expect(quantityMilliValue(parseQuantity('0.1m'))).toBe(1);
    expect(quantityMilliValue(quantityOfMilli(250))).toBe(250);
  });

  it.each([
    ['1500m', '1', 2n],
    ['1500m', '1m', 1500n],
    ['1', '0', 1n],
    ['1Gi', '1Mi', 1024n],
    ['1Gi', '1M', 1074n],
    ['-1500m', '1', -1n],
    ['0', '1Mi', 0n],
  ])('%s in units of %s is %s', (quantity, divisor, expected) => {
    expect(divideRoundingUp(parseQuantity(quantity), parseQuantity(divisor))).toBe(expected);
  });

  it('reads back what it wrote, without changing amount or text', () => {
    fc.assert(
      fc.property(anyQuantity, (quantity) => {
        const text = formatQuantity(quantity);
        const again = parseQuantity(text);
        expect(again.nano).toBe(quantity.nano);
        expect(formatQuantity({ ...again, format: quantity.format })).toBe(text);
      }),
    );
  });

  it('gives one text for one amount and format, however it was written', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const first = parseQuantity(text);
        const second = parseQuantity(formatQuantity(first));
        expect(compareQuantities(first, second)).toBe(0);
      }),
    );
  });

  it('compares as a total order that agrees with subtraction', () => {
    fc.assert(
      fc.property(anyQuantity, anyQuantity, anyQuantity, (a, b, c) => {
        expect(compareQuantities(a, b) + compareQuantities(b, a)).toBe(0);
        const [low, middle, high] = [a, b, c].toSorted(compareQuantities);
        const pairs = [
          [low, middle],
          [middle, high],
          [low, high],
        ] as const;
        for (const [x = a, y = a] of pairs) expect(compareQuantities(x, y)).toBeLessThanOrEqual(0);
        const sign = compareQuantities(subtractQuantities(a, b), quantityOf(0));
        expect(sign).toBe(compareQuantities(a, b));
      }),
    );
  });
});
