import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateStore } from '@virtual-kubelet/agent';

/** Readable by their owner only. */
const own = 0o600;

/** Keeps a node's serving certificate in one file of a folder, certificate first, so that both change in one step. */
export function certificateFolder(folder: string, node: string): CertificateStore {
  const path = join(folder, `${node}-serving.pem`);
  return {
    async load() {
      let text: string;
      try {
        text = await readFile(path, 'utf8');
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      }
      const at = text.indexOf('-----BEGIN PRIVATE KEY-----');
      return at < 0 ? undefined : { certificatePem: text.slice(0, at), keyPem: text.slice(at) };
    },
    async save({ certificatePem, keyPem }) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const next = `${path}.new`;
      await writeFile(next, `${certificatePem.trimEnd()}\n${keyPem}`, { mode: own });
      await chmod(next, own);
      await rename(next, path);
    },
  };
}
