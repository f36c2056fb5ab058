import type { LogLevel } from '@virtual-kubelet/base';

/** What may be written for a level. The Go implementation has more levels; each stands for the nearest one here. */
const levels: ReadonlyMap<string, LogLevel> = new Map([
  ['trace', 'debug'],
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['warning', 'warn'],
  ['error', 'error'],
  ['fatal', 'error'],
  ['panic', 'error'],
]);

/** The words that `--log-level` takes. */
export const logLevelNames: readonly string[] = [...levels.keys()];

/** The level a word stands for; `info` for one that is not among {@link logLevelNames}. */
export function logLevelOf(name: string): LogLevel {
  return levels.get(name) ?? 'info';
}
