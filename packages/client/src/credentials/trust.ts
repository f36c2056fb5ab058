import { X509Certificate } from 'node:crypto';
import { messageOf } from '@virtual-kubelet/base';
import type { Clock, Logger } from '@virtual-kubelet/base';
import type { PemSource } from '../cluster-config.js';
import { clientError } from '../errors.js';
import type { Files } from '../files.js';
import { freshValue } from './fresh-value.js';
import { readRequired } from './required-file.js';

/** The certificate authorities that may vouch for the API server. */
export interface Authorities {
  /** PEM, or undefined for those that Node knows. */
  current(): Promise<string | undefined>;
  /** The server's certificate was refused. Resolves with whether there are other authorities now. Never rejects. */
  distrusted(used: string | undefined): Promise<boolean>;
}

/** Where authorities come from, and what is needed to read them. */
export interface AuthoritiesOptions {
  readonly source: PemSource | undefined;
  readonly files: Files;
  readonly clock: Clock;
  readonly logger: Logger;
}

async function load(files: Files, source: PemSource): Promise<string> {
  const pem = source.kind === 'inline' ? source.pem : await readRequired(files, source.path);
  try {
    void new X509Certificate(pem);
  } catch (thrown) {
    const path = source.kind === 'inline' ? 'certificate-authority-data' : source.path;
    throw clientError('VK_CREDENTIALS_FILE', { path, detail: 'it holds no PEM certificate' }, thrown);
  }
  return pem;
}

/** Authorities in a file are read again each minute: during a rotation it holds the old and the new one, then the new. */
export function certificateAuthorities(options: AuthoritiesOptions): Authorities {
  const { source, files, clock, logger } = options;
  if (source === undefined)
    return { current: () => Promise.resolve(undefined), distrusted: () => Promise.resolve(false) };
  const value = freshValue({
    clock,
    load: () => load(files, source),
    same: (a, b) => a === b,
    onStale: (thrown) => logger.warn('keeping the earlier certificate authorities', { error: messageOf(thrown) }),
    ...(source.kind === 'inline' ? { maxAge: Infinity } : {}),
  });
  return {
    current: () => value.current(),
    distrusted: async (used) => source.kind === 'file' && (await value.refresh().catch(() => used)) !== used,
  };
}
