/**
 * Durations as Go writes them (`1h15m30.5s`), which is also the text of a metav1.Duration. Parsing follows
 * time.ParseDuration to the nanosecond, including its limits of a signed 64-bit number.
 */

/** What is wrong with the text of a duration. */
export type DurationFault = 'empty' | 'number' | 'unit' | 'range';

/** The text is not a duration. */
export class DurationError extends Error {
  override readonly name = 'DurationError';
  readonly text: string;
  readonly fault: DurationFault;

  constructor(text: string, fault: DurationFault) {
    super(`${JSON.stringify(text.slice(0, 80))} is not a duration: ${faultWords[fault]}`);
    this.text = text;
    this.fault = fault;
  }
}

const faultWords: Readonly<Record<DurationFault, string>> = {
  empty: 'it is empty',
  number: 'it must be a sequence of numbers with units, such as 1h30m or 1.5s',
  unit: 'every number needs one of the units ns, us, ms, s, m, h',
  range: 'it is longer than about 292 years',
};

/** Nanoseconds per unit. Both code points for the Greek letter occur in practice. */
const units: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['\u00b5s', 1_000n],
  ['\u03bcs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

const second = 1_000_000_000n;
const limit = 2n ** 63n;

/** Reads a duration into nanoseconds. Throws {@link DurationError}. */
export function parseDuration(text: string): bigint {
  const negative = text.startsWith('-');
  const body = negative || text.startsWith('+') ? text.slice(1) : text;
  if (body === '') throw new DurationError(text, text === '' ? 'empty' : 'number');
  if (body === '0') return 0n;
  const total = sumOfTerms(text, body);
  if (total > limit || (total === limit && !negative)) throw new DurationError(text, 'range');
  return negative ? -total : total;
}

function sumOfTerms(text: string, body: string): bigint {
  let total = 0n;
  let rest = body;
  while (rest !== '') {
    const match = /^(\d*)(?:\.(\d*))?([^.\d]*)/.exec(rest);
    const [term = '', whole = '', fraction = '', unit = ''] = match ?? [];
    if (whole === '' && fraction === '') throw new DurationError(text, 'number');
    const nanosPerUnit = units.get(unit);
    if (nanosPerUnit === undefined) throw new DurationError(text, 'unit');
    total += BigInt(whole) * nanosPerUnit + fractionOf(fraction, nanosPerUnit);
    if (total > limit) throw new DurationError(text, 'range');
    rest = rest.slice(term.length);
  }
  return total;
}

/** Go computes the fraction in floating point, from as many digits as fit 63 bits, and truncates. */
function fractionOf(digits: string, nanosPerUnit: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit);
    if (value > (limit - 1n) / 10n || next > limit) break;
    value = next;
    scale *= 10;
  }
  return BigInt(Math.trunc(Number(value) * (Number(nanosPerUnit) / scale)));
}

/** Writes nanoseconds as Go does: `0s`, `1.5ms`, `1h0m0.25s`. */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s';
  const sign = nanoseconds < 0n ? '-' : '';
  const magnitude = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  return sign + (magnitude < second ? shortText(magnitude) : longText(magnitude));
}

function shortText(nanoseconds: bigint): string {
  if (nanoseconds < 1_000n) return `${nanoseconds}ns`;
  if (nanoseconds < 1_000_000n) return `${decimal(nanoseconds, 3)}\u00b5s`;
  return `${decimal(nanoseconds, 6)}ms`;
}

function longText(nanoseconds: bigint): string {
  const minutes = nanoseconds / (60n * second);
  const seconds = `${decimal(nanoseconds % (60n * second), 9)}s`;
  if (minutes === 0n) return seconds;
  return minutes < 60n ? `${minutes}m${seconds}` : `${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

/** value / 10^places without trailing zeros. */
function decimal(value: bigint, places: number): string {
  const scale = 10n ** BigInt(places);
  const fraction = (value % scale).toString().padStart(places, '0').replace(/0+$/, '');
  return fraction === '' ? `${value / scale}` : `${value / scale}.${fraction}`;
}

/**
 * Reads a duration into whole milliseconds, rounded away from zero so that a duration that is not zero does
 * not become zero. Throws {@link DurationError}.
 */
export function parseDurationMs(text: string): number {
  const nanoseconds = parseDuration(text);
  const milliseconds = Number(nanoseconds / 1_000_000n);
  const isExact = nanoseconds % 1_000_000n === 0n;
  if (isExact) return milliseconds;
  return nanoseconds < 0n ? milliseconds - 1 : milliseconds + 1;
}

/** Writes milliseconds; digits below a nanosecond are dropped. */
export function formatDurationMs(milliseconds: number): string {
  return formatDuration(BigInt(Math.trunc(milliseconds * 1_000_000)));
}
