import { styleText } from 'node:util';
import { CodedError, messageOf } from '@virtual-kubelet/base';

/** What a failed run prints, and the exit status it ends with. */
export interface Report {
  readonly text: string;
  readonly exit: number;
}

/** Words of a fault nobody expected, with the place to tell about it. */
function unexpected(error: unknown): Report {
  const stack = error instanceof Error && error.stack !== undefined ? `\n${error.stack}` : '';
  const text = `${styleText('red', 'error')}: ${messageOf(error)}\nThis is a defect of the virtual kubelet. Please report it with this text:${stack}\n`;
  return { text, exit: 1 };
}

/** One cause, one remedy, the code, and nothing else: a stack helps no user. */
export function reportError(error: unknown): Report {
  if (!(error instanceof CodedError)) return unexpected(error);
  const text = [
    `${styleText('red', 'error')}: ${messageOf(error)}`,
    `${styleText('green', 'remedy')}: ${error.remedy}`,
    `${styleText('dim', 'code')}: ${error.code}`,
    '',
  ].join('\n');
  return { text, exit: error.exit };
}
