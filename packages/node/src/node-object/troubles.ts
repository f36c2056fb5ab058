import type { Clock, CodedError, Logger } from '@virtual-kubelet/base';

/** A part of a node's work that can fail by itself. */
export type TroubleArea = 'lease' | 'registration' | 'metadata' | 'spec' | 'status' | 'description' | 'exit';

/** Something that has not worked for a while. */
export interface Trouble {
  readonly area: TroubleArea;
  readonly error: CodedError;
  /** Failures in a row. */
  readonly failures: number;
  /** Monotonic time of the first of them, milliseconds. */
  readonly since: number;
}

/** Remembers what fails, and says so in the log: the 1st, 2nd, 4th, 8th time in a row, and when it is over. */
export interface Troubles {
  /** Returns the failures in a row, this one included. */
  failed(area: TroubleArea, error: CodedError): number;
  succeeded(area: TroubleArea): void;
  list(): readonly Trouble[];
}

/** Makes an empty {@link Troubles}. */
export function createTroubles(clock: Clock, logger: Logger): Troubles {
  const open = new Map<TroubleArea, Trouble>();
  return {
    failed(area, error) {
      const before = open.get(area);
      const failures = (before?.failures ?? 0) + 1;
      open.set(area, { area, error, failures, since: before?.since ?? clock.monotonic() });
      const { code, remedy } = error;
      if (Number.isInteger(Math.log2(failures))) logger.warn(error.message, { area, code, remedy, failures });
      return failures;
    },
    succeeded(area) {
      const over = open.get(area);
      if (!over) return;
      open.delete(area);
      const seconds = Math.round((clock.monotonic() - over.since) / 1000);
      logger.info('works again', { area, code: over.error.code, failures: over.failures, seconds });
    },
    list: () => [...open.values()],
  };
}
