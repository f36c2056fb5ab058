import { createSecureContext } from 'node:tls';
import type { Clock, Logger } from '@virtual-kubelet/base';
import { messageOf } from '@virtual-kubelet/base';
import { kubeletApiError } from '../errors.js';
import type { HeldAuthorities } from './followed-authorities.js';
import { followedAuthorities } from './followed-authorities.js';
import type { CertificateAndKey, ServingCertificate } from './serving-certificate.js';
import { certificateSlot } from './serving-certificate.js';
import { watchTexts } from './watched-texts.js';

/** Reads a text file. */
export type ReadText = (path: string) => Promise<string>;

/** What reads the files and tells of trouble. */
export interface FileOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly readText: ReadText;
}

/** Mounted Secrets change by a swap of links, which not every file system tells of: looking is what always works. Milliseconds. */
const interval = 30_000;

function usablePair([certificatePem = '', keyPem = '']: readonly string[]): CertificateAndKey {
  createSecureContext({ cert: certificatePem, key: keyPem });
  return { certificatePem, keyPem };
}

function usableAuthorities(text: string): string {
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new TypeError('it holds no PEM certificate');
  createSecureContext({ ca: text });
  return text;
}

/** A serving certificate from files, read again when they change. @throws CodedError `VK_KUBELET_API_CERTIFICATE` */
export async function fileCertificate(
  paths: { readonly cert: string; readonly key: string },
  { clock, logger, readText }: FileOptions,
): Promise<ServingCertificate> {
  const { cert, key } = paths;
  const read = (): Promise<readonly string[]> => Promise.all([cert, key].map(readText));
  const refused = (error: unknown): Error =>
    kubeletApiError('VK_KUBELET_API_CERTIFICATE', { cert, key, problem: messageOf(error) }, error);
  let first: CertificateAndKey;
  try {
    first = usablePair(await read());
  } catch (error) {
    throw refused(error);
  }
  const slot = certificateSlot(first);
  const files = watchTexts({
    clock,
    interval,
    read,
    first: [first.certificatePem, first.keyPem],
    changed: (texts) => slot.set(usablePair(texts)),
    failed: (error) => logger.warn('the serving certificate in use stays', { error: refused(error).message }),
  });
  return {
    get current() {
      return slot.current;
    },
    subscribe: (changed) => slot.subscribe(changed),
    async close() {
      files.close();
    },
  };
}

/** Client authorities from a file, read again when it changes. @throws CodedError `VK_KUBELET_API_CLIENT_CA` */
export async function fileAuthorities(
  path: string,
  { clock, logger, readText }: FileOptions,
): Promise<HeldAuthorities> {
  const read = async (): Promise<string> => usableAuthorities(await readText(path));
  const refused = (error: unknown): Error =>
    kubeletApiError('VK_KUBELET_API_CLIENT_CA', { path, problem: messageOf(error) }, error);
  let first: string;
  try {
    first = await read();
  } catch (error) {
    throw refused(error);
  }
  return followedAuthorities(first, {
    clock,
    interval,
    read,
    failed: (error) => logger.warn('the client authorities in use stay', { error: refused(error).message }),
  });
}
