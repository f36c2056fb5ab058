import { stat } from 'node:fs/promises';
import { errorsOf } from '@virtual-kubelet/base';
import type { ClusterConfig } from '@virtual-kubelet/client';
import type { Checklist } from '../output/checklist.js';
import { errors } from '../errors.js';

const fail = errorsOf(errors);

/** Files given by the user with what proves who somebody is. What changes by itself, such as tokens of pods, is not among them. */
export function secretFilesOf({ user }: ClusterConfig): readonly string[] {
  const { authentication, clientCertificate, file } = user;
  const key = clientCertificate?.key;
  const isInFile = key?.kind === 'inline' || authentication.kind === 'token' || authentication.kind === 'basic';
  return [...(key?.kind === 'file' ? [key.path] : []), ...(isInFile && file !== undefined ? [file] : [])];
}

/**
 * Who beside its owner may read a file; undefined: nobody. A group is no stranger where this process reads the file by it,
 * as that of a mounted Secret with `fsGroup`.
 * @param own user of this process; undefined where files have no modes
 */
export function readersOf(
  { mode, uid }: { readonly mode: number; readonly uid: number },
  own: number | undefined,
): string | undefined {
  if (own === undefined) return undefined;
  if ((mode & 0o004) !== 0) return 'everybody on this machine';
  return (mode & 0o040) !== 0 && (uid === own || own === 0) ? 'its group' : undefined;
}

/** Notes files with secrets that others may read. One that cannot be looked at fails where it is used. */
export async function mentionReadable(paths: readonly string[], checklist: Pick<Checklist, 'note'>): Promise<void> {
  for (const path of new Set(paths)) {
    const found = await stat(path).catch(() => undefined);
    const readers = found && readersOf(found, process.getuid?.());
    if (readers === undefined) continue;
    const { message, remedy, code } = fail('VK_KEY_READABLE', { path, readers });
    checklist.note(`${message}: ${remedy} (${code})`);
  }
}
