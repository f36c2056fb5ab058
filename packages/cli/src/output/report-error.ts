import { styleText } from 'node:util';
import { CodedError, messageOf } from '@virtual-kubelet/base';
import { codedAnswer } from '@virtual-kubelet/client';

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
  const coded = error instanceof CodedError ? error : codedAnswer(error);
  if (!coded) return unexpected(error);
  const message = coded === error ? messageOf(coded) : coded.message;
  const text = [
    `${styleText('red', 'error')}: ${message}`,
    `${styleText('green', 'remedy')}: ${coded.remedy}`,
    `${styleText('dim', 'code')}: ${coded.code}`,
    '',
  ].join('\n');
  return { text, exit: coded.exit };
}
