import { parseTime, TimeError } from '@virtual-kubelet/kubernetes';

/**
 * A time of a log line: RFC 3339 in UTC with nine digits, `2006-01-02T15:04:05.000000000Z`, as `kubectl logs
 * --timestamps` prints it. Text, since numbers of milliseconds would lose the nanoseconds; it sorts as time does.
 */
export type LogTime = string;

const nineDigits = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/;
const fraction = /\.(\d{1,9})\d*/;

/** The time of some milliseconds since 1970. */
export function logTime(milliseconds: number): LogTime {
  const text = new Date(Math.floor(milliseconds)).toISOString();
  const nanoseconds = Math.floor((milliseconds - Math.floor(milliseconds)) * 1e6);
  return `${text.slice(0, -1)}${String(nanoseconds).padStart(6, '0')}Z`;
}

/** Reads any RFC 3339 time to the nanosecond; undefined where the text is none. */
export function parseLogTime(text: string): LogTime | undefined {
  if (nineDigits.test(text)) return text;
  try {
    // Whole seconds go through the parser, which knows offsets; the fraction is kept as it is.
    const seconds = parseTime(text.replace(fraction, ''));
    const digits = (fraction.exec(text)?.[1] ?? '').padEnd(9, '0');
    return `${new Date(seconds).toISOString().slice(0, 19)}.${digits}Z`;
  } catch (error) {
    if (error instanceof TimeError || error instanceof RangeError) return undefined;
    throw error;
  }
}
