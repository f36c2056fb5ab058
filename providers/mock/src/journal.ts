import type { Workload } from './timeline.js';

/** One change of the mock's workloads: a workload as it is now, or the name of one that is gone. */
export type JournalEntry = { readonly put: Workload } | { readonly drop: string };

/** Where workloads outlive the process, as a cloud's do. */
export interface Journal {
  /** What was written before, in order. */
  load(): Promise<readonly JournalEntry[]>;
  /** Resolves when the entry is kept. */
  append(entry: JournalEntry): Promise<void>;
  close(): Promise<void>;
}

/** A journal in memory: survives the agents of one test, not the process. */
export function memoryJournal(): Journal {
  const entries: JournalEntry[] = [];
  return {
    load: async () => [...entries],
    append: async (entry) => void entries.push(entry),
    close: async () => undefined,
  };
}

/** No journal: workloads die with the process. */
export const noJournal: Journal = {
  load: async () => [],
  append: async () => undefined,
  close: async () => undefined,
};
