/**
 * Resource quantities such as `100m`, `1.5Gi` or `12e6`, exact down to one nano-unit.
 * The rules are those of k8s.io/apimachinery:pkg/api/resource.
 */

/** The family of suffixes a quantity was written with; it is kept when the quantity is formatted. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** An exact amount. Everything finer than one nano-unit was rounded away from zero. */
export interface Quantity {
  /** The amount times 10^9. */
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

/** What is wrong with the text of a quantity. */
export type QuantityFault = 'empty' | 'number' | 'suffix' | 'range';

/** The text is not a quantity. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
  readonly text: string;
  readonly fault: QuantityFault;

  constructor(text: string, fault: QuantityFault) {
    super(`${JSON.stringify(text.slice(0, 80))} is not a quantity: ${faultWords[fault]}`);
    this.text = text;
    this.fault = fault;
  }
}

const faultWords: Readonly<Record<QuantityFault, string>> = {
  empty: 'it is empty',
  number: 'it must start with a decimal number such as 2, 0.5 or -1.25',
  suffix: 'its suffix must be one of n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei or an exponent such as e3',
  range: 'it has too many digits or too large an exponent',
};

const decimalSuffixes: ReadonlyMap<string, number> = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const binarySuffixes: readonly string[] = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimalSuffixOf = new Map([...decimalSuffixes].map(([suffix, exponent]) => [exponent, suffix]));

const nanoPerUnit = 1_000_000_000n;
/** Binary quantities are capped at 2^63-1 units. */
const binaryCap = (2n ** 63n - 1n) * nanoPerUnit;
/** Longer texts and exponents are refused: they would cost time and mean nothing. */
const maxDigits = 1000;

interface Suffix {
  readonly base: 2n | 10n;
  readonly exponent: number;
  readonly format: QuantityFormat;
}

/** Zero, in the decimal family. */
export const zeroQuantity: Quantity = { nano: 0n, format: 'DecimalSI' };

/** Reads a quantity; JSON numbers are accepted as the API server accepts them. Throws {@link QuantityError}. */
export function parseQuantity(text: string | number): Quantity {
  const trimmed = String(text).trim();
  if (trimmed === '') throw new QuantityError(trimmed, 'empty');
  if (trimmed.length > maxDigits) throw new QuantityError(trimmed, 'range');
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(.*)$/s.exec(trimmed);
  const [, sign, whole = '', fraction = '', rest = ''] = match ?? [];
  if (whole + fraction === '') throw new QuantityError(trimmed, 'number');
  const suffix = parseSuffix(trimmed, rest);
  const magnitude = scale(BigInt(whole + fraction), fraction.length, suffix);
  return limited(sign === '-', magnitude, suffix.format);
}

function parseSuffix(text: string, suffix: string): Suffix {
  const decimal = decimalSuffixes.get(suffix);
  if (decimal !== undefined) return { base: 10n, exponent: decimal, format: 'DecimalSI' };
  const binary = binarySuffixes.indexOf(suffix);
  if (binary > 0) return { base: 2n, exponent: binary * 10, format: 'BinarySI' };
  if (!/^[eE][+-]?\d+$/.test(suffix)) throw new QuantityError(text, 'suffix');
  const exponent = Number(suffix.slice(1));
  if (exponent > maxDigits) throw new QuantityError(text, 'range');
  // Anything that small rounds up to one nano-unit, whatever its exponent.
  return { base: 10n, exponent: Math.max(exponent, -3 * maxDigits), format: 'DecimalExponent' };
}

/** digits * 10^-fractionDigits * base^exponent in nano-units, rounded up. */
function scale(digits: bigint, fractionDigits: number, suffix: Suffix): bigint {
  const decimals = 9 - fractionDigits + (suffix.base === 10n ? suffix.exponent : 0);
  const scaled = suffix.base === 2n ? digits << BigInt(suffix.exponent) : digits;
  if (decimals >= 0) return scaled * 10n ** BigInt(decimals);
  return ceilDivision(scaled, 10n ** BigInt(-decimals));
}

function limited(negative: boolean, magnitude: bigint, written: QuantityFormat): Quantity {
  const capped = written === 'BinarySI' && magnitude > binaryCap ? binaryCap : magnitude;
  const isFraction = capped > 0n && capped < nanoPerUnit;
  return {
    nano: negative ? -capped : capped,
    format: written === 'BinarySI' && isFraction ? 'DecimalSI' : written,
  };
}

/** A quantity of whole units. */
export function quantityOf(units: bigint | number, format: QuantityFormat = 'DecimalSI'): Quantity {
  return { nano: BigInt(units) * nanoPerUnit, format };
}

/** A quantity of thousandths, as `250` for a quarter of a CPU. */
export function quantityOfMilli(milli: bigint | number, format: QuantityFormat = 'DecimalSI'): Quantity {
  return { nano: BigInt(milli) * 1_000_000n, format };
}

/**
 * The canonical text: no fraction, the largest suffix that keeps every digit, the family of suffixes kept.
 * Binary quantities below 1024 units or with a fraction are written in the decimal family.
 */
export function formatQuantity(quantity: Quantity): string {
  const { nano, format } = quantity;
  if (nano === 0n) return '0';
  const sign = nano < 0n ? '-' : '';
  const magnitude = nano < 0n ? -nano : nano;
  const isBinary = magnitude % nanoPerUnit === 0n && magnitude >= 1024n * nanoPerUnit;
  if (format === 'BinarySI' && isBinary) return sign + binaryText(magnitude / nanoPerUnit);
  return sign + decimalText(magnitude, format === 'DecimalExponent');
}

function binaryText(units: bigint): string {
  let amount = units;
  let step = 0;
  for (; step < binarySuffixes.length - 1 && amount % 1024n === 0n; step++) amount /= 1024n;
  return `${amount}${binarySuffixes[step]}`;
}

function decimalText(nano: bigint, asExponent: boolean): string {
  const largest = asExponent ? Number.POSITIVE_INFINITY : 18;
  let amount = nano;
  let exponent = -9;
  for (; amount % 1000n === 0n && exponent < largest; exponent += 3) amount /= 1000n;
  if (!asExponent) return `${amount}${decimalSuffixOf.get(exponent)}`;
  return exponent === 0 ? `${amount}` : `${amount}e${exponent}`;
}

/** The canonical form of a text. Throws {@link QuantityError}. */
export function canonicalQuantity(text: string | number): string {
  return formatQuantity(parseQuantity(text));
}

/** Orders by amount, whatever the formats. */
export function compareQuantities(a: Quantity, b: Quantity): -1 | 0 | 1 {
  if (a.nano === b.nano) return 0;
  return a.nano < b.nano ? -1 : 1;
}

/** The sum; it has the format of `a`, or that of `b` when `a` is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano + b.nano, format: a.nano === 0n ? b.format : a.format };
}

/** The difference; it has the format of `a`, or that of `b` when `a` is zero. */
export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano - b.nano, format: a.nano === 0n ? b.format : a.format };
}

/** The product with a whole number. */
export function multiplyQuantity(quantity: Quantity, factor: bigint | number): Quantity {
  return { nano: quantity.nano * BigInt(factor), format: quantity.format };
}

/**
 * How many of `divisor` are needed to hold `quantity`: the value a `resourceFieldRef` yields. A zero divisor
 * counts as 1, as in the API.
 */
export function divideRoundingUp(quantity: Quantity, divisor: Quantity): bigint {
  return ceilDivision(quantity.nano, divisor.nano === 0n ? nanoPerUnit : divisor.nano);
}

/** Whole units, rounded away from zero. */
export function quantityValue(quantity: Quantity): number {
  return Number(awayFromZero(quantity.nano, nanoPerUnit));
}

/** Thousandths, rounded away from zero. */
export function quantityMilliValue(quantity: Quantity): number {
  return Number(awayFromZero(quantity.nano, 1_000_000n));
}

function awayFromZero(value: bigint, divisor: bigint): bigint {
  return value < 0n ? -ceilDivision(-value, divisor) : ceilDivision(value, divisor);
}

function ceilDivision(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  const isShort = value % divisor !== 0n && value < 0n === divisor < 0n;
  return isShort ? quotient + 1n : quotient;
}
