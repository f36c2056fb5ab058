/** Structured context of a log line. Objects are named `namespace/name`; values must not be secrets. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Severity, in rising order. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Where the core and providers write what they do. Implementations never throw. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  with(fields: LogFields): Logger;
  /** Whether a line of this level would be written; lets callers skip costly fields. */
  enabled(level: LogLevel): boolean;
}

/** Writes nothing; the default of every library entry point. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silentLogger,
  enabled: () => false,
};

/** One line as a {@link recordingLogger} keeps it. */
export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** Keeps every line in `lines`: for tests that assert on what was said, or that nothing secret was. */
export function recordingLogger(lines: LogLine[], fields: LogFields = {}): Logger {
  const write =
    (level: LogLevel) =>
    (message: string, more: LogFields = {}): void => {
      lines.push({ level, message, fields: { ...fields, ...more } });
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    with: (more) => recordingLogger(lines, { ...fields, ...more }),
    enabled: () => true,
  };
}
