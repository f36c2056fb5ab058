import type { Logger } from '@virtual-kubelet/base';
import { systemClock } from '@virtual-kubelet/base';
import { levelOf } from '../options/log-levels.js';
import type { SettingReader } from '../options/settings.js';
import type { Checklist } from './checklist.js';
import { loggedChecklist, terminalChecklist } from './checklist.js';
import { cliLogger } from './cli-logger.js';

const write = (text: string): void => void process.stderr.write(text);

/** The logger the user asked for: pretty on a terminal, JSON lines elsewhere. */
export function loggerOf(read: SettingReader): Logger {
  const format = read.text('log-format');
  const pretty = format === 'pretty' || (format === 'auto' && process.stderr.isTTY);
  return cliLogger({
    level: levelOf(read),
    format: pretty ? 'pretty' : 'json',
    write,
    now: () => systemClock.wall(),
  });
}

/** The same with the steps of a start: a checklist on a terminal, lines of the log elsewhere and where JSON was asked for. */
export function askedOutput(read: SettingReader): { readonly logger: Logger; readonly checklist: Checklist } {
  const logger = loggerOf(read);
  const now = (): number => systemClock.monotonic();
  const isForPeople = process.stderr.isTTY && read.text('log-format') !== 'json';
  return { logger, checklist: isForPeople ? terminalChecklist({ write, now }) : loggedChecklist(logger, now) };
}
