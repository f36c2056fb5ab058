import { styleText } from 'node:util';
import type { LogFields, LogLevel, Logger } from '@virtual-kubelet/base';
import { pino } from 'pino';

/** Where and how log lines are written. */
export interface CliLoggerOptions {
  readonly level: LogLevel;
  readonly format: 'pretty' | 'json';
  /** Gets whole lines with their newline. */
  readonly write: (line: string) => void;
  /** Wall time in milliseconds. */
  readonly now: () => number;
}

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const colours = { debug: 'gray', info: 'cyan', warn: 'yellow', error: 'red' } as const;

/** Control characters of foreign texts must not move the cursor or forge lines. */
function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
  return /^[\w./:@%+-]+$/.test(text) ? text : JSON.stringify(text);
}

/** A line for people: time, level, message, then key=value. */
export function prettyLine(line: { level: LogLevel; message: string; fields: LogFields; at: number }): string {
  const time = new Date(line.at).toISOString().slice(11, 23);
  const fields = Object.entries(line.fields).map(([key, value]) => ` ${styleText('dim', `${key}=`)}${quoted(value)}`);
  const message = line.message.replace(/[\u0000-\u001f\u007f]/g, ' ');
  return `${styleText('dim', time)} ${styleText(colours[line.level], line.level.toUpperCase().padEnd(5))} ${message}${fields.join('')}\n`;
}

function prettyLogger(options: CliLoggerOptions, fields: LogFields): Logger {
  const enabled = (level: LogLevel): boolean => ranks[level] >= ranks[options.level];
  const at =
    (level: LogLevel) =>
    (message: string, more: LogFields = {}): void => {
      if (enabled(level))
        options.write(prettyLine({ level, message, fields: { ...fields, ...more }, at: options.now() }));
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    enabled,
    with: (more) => prettyLogger(options, { ...fields, ...more }),
  };
}

function jsonLogger(inner: pino.Logger, enabled: (level: LogLevel) => boolean): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void =>
      inner[level](fields, message);
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    enabled,
    with: (fields) => jsonLogger(inner.child(fields), enabled),
  };
}

/** The command's logger: pretty lines for people, JSON lines for machines. */
export function cliLogger(options: CliLoggerOptions): Logger {
  if (options.format === 'pretty') return prettyLogger(options, {});
  const destination = { write: options.write };
  const inner = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date(options.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return jsonLogger(inner, (level) => ranks[level] >= ranks[options.level]);
}
