import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateStore, PendingRequest } from '@virtual-kubelet/agent';

/** Readable by their owner only. */
const own = 0o600;

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function replace(folder: string, path: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const next = `${path}.new`;
  await writeFile(next, text, { mode: own });
  await chmod(next, own);
  await rename(next, path);
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
    save: ({ certificatePem, keyPem }) => replace(folder, path, `${certificatePem.trimEnd()}\n${keyPem}`),
    pending: {
      load: async () => pendingOf(await readIfThere(request)),
      save: (pending) =>
        pending === undefined
          ? rm(request, { force: true })
          : replace(folder, request, `${JSON.stringify(pending, undefined, 2)}\n`),
    },
  };
}
