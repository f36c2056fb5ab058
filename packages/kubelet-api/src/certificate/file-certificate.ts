import { createSecureContext } from 'node:tls';
import type { Clock, Logger } from '@virtual-kubelet/base';
import { messageOf } from '@virtual-kubelet/base';
import { kubeletApiError } from '../errors.js';
import type { ClientAuthorities } from '../kubelet-api-options.js';
import type { ServingCertificate } from './serving-certificate.js';
import { certificateSlot } from './serving-certificate.js';
import type { ReadText } from './watched-files.js';
import { watchFiles } from './watched-files.js';

/** What reads the files and tells of trouble. */
export interface FileOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly readText: ReadText;
}

/** A serving certificate from files, read again when they change. @throws CodedError `VK_KUBELET_API_CERTIFICATE` */
export async function fileCertificate(
  paths: { readonly cert: string; readonly key: string },
  { clock, logger, readText }: FileOptions,
): Promise<ServingCertificate> {
  const { cert, key } = paths;
  const usable = (texts: readonly string[]): { certificatePem: string; keyPem: string } => {
    const [certificatePem = '', keyPem = ''] = texts;
    createSecureContext({ cert: certificatePem, key: keyPem });
    return { certificatePem, keyPem };
  };
  const refused = (error: unknown): Error =>
    kubeletApiError('VK_KUBELET_API_CERTIFICATE', { cert, key, problem: messageOf(error) }, error);
  let first: readonly string[];
  try {
    first = await Promise.all([cert, key].map(readText));
    usable(first);
  } catch (error) {
    throw refused(error);
  }
  const slot = certificateSlot(usable(first));
  const files = watchFiles([cert, key], {
    clock,
    readText,
    first,
    changed: (texts) => slot.set(usable(texts)),
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
): Promise<ClientAuthorities & { close(): void }> {
  const refused = (error: unknown): Error =>
    kubeletApiError('VK_KUBELET_API_CLIENT_CA', { path, problem: messageOf(error) }, error);
  const usable = (text: string): string => {
    if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new TypeError('it holds no PEM certificate');
    createSecureContext({ ca: text });
    return text;
  };
  let pem: string;
  try {
    pem = usable(await readText(path));
  } catch (error) {
    throw refused(error);
  }
  const listeners = new Set<() => void>();
  const files = watchFiles([path], {
    clock,
    readText,
    first: [pem],
    changed([text = '']) {
      pem = usable(text);
      for (const listener of listeners) listener();
    },
    failed: (error) => logger.warn('the client authorities in use stay', { error: refused(error).message }),
  });
  return {
    get pem() {
      return pem;
    },
    subscribe(changed) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    close: () => files.close(),
  };
}
