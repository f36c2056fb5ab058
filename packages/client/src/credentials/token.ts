import { messageOf, Sensitive } from '@virtual-kubelet/base';
import type { Clock, Logger } from '@virtual-kubelet/base';
import { clientError } from '../errors.js';
import type { Files } from '../files.js';
import { fixedCredentials } from './credentials.js';
import type { Authentication, Credentials } from './credentials.js';
import { freshValue } from './fresh-value.js';
import { readRequired } from './required-file.js';

/** Visible ASCII only, because it becomes a header. */
const headerText = /^[\x21-\x7e]+$/;

/** Whether text can be a bearer token. */
export function isToken(text: string): boolean {
  return headerText.test(text);
}

/** What a bearer token shows. */
export function bearer(token: Sensitive): Authentication {
  return { authorization: new Sensitive(`Bearer ${token.reveal()}`) };
}

/** A token that never changes. */
export function tokenCredentials(token: Sensitive): Credentials {
  return fixedCredentials(bearer(token));
}

/** User name and password. */
export function basicCredentials(username: string, password: Sensitive): Credentials {
  const pair = Buffer.from(`${username}:${password.reveal()}`).toString('base64');
  return fixedCredentials({ authorization: new Sensitive(`Basic ${pair}`) });
}

/** A file with a token, and what is needed to read it. */
export interface TokenFileOptions {
  readonly path: string;
  /** Counts until the file could be read. */
  readonly fallback?: Sensitive;
  readonly files: Files;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A token in a file that is replaced from time to time, as the kubelet of a pod does with service account tokens. */
export function tokenFileCredentials(options: TokenFileOptions): Credentials {
  const { path, files, clock, logger, fallback } = options;
  const value = freshValue<Authentication>({
    clock,
    async load() {
      const token = (await readRequired(files, path)).trim();
      if (!isToken(token)) throw clientError('VK_CREDENTIALS_FILE', { path, detail: 'it does not hold a token' });
      return bearer(new Sensitive(token));
    },
    same: (a, b) => a.authorization?.reveal() === b.authorization?.reveal(),
    onStale: (thrown) => logger.warn('keeping the earlier token', { path, error: messageOf(thrown) }),
    ...(fallback === undefined ? {} : { initial: bearer(fallback) }),
  });
  return {
    current: () => value.current(),
    unauthorized: async (used) => (await value.refresh().catch(() => used)) !== used,
    close: () => undefined,
  };
}
