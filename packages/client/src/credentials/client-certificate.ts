import { createPrivateKey, X509Certificate } from 'node:crypto';
import { messageOf, Sensitive } from '@virtual-kubelet/base';
import type { Clock, Logger } from '@virtual-kubelet/base';
import type { ClientCertificateSource, KeySource, PemSource } from '../cluster-config.js';
import { clientError } from '../errors.js';
import type { Files } from '../files.js';
import type { Authentication, ClientCertificate, Credentials } from './credentials.js';
import { freshValue } from './fresh-value.js';
import { readRequired } from './required-file.js';

function attempt<T>(origin: string, detail: string, run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    // OpenSSL's messages name the structure that failed, never its contents.
    throw clientError('VK_CREDENTIALS_CERTIFICATE', { origin, detail }, thrown);
  }
}

/** Makes sure that a key belongs to a certificate: files are replaced one after the other. `origin` is for messages. */
export function matchingPair(origin: string, pair: ClientCertificate): ClientCertificate {
  const certificate = attempt(origin, 'the certificate is not PEM', () => new X509Certificate(pair.certificate));
  const key = attempt(origin, 'the key is not an unencrypted PEM private key', () =>
    createPrivateKey(pair.key.reveal()),
  );
  if (certificate.checkPrivateKey(key)) return pair;
  throw clientError('VK_CREDENTIALS_CERTIFICATE', {
    origin,
    detail: 'the key belongs to another certificate',
  });
}

/** Whether two certificates are the same, keys included. */
export function samePair(a: ClientCertificate, b: ClientCertificate): boolean {
  return a.certificate === b.certificate && a.key.reveal() === b.key.reveal();
}

async function certificateText(files: Files, source: PemSource): Promise<string> {
  return source.kind === 'inline' ? source.pem : readRequired(files, source.path);
}

async function keyText(files: Files, source: KeySource): Promise<Sensitive> {
  return source.kind === 'inline' ? source.pem : new Sensitive(await readRequired(files, source.path));
}

/** A client certificate, and what is needed to read it. */
export interface CertificateOptions {
  readonly source: ClientCertificateSource;
  /** Where it comes from, for messages. */
  readonly origin: string;
  readonly files: Files;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A client certificate that is read again each minute, because something may renew it in its files. */
export function certificateCredentials(options: CertificateOptions): Credentials {
  const { source, origin, files, clock, logger } = options;
  const inline = source.certificate.kind === 'inline' && source.key.kind === 'inline';
  const value = freshValue<Authentication & { readonly certificate: ClientCertificate }>({
    clock,
    async load() {
      const certificate = await certificateText(files, source.certificate);
      const key = await keyText(files, source.key);
      return { certificate: matchingPair(origin, { certificate, key }) };
    },
    same: (a, b) => samePair(a.certificate, b.certificate),
    onStale: (thrown) => logger.warn('keeping the earlier client certificate', { origin, error: messageOf(thrown) }),
    ...(inline ? { maxAge: Infinity } : {}),
  });
  return {
    current: () => value.current(),
    unauthorized: async (used) => !inline && (await value.refresh().catch(() => used)) !== used,
    close: () => undefined,
  };
}
