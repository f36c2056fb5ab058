import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program that was started here and is ended here. */
export interface Child {
  readonly pid: number;
  /** The end of what it wrote to either output. */
  log(): string;
  /** Exit status, or the name of a signal; undefined while it runs. */
  readonly ended: number | string | undefined;
  /** Resolves with standard output once it has ended well; rejects with the end of its log otherwise. */
  readonly done: Promise<string>;
  /** First line of standard output. */
  firstLine(): Promise<string>;
  /** @param patience milliseconds until it is ended @default 10,000 */
  stop(signal?: NodeJS.Signals, patience?: number): Promise<void>;
}

const longestLog = 20_000;
async function end(child: ChildProcess, signal: NodeJS.Signals, patience: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const insist = setTimeout(() => child.kill('SIGKILL'), patience);
  await exited;
  clearTimeout(insist);
}

/** Starts a program. It goes with this process, however that ends in an orderly way. */
export function startChild(
  path: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): Child {
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let out = '';
  let log = '';
  const keep = (chunk: Buffer): void => {
    log = (log + chunk.toString()).slice(-longestLog);
  };
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    keep(chunk);
  });
  child.stderr.on('data', keep);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = (): number | string | undefined => child.exitCode ?? child.signalCode ?? undefined;
  const done = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => {
      process.off('exit', kill);
      if (child.exitCode === 0) resolve(out);
      else reject(new Error(`${path} ended with ${ended()}:\n${log}`));
    });
  });
  done.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    log: () => log,
    get ended() {
      return ended();
    },
    done,
    firstLine: () =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (out.includes('\n')) resolve(out.split('\n', 1)[0] ?? '');
        };
        look();
        child.stdout.on('data', look);
        done.catch(reject);
      }),
    stop: (signal = 'SIGTERM', patience = 10_000) => end(child, signal, patience),
  };
}
