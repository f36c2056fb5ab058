import { styleText } from 'node:util';
import type { Logger } from '@virtual-kubelet/base';

/** Tells the steps of a start, each once it is done. */
export interface Checklist {
  /** Runs a step and tells how it went; a failure is told and thrown. */
  step<T>(title: string, run: () => Promise<T>, detail?: (result: T) => string): Promise<T>;
  /** A line that is no step, with what a user should know. */
  note(text: string): void;
}

/** What a checklist is written with. Time in milliseconds. */
export interface ChecklistOptions {
  readonly write: (text: string) => void;
  readonly now: () => number;
}

/** A checklist for people: one line a step, with the time it took. */
export function terminalChecklist({ write, now }: ChecklistOptions): Checklist {
  return {
    async step(title, run, detail) {
      const began = now();
      try {
        const result = await run();
        const more = detail?.(result);
        write(
          `  ${styleText('green', '✓')} ${title}${more ? styleText('dim', ` · ${more}`) : ''} ${styleText('dim', `(${Math.round(now() - began)} ms)`)}\n`,
        );
        return result;
      } catch (error) {
        write(`  ${styleText('red', '✗')} ${title}\n`);
        throw error;
      }
    },
    note: (text) => write(`  ${styleText('yellow', '!')} ${text}\n`),
  };
}

/** A checklist for machines: one log line a step. */
export function loggedChecklist(logger: Logger, now: () => number): Checklist {
  return {
    async step(title, run, detail) {
      const began = now();
      const result = await run();
      logger.info(title, { milliseconds: Math.round(now() - began), ...(detail ? { detail: detail(result) } : {}) });
      return result;
    },
    note: (text) => logger.warn(text),
  };
}
