/**
 * Schedules of CronJobs: the five fields of cron, its names and its macros, in a time zone. Pure. Where a clock is set back
 * a time that comes twice counts twice; one that is skipped does not come.
 */

/** A schedule that was read. */
export interface Schedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Days of month and of week: where both are restricted either is enough, as cron has it. */
  readonly anyDay: boolean;
}

const macros: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);
const monthNames: readonly string[] = [
  'jan',
  'feb',
  'mar',
  'apr',
  'may',
  'jun',
  'jul',
  'aug',
  'sep',
  'oct',
  'nov',
  'dec',
];
const dayNames: readonly string[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Reads a schedule; undefined where it is none. */
export function parseSchedule(text: string): Schedule | undefined {
  const fields = (macros.get(text.trim()) ?? text).trim().split(/\s+/);
  if (fields.length !== 5) return undefined;
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields.map((field) => field.toLowerCase());
  const minutes = parseField(minute, { least: 0, most: 59 });
  const hours = parseField(hour, { least: 0, most: 23 });
  const days = parseField(day, { least: 1, most: 31 });
  const months = parseField(month, { least: 1, most: 12, names: monthNames });
  const week = parseField(weekday, { least: 0, most: 7, names: dayNames });
  if (!minutes || !hours || !days || !months || !week) return undefined;
  const weekdays = new Set([...week].map((each) => each % 7));
  const isOpen = (field: string): boolean => field.startsWith('*') || field.startsWith('?');
  return { minutes, hours, days, months, weekdays, anyDay: !isOpen(day) && !isOpen(weekday) };
}

interface Bounds {
  readonly least: number;
  readonly most: number;
  /** Names of the values, from `least` on. */
  readonly names?: readonly string[];
}

function parseField(text: string, bounds: Bounds): ReadonlySet<number> | undefined {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const found = parsePart(part, bounds);
    if (found === undefined) return undefined;
    for (const value of found) values.add(value);
  }
  return values;
}

function parsePart(part: string, bounds: Bounds): readonly number[] | undefined {
  const [range = '', step = '1', ...more] = part.split('/');
  const every = /^\d+$/.test(step) ? Number(step) : 0;
  const ends = endsOf(range, bounds);
  if (more.length > 0 || every < 1 || ends === undefined) return undefined;
  const [first, last] = [ends[0], ends[1] ?? (part.includes('/') ? bounds.most : ends[0])];
  if (first < bounds.least || last > bounds.most || first > last) return undefined;
  return Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, index) => first + index * every);
}

function endsOf(range: string, { least, most, names = [] }: Bounds): readonly [number, number?] | undefined {
  if (range === '*' || range === '?') return [least, most];
  const numbers = range.split('-').map((word) => {
    const named = names.indexOf(word);
    return named >= 0 ? named + least : /^\d+$/.test(word) ? Number(word) : Number.NaN;
  });
  const [first = Number.NaN, last] = numbers;
  if (numbers.length > 2 || numbers.some(Number.isNaN)) return undefined;
  return last === undefined ? [first] : [first, last];
}

interface LocalTime {
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

const minuteLong = 60_000;
const hourLong = 3_600_000;
const farthest = 5 * 366 * 24 * hourLong;

/** The first time after a moment, milliseconds since 1970; undefined where there is none within five years. */
export function nextTime(schedule: Schedule, after: number, zone: string): number | undefined {
  const localTime = localTimes(zone);
  let at = (Math.floor(after / minuteLong) + 1) * minuteLong;
  const end = after + farthest;
  while (at <= end) {
    const local = localTime(at);
    if (!isDay(schedule, local) || !schedule.hours.has(local.hour)) at += hourLong - local.minute * minuteLong;
    else if (schedule.minutes.has(local.minute)) return at;
    else at += minuteLong;
  }
  return undefined;
}

function isDay({ months, days, weekdays, anyDay }: Schedule, { month, day, weekday }: LocalTime): boolean {
  if (!months.has(month)) return false;
  return anyDay ? days.has(day) || weekdays.has(weekday) : days.has(day) && weekdays.has(weekday);
}

/** Reads the clock of a time zone. Throws RangeError for a zone nobody knows. */
function localTimes(zone: string): (at: number) => LocalTime {
  if (zone === 'UTC' || zone === 'Etc/UTC') return universalTime;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    weekday: 'short',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
    const number = (type: 'month' | 'day' | 'hour' | 'minute'): number => Number(parts.get(type));
    const weekday = dayNames.indexOf((parts.get('weekday') ?? '').toLowerCase());
    return { month: number('month'), day: number('day'), weekday, hour: number('hour'), minute: number('minute') };
  };
}

function universalTime(at: number): LocalTime {
  const date = new Date(at);
  return {
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
  };
}
