import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify, stripVTControlCharacters } from 'node:util';

const run = promisify(execFile);

/** Path of the built command. */
export const command: string = fileURLToPath(new URL('../../../bin/virtual-kubelet', import.meta.url));

/** How a run of the command ended; without colours. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command as a user does, to its end, without the environment and home of this process. */
export async function virtualKubelet(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd?: string,
): Promise<Ended> {
  try {
    const { stdout, stderr } = await run(command, [...args], {
      ...(cwd === undefined ? {} : { cwd }),
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env },
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr: stripVTControlCharacters(stderr) };
  }
}

/** A kubeconfig for a server, with a token as its credential. */
export function kubeconfigFor(server: string): string {
  return JSON.stringify({
    'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    users: [{ name: 'u', user: { token: 'canary' } }],
  });
}
