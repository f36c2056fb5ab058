/**
 * Times of the API as RFC 3339 text. Instants are milliseconds since 1970 UTC; nothing here reads a clock.
 * metav1.Time has whole seconds, metav1.MicroTime six digits.
 */

/** The text is not an RFC 3339 time. */
export class TimeError extends Error {
  override readonly name = 'TimeError';
  readonly text: string;

  constructor(text: string) {
    super(`${JSON.stringify(text.slice(0, 80))} is not a time such as 2006-01-02T15:04:05Z`);
    this.text = text;
  }
}

const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:Z|([+-])(\d\d):(\d\d))$/;

/**
 * Reads a time. The result has a fraction where the text has more than three digits of one. Throws
 * {@link TimeError}.
 */
export function parseTime(text: string): number {
  const match = pattern.exec(text);
  if (match === null) throw new TimeError(text);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  const whole = utc([year ?? 0, month ?? 0, day ?? 0], [hour ?? 0, minute ?? 0, second ?? 0]);
  if (whole === undefined) throw new TimeError(text);
  const fraction = match[7] === undefined ? 0 : Number(`0.${match[7]}`) * 1000;
  return whole + fraction - offset(text, match);
}

type Three = readonly [number, number, number];

/** Undefined where a part is out of range, as on February 30th. */
function utc(date: Three, time: Three): number | undefined {
  const [year, month, day] = date;
  const [hour, minute, second] = time;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  // Date.UTC would read years below 100 as 1900 and later.
  const value = new Date(0);
  value.setUTCFullYear(year, month - 1, day);
  value.setUTCHours(hour, minute, second);
  return value.getUTCMonth() === month - 1 && value.getUTCDate() === day ? value.getTime() : undefined;
}

function offset(text: string, match: RegExpExecArray): number {
  const [sign, hours, minutes] = [match[8], Number(match[9] ?? 0), Number(match[10] ?? 0)];
  if (hours > 23 || minutes > 59) throw new TimeError(text);
  const milliseconds = (hours * 60 + minutes) * 60_000;
  return sign === '-' ? -milliseconds : milliseconds;
}

/** Writes whole seconds, dropping the rest: `2006-01-02T15:04:05Z`. Throws RangeError beyond the year 9999. */
export function formatTime(milliseconds: number): string {
  return `${secondsText(Math.floor(milliseconds / 1000))}Z`;
}

/** Writes microseconds: `2006-01-02T15:04:05.000000Z`. Throws RangeError beyond the year 9999. */
export function formatMicroTime(milliseconds: number): string {
  const microseconds = Math.round(milliseconds * 1000);
  const seconds = Math.floor(microseconds / 1_000_000);
  const rest = String(microseconds - seconds * 1_000_000).padStart(6, '0');
  return `${secondsText(seconds)}.${rest}Z`;
}

function secondsText(seconds: number): string {
  const text = new Date(seconds * 1000).toISOString();
  if (text.length !== '2006-01-02T15:04:05.000Z'.length) throw new RangeError(`${text} is outside the years 0 to 9999`);
  return text.slice(0, 19);
}
