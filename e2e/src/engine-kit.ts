/** What a container engine of a test's own needs, whichever it is. */
import { execFile } from 'node:child_process';
import { constants, accessSync } from 'node:fs';
import { access, copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Names of the images every engine of a test has. */
export const images = {
  busybox: 'localhost/vk-e2e-busybox:1',
  pause: 'localhost/vk-e2e-pause:1',
  node: 'localhost/vk-e2e-node:1',
} as const;

/** Whether the kernel's log can be read, which tells of processes killed for memory where an engine does not. */
export const kernelLogIsThere: boolean = ((): boolean => {
  try {
    accessSync('/dev/kmsg', constants.R_OK);
    return true;
  } catch {
    return false;
  }
})();

const applets =
  'sh ls cat sleep echo httpd wget nc id env true false kill ps hostname mkdir touch stat head tail test tar';

/** The first command of that name in the path. */
export async function inPath(command: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, command);
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}

/** Lets go of what is mounted below a folder, lazily: processes that watched commands stay for minutes and keep mounts busy. */
export async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  const own = mounts.filter((path) => path.startsWith(`${folder}/`)).toReversed();
  for (const path of own) await run('umount', ['--lazy', path]).catch(() => undefined);
}

/** A root file system with busybox and nothing else, as an archive. */
export async function busyboxTree(folder: string): Promise<string> {
  const tree = join(folder, 'tree');
  const tar = join(folder, 'tree.tar');
  for (const sub of ['bin', 'etc', 'tmp', 'dev', 'proc', 'sys']) await mkdir(join(tree, sub), { recursive: true });
  await copyFile((await inPath('busybox')) ?? '', join(tree, 'bin/busybox'));
  for (const name of applets.split(' ')) await symlink('busybox', join(tree, 'bin', name));
  await writeFile(join(tree, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\n');
  await run('tar', ['-C', tree, '-cf', tar, '.']);
  return tar;
}
