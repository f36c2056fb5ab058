import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateStore, PendingRequest } from '@virtual-kubelet/agent';
import { readIfThere, replaceFile } from './private-file.js';

async function replaceIn(folder: string, path: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await replaceFile(path, text);
}

/** The file of a certificate and its key. */
export function certificatePath(folder: string, node: string, usage: 'serving' | 'client'): string {
  return join(folder, `${node}-${usage}.pem`);
}

function pendingOf(text: string | undefined): PendingRequest | undefined {
  if (text === undefined) return undefined;
  const found: unknown = JSON.parse(text);
  if (typeof found !== 'object' || found === null) return undefined;
  const { name, keyPem, identity } = found as Partial<Record<keyof PendingRequest, unknown>>;
  if (typeof name !== 'string' || typeof keyPem !== 'string' || typeof identity !== 'string') return undefined;
  return { name, keyPem, identity };
}

/** Keeps a certificate of a node in one file of a folder, certificate first, so that both change in one step. */
export function certificateFolder(folder: string, node: string, usage: 'serving' | 'client'): CertificateStore {
  const path = certificatePath(folder, node, usage);
  const request = join(folder, `${node}-${usage}-request.json`);
  return {
    async load() {
      const text = await readIfThere(path);
      const at = text?.indexOf('-----BEGIN PRIVATE KEY-----') ?? -1;
      return text === undefined || at < 0 ? undefined : { certificatePem: text.slice(0, at), keyPem: text.slice(at) };
    },
    save: ({ certificatePem, keyPem }) => replaceIn(folder, path, `${certificatePem.trimEnd()}\n${keyPem}`),
    pending: {
      load: async () => pendingOf(await readIfThere(request)),
      save: (pending) =>
        pending === undefined
          ? rm(request, { force: true })
          : replaceIn(folder, request, `${JSON.stringify(pending, undefined, 2)}\n`),
    },
  };
}
