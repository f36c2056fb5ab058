import type { Clock } from '@virtual-kubelet/base';
import type { ExecStreams, Sink } from '@virtual-kubelet/provider';
import type { Room } from '../rooms.js';
import { noInput, streamReader } from './byte-reader.js';
import type { ShellState } from './command.js';
import type { ShellRoom } from './interpreter.js';
import { commandNames, newBudget, runLines, runWords } from './interpreter.js';
import { createTerminal } from './terminal.js';

/** A command in a room. */
export interface CommandRun {
  readonly room: Room;
  readonly clock: Clock;
  readonly streams: ExecStreams;
  /** Ends the command. */
  readonly signal: AbortSignal;
}

const nowhere: Sink = { write: async () => undefined };
const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'ash']);

function baseName(word: string): string {
  return word.split('/').at(-1) ?? '';
}

/** A shell without a script: it reads lines. */
function isPlainShell(words: readonly string[]): boolean {
  return shells.has(baseName(words[0] ?? '')) && words.slice(1).every((word) => word === '-i' || word === '-l');
}

/** Whether the shell knows a command. */
export function isKnown(words: readonly string[]): boolean {
  return commandNames.includes(baseName(words[0] ?? ''));
}

function newState(room: Room): ShellState {
  return {
    env: new Map(room.env),
    exported: new Set(room.env.keys()),
    cwd: '/',
    status: 0,
    depth: 0,
    budget: newBudget(),
  };
}

const prompt = (state: ShellState): string => `${state.cwd} # `;

async function runIn(room: ShellRoom, words: readonly string[]): Promise<number> {
  return isPlainShell(words) ? await runLines(room, room.terminal ? prompt : undefined) : await runWords(room, words);
}

async function inTerminal(run: CommandRun, words: readonly string[]): Promise<number> {
  const { room, clock, streams, signal } = run;
  const { hostname, files } = room;
  const terminal = createTerminal(streams.stdout ?? nowhere);
  const { stdin, stdout, view } = terminal;
  if (streams.stdin) terminal.run(streams.stdin, streams.resize).catch(() => undefined);
  const shell: ShellRoom = {
    stdin: streams.stdin ? stdin : noInput,
    stdout,
    stderr: stdout,
    container: { hostname, files, clock },
    state: newState(room),
    signal,
    terminal: view,
  };
  return await runIn(shell, words);
}

/** Runs a command to its exit code. Rejects with the signal's reason, or when its client cannot be written to. */
export async function runCommand(run: CommandRun, words: readonly string[]): Promise<number> {
  const { room, clock, streams, signal } = run;
  if (streams.tty) return await inTerminal(run, words);
  const { hostname, files } = room;
  const shell: ShellRoom = {
    stdin: streams.stdin ? streamReader(streams.stdin) : noInput,
    stdout: streams.stdout ?? nowhere,
    stderr: streams.stderr ?? nowhere,
    container: { hostname, files, clock },
    state: newState(room),
    signal,
  };
  return await runIn(shell, words);
}
