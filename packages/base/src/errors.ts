/** Exit status of the command for an error: 1 run time, 2 usage, 3 configuration, 4 unreachable. */
export type ExitCode = 1 | 2 | 3 | 4;

/** One row of a package's error table. */
export interface ErrorDefinition {
  /** What happened, with `{name}` placeholders. */
  readonly message: string;
  /** What the user should do next, with the same placeholders. */
  readonly remedy: string;
  /** Why it happens: prose for the error's page. */
  readonly cause: string;
  /** Default 1. */
  readonly exit?: ExitCode;
}

/** A table from error code (`VK_<AREA>_<CONDITION>`) to its definition. Codes are never used again once retired. */
export type ErrorTable = Readonly<Record<`VK_${string}`, ErrorDefinition>>;

/** Values for the placeholders of a message. Never secrets. */
export type ErrorParameters = Readonly<Record<string, string | number>>;

/** An error with a stable code, a message that names one cause, and a remedy. */
export class CodedError extends Error {
  readonly code: string;
  readonly remedy: string;
  readonly exit: ExitCode;

  constructor(code: string, text: { message: string; remedy: string; exit: ExitCode }, cause?: unknown) {
    super(text.message, cause === undefined ? undefined : { cause });
    this.name = 'CodedError';
    this.code = code;
    this.remedy = text.remedy;
    this.exit = text.exit;
  }
}

function fill(template: string, parameters: ErrorParameters): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(parameters, name) ? String(parameters[name]) : whole,
  );
}

/** Makes the constructor of a package's coded errors from its table. */
export function errorsOf<T extends ErrorTable>(
  table: T,
): (code: keyof T & string, parameters?: ErrorParameters, cause?: unknown) => CodedError {
  return (code, parameters = {}, cause) => {
    const row = (table as ErrorTable)[code as `VK_${string}`];
    if (!row) throw new TypeError(`unknown error code ${code}`);
    const text = {
      message: fill(row.message, parameters),
      remedy: fill(row.remedy, parameters),
      exit: row.exit ?? 1,
    };
    return new CodedError(code, text, cause);
  };
}

/** The message of anything that was thrown, causes included, for logs and for users. */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error))
    return typeof thrown === 'string' ? thrown : `threw ${JSON.stringify(thrown) ?? 'undefined'}`;
  const own = thrown.message || thrown.name;
  const cause = thrown.cause === undefined ? '' : messageOf(thrown.cause);
  // Some messages quote their cause.
  return own.endsWith(cause) ? own : `${own}: ${cause}`;
}
