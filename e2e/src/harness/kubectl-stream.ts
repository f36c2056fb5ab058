import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { heardFrom } from './heard.js';

/** Which kubectl to run, and as whom. */
export interface KubectlPlace {
  readonly handle: { readonly kubectlPath: string };
  kubeconfig(): string;
}

/** What a kubectl that was given bytes has written. */
export interface BytesResult {
  readonly stdout: Buffer;
  readonly stderr: string;
  /** -1 when a signal ended it. */
  readonly code: number;
}

function start(plane: KubectlPlace, args: readonly string[]): ChildProcess {
  return spawn(plane.handle.kubectlPath, [`--kubeconfig=${plane.kubeconfig()}`, ...args], { stdio: 'pipe' });
}

/** Runs kubectl with bytes for its standard input, which then ends. */
export async function kubectlBytes(
  plane: KubectlPlace,
  args: readonly string[],
  input: Uint8Array = new Uint8Array(),
): Promise<BytesResult> {
  const child = start(plane, args);
  const chunks: Buffer[] = [];
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  const code = await new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? -1)));
  return { stdout: Buffer.concat(chunks), stderr, code };
}

/** A kubectl that goes on until it is ended. */
export interface RunningKubectl {
  readonly output: () => string;
  /** Resolves when the output matches; rejects when it ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  write(text: string): void;
  stop(signal?: NodeJS.Signals): Promise<number>;
}

/** Starts kubectl and leaves it running; `stop` it in the end. */
export function startKubectl(plane: KubectlPlace, args: readonly string[]): RunningKubectl {
  const child = start(plane, args);
  const { output, hear, end, until } = heardFrom(`kubectl ${args.join(' ')}`);
  child.stdout?.on('data', (chunk: Buffer) => hear(chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => hear(chunk.toString()));
  child.stdin?.on('error', () => undefined);
  const ended = new Promise<number>((resolve) =>
    child.once('close', (code) => {
      end();
      resolve(code ?? -1);
    }),
  );
  return {
    output,
    until,
    write: (text) => void child.stdin?.write(text),
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}
