import type { LogTime } from './log-time.js';

/** A line of a log, or a part of one: lines may be longer than anybody wants to hold. */
export interface LogPiece {
  /** Text without the newline; never ends inside a character, if the text is UTF-8. */
  readonly bytes: Uint8Array;
  /** Whether the line ends here. */
  readonly ends: boolean;
  /** When the line was written; absent where the platform keeps no times. */
  readonly time?: LogTime;
  /** @default stdout */
  readonly stream?: 'stdout' | 'stderr';
}
