import type { ChildProcess, ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../../bin/virtual-kubelet', import.meta.url));

/** The command as a user starts it. */
export interface VirtualKubelet {
  readonly process: ChildProcess;
  /** Everything it wrote to standard error so far. */
  readonly log: () => string;
  /** Resolves with its exit status when it has ended by itself and all it wrote was read. */
  ended(): Promise<number | null>;
  /** Ends it with a signal and gives its exit status. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Flags of a node of the mock that takes any free port, and serves no health and metrics of the process. */
export function mockNodeFlags(name: string, kubeconfig: string): readonly string[] {
  const quiet = ['--metrics-addr', 'none', '--port', '0'];
  return ['--provider', 'mock', '--nodename', name, '--kubeconfig', kubeconfig, ...quiet];
}

/** Starts `virtual-kubelet` with these arguments; `stop` it in the end. */
export function startVirtualKubelet(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd: string = process.cwd(),
): VirtualKubelet {
  return started(spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** Starts `virtual-kubelet` as {@link startVirtualKubelet} does, with so many files that it may have open. */
export function startWithOpenFiles(files: number, args: readonly string[]): VirtualKubelet {
  const script = `ulimit -n ${files} && exec "$0" "$@"`;
  return started(spawn('sh', ['-c', script, command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }));
}

function started(child: ChildProcessByStdio<null, Readable, Readable>): VirtualKubelet {
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const closed = once(child, 'close');
  closed.catch(() => undefined);
  return {
    process: child,
    log: () => log,
    async ended() {
      await closed;
      process.off('exit', kill);
      return child.exitCode;
    },
    async stop(signal = 'SIGTERM') {
      process.off('exit', kill);
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill(signal);
        await ended;
      }
      return child.exitCode;
    },
  };
}

/** Starts `virtual-kubelet playground` and waits until it says that it runs; rejects with what it said where it does not. */
export async function startPlaygroundCommand(
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  cwd?: string,
): Promise<VirtualKubelet> {
  const made = startVirtualKubelet(['playground', ...flags], env, cwd);
  const { stdout } = made.process;
  while (!made.log().includes('It runs until Ctrl-C')) {
    if (made.process.exitCode !== null || stdout === null) throw new Error(made.log());
    await Promise.race([once(stdout, 'data'), once(made.process, 'exit')]);
  }
  return made;
}
