import { posix } from 'node:path';
import type { Clock } from '@virtual-kubelet/base';
import type { Sink, TerminalSize } from '@virtual-kubelet/provider';
import type { ByteReader } from './byte-reader.js';
import type { Files } from './files.js';

/** Size of the terminal a command runs in, and its changes. */
export interface TerminalView {
  size(): TerminalSize;
  /** Resolves at the next change of the size. */
  resized(): Promise<void>;
}

/** A terminal as a shell sees it. */
export interface ShellTerminal extends TerminalView {
  /** A signal that Ctrl-C aborts, for one command. */
  foreground(): { readonly signal: AbortSignal; readonly release: () => void };
}

/** What a container is to its commands. */
export interface ContainerFacts {
  readonly hostname: string;
  readonly files: Files;
  readonly clock: Clock;
}

/** What one shell remembers. */
export interface ShellState {
  readonly env: Map<string, string>;
  /** Names that commands see. */
  readonly exported: Set<string>;
  cwd: string;
  /** Exit code of the last command. */
  status: number;
  /** How many shells this one is in. */
  readonly depth: number;
  /** Shared by a shell and those within it. */
  readonly budget: { commands: number };
}

/** One call of a command. */
export interface CommandCall {
  readonly name: string;
  readonly args: readonly string[];
  readonly stdin: ByteReader;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Aborts when the command is to end: the client is gone, or pressed Ctrl-C. */
  readonly signal: AbortSignal;
  readonly container: ContainerFacts;
  readonly shell: ShellState;
  readonly terminal?: ShellTerminal;
}

/** Runs to an exit code. May throw {@link CommandError}, file errors and broken pipes. */
export type Command = (call: CommandCall) => Promise<number>;

/** A command cannot do what it was asked. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

const utf8 = new TextEncoder();

/** Writes text. */
export async function say(sink: Sink, text: string): Promise<void> {
  if (text !== '') await sink.write(utf8.encode(text));
}

/** A path as the files know it: absolute, without dots. */
export function pathOf({ shell }: CommandCall, path: string): string {
  return posix.resolve('/', shell.cwd, path);
}

/** The bytes a command reads: the files it names (`-` is its input), or its input. */
export async function* inputOf(call: CommandCall, paths: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const path of paths.length === 0 ? ['-'] : paths) {
    if (path === '-') yield* fromStdin(call);
    else yield* fromFile(call, path);
  }
}

/** Between chunks others get their turn: nothing else here waits for anything. */
async function* fromFile(call: CommandCall, path: string): AsyncGenerator<Uint8Array> {
  for await (const bytes of call.container.files.read(pathOf(call, path))) {
    call.signal.throwIfAborted();
    await call.container.clock.turn();
    yield bytes;
  }
}

async function* fromStdin({ stdin, signal }: CommandCall): AsyncGenerator<Uint8Array> {
  for (let bytes = await stdin.read(signal); bytes; bytes = await stdin.read(signal)) yield bytes;
}

/** A whole number with the suffixes of `head`: k, M, G. */
export function countOf(text: string): number {
  const [, digits = '', suffix = ''] = /^(\d+)([kKMG]?)$/.exec(text) ?? [];
  if (digits === '') throw new CommandError(`invalid number '${text}'`);
  const factors: Readonly<Record<string, number>> = { '': 1, k: 1_024, K: 1_024, M: 1_048_576, G: 1_073_741_824 };
  return Number(digits) * (factors[suffix] ?? 1);
}

/** Arguments by option letter, and the others. `withValue`: letters that take one. */
export function optionsOf(
  args: readonly string[],
  withValue: string = '',
): { readonly options: ReadonlyMap<string, string>; readonly rest: readonly string[] } {
  const options = new Map<string, string>();
  let at = 0;
  for (; at < args.length; at += 1) {
    const word = args[at] ?? '';
    if (word === '--') {
      at += 1;
      break;
    }
    if (!/^-[^-]/.test(word)) break;
    for (let i = 1; i < word.length; i += 1) {
      const letter = word[i] ?? '';
      if (!withValue.includes(letter)) options.set(letter, '');
      else {
        const attached = word.slice(i + 1);
        if (attached === '') at += 1;
        options.set(letter, attached === '' ? (args[at] ?? '') : attached);
        break;
      }
    }
  }
  return { options, rest: args.slice(at) };
}
