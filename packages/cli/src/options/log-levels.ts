import type { LogLevel } from '@virtual-kubelet/base';
import type { SettingReader } from './settings.js';

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

/** klog's verbosity from which on the Go implementation writes debug lines. */
const debugVerbosity = 4;

/** The level that stands for a verbosity of klog. */
function verbosityLevel(verbosity: number): LogLevel {
  return verbosity >= debugVerbosity ? 'debug' : 'info';
}

/** The level a word stands for; `info` for one that is not among {@link logLevelNames}. */
export function logLevelOf(name: string): LogLevel {
  return levels.get(name) ?? 'info';
}

/** Whoever says a level means it; the verbosity of klog counts where nobody does. */
export function levelOf(read: SettingReader): LogLevel {
  const verbosity = read.optional('klog.v');
  if (verbosity === undefined || !read.isDefault('log-level')) return logLevelOf(read.text('log-level'));
  return verbosityLevel(Number(verbosity));
}
