import type { Sink } from '@virtual-kubelet/provider';
import type { Pipe } from '../pipe.js';
import { BrokenPipe, pipe } from '../pipe.js';
import type { ByteReader } from './byte-reader.js';
import { streamReader } from './byte-reader.js';
import type { Command, CommandCall, ContainerFacts, ShellState, ShellTerminal } from './command.js';
import { CommandError, inputOf, pathOf, say } from './command.js';
import { containerCommands } from './container-commands.js';
import { fileCommands } from './file-commands.js';
import { FileError } from './files.js';
import type { Pipeline, Redirect, SimpleCommand, Word } from './syntax.js';
import { longestScript, parseScript, ShellSyntaxError } from './syntax.js';
import { textCommands } from './text-commands.js';

/** Where a shell runs: its streams, and what is around it. */
export interface ShellRoom {
  readonly stdin: ByteReader;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly container: ContainerFacts;
  readonly state: ShellState;
  /** Aborts when the shell is to end. */
  readonly signal: AbortSignal;
  readonly terminal?: ShellTerminal;
}

/** Shells in shells. */
const deepest = 8;
/** Commands that one line may come to: scripts that call themselves end, and the node lives on. */
const commandsPerLine = 2_000;

/** What one line may still do. */
export function newBudget(): ShellState['budget'] {
  return { commands: commandsPerLine };
}

/** The shell is to end. */
class ShellExit extends Error {
  readonly status: number;

  constructor(status: number) {
    super('exit');
    this.status = status;
  }
}

const exit: Command = async ({ args, shell }) => {
  const text = args[0] ?? String(shell.status);
  if (!/^\d+$/.test(text)) throw new CommandError(`Illegal number: ${text}`, 2);
  throw new ShellExit(Number(text) & 255);
};

const help: Command = async ({ stdout }) => {
  const names = [...commands.keys()].toSorted().join(' ');
  await say(stdout, `A shell of the mock provider. Commands: ${names}\nPipes, redirections, ; && || and $NAME work.\n`);
  return 0;
};

async function scriptOf(call: CommandCall, path: string): Promise<string> {
  const node = call.container.files.stat(pathOf(call, path));
  if (node?.kind === 'file' && node.size > longestScript) throw new FileError(path, 'File too large');
  const text: Uint8Array[] = [];
  for await (const chunk of call.container.files.read(pathOf(call, path))) text.push(chunk);
  return Buffer.concat(text).toString();
}

const sh: Command = async (call) => {
  const { container, stdin, stdout, stderr, signal, shell, terminal } = call;
  // A shell of its own: what it sets is gone with it.
  const state: ShellState = {
    env: new Map(shell.env),
    exported: new Set(shell.exported),
    cwd: shell.cwd,
    status: 0,
    depth: shell.depth + 1,
    budget: shell.budget,
  };
  if (state.depth > deepest) throw new CommandError('too many shells within each other');
  const room: ShellRoom = { container, stdin, stdout, stderr, signal, state, ...(terminal ? { terminal } : {}) };
  const script = call.args.findIndex((word) => /^-[a-z]*c$/.test(word));
  if (script >= 0) return await runShell(room, call.args[script + 1] ?? '');
  if (call.args.length === 0 || call.args[0]?.startsWith('-') === true) return await runLines(room);
  return await runShell(room, await scriptOf(call, call.args[0] ?? ''));
};

const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ...Object.entries(textCommands),
  ...Object.entries(fileCommands),
  ...Object.entries(containerCommands),
  ['exit', exit],
  ['help', help],
  ['sh', sh],
  ['bash', sh],
  ['ash', sh],
]);

/** Names of all commands. */
export const commandNames: readonly string[] = [...commands.keys()].toSorted();

function variable({ env, status }: ShellState, name: string): string {
  if (name === '?') return String(status);
  if (name === '$') return '1';
  const [, plain = name, otherwise = ''] = /^(.*?):-(.*)$/s.exec(name) ?? [];
  return env.get(plain) || otherwise;
}

function textOf(state: ShellState, word: Word): string {
  return word.map((part) => ('text' in part ? part.text : variable(state, part.variable))).join('');
}

/** A word that is nothing but empty variables is no word, as `rm $NOTHING` has none. */
function argumentsOf(state: ShellState, words: readonly Word[]): readonly string[] {
  return words
    .map((word) => ({ text: textOf(state, word), kept: word.some((part) => 'text' in part) }))
    .filter(({ text, kept }) => kept || text !== '')
    .map(({ text }) => text);
}

interface Streams {
  readonly stdin: ByteReader;
  readonly stdout: Sink;
  readonly stderr: Sink;
}

function fileSink(call: CommandCall, path: string, append: boolean): Sink {
  const write = call.container.files.open(pathOf(call, path), { append });
  // Nothing here waits for anything else, so that others would not get their turn.
  return {
    async write(chunk) {
      call.signal.throwIfAborted();
      await call.container.clock.turn();
      write(chunk);
    },
  };
}

function redirected(call: CommandCall, redirect: Redirect, streams: Streams): Streams {
  if ('from' in redirect) {
    const path = textOf(call.shell, redirect.from);
    if (!call.container.files.stat(pathOf(call, path))) throw new FileError(path, 'No such file or directory');
    return { ...streams, stdin: streamReader(inputOf(call, [path])) };
  }
  if ('like' in redirect) return { ...streams, [redirect.stream]: streams[redirect.like] };
  const sink = fileSink(call, textOf(call.shell, redirect.to), redirect.append);
  return { ...streams, [redirect.stream]: sink };
}

/** What an error of a command says, and its exit code. Undefined: it is not the command's. */
function outcomeOf(
  error: unknown,
  call: CommandCall,
): { readonly text: string; readonly exitCode: number } | undefined {
  if (error instanceof BrokenPipe) return { text: '', exitCode: 141 };
  if (error instanceof CommandError) return { text: `${call.name}: ${error.message}\n`, exitCode: error.exitCode };
  if (error instanceof RangeError) return { text: `${call.name}: out of memory\n`, exitCode: 1 };
  if (error instanceof FileError) return { text: `${call.name}: ${error.message}\n`, exitCode: 1 };
  return undefined;
}

async function runOne(call: CommandCall, redirects: readonly Redirect[]): Promise<number> {
  let streams: Streams = call;
  try {
    await call.container.clock.turn();
    call.shell.budget.commands -= 1;
    if (call.shell.budget.commands < 0) throw new CommandError('too many commands');
    for (const redirect of redirects) streams = redirected(call, redirect, streams);
    const command = commands.get(call.name.split('/').at(-1) ?? '');
    if (call.name === '') return 0;
    if (command) return await command({ ...call, ...streams });
    await say(streams.stderr, `sh: ${call.name}: not found\n`);
    return 127;
  } catch (error) {
    const outcome = outcomeOf(error, call);
    if (!outcome) throw error;
    await say(streams.stderr, outcome.text);
    return outcome.exitCode;
  }
}

/** Assignments before a command are for that command alone; on their own they are the shell's. */
function assigned(state: ShellState, { assignments, words }: SimpleCommand): ShellState {
  if (assignments.length === 0) return state;
  const own = words.length === 0 ? state : { ...state, env: new Map(state.env), exported: new Set(state.exported) };
  for (const { name, value } of assignments) {
    own.env.set(name, textOf(state, value));
    if (words.length > 0) own.exported.add(name);
  }
  return own;
}

function callOf(
  room: ShellRoom,
  command: SimpleCommand,
  streams: Streams & { readonly signal: AbortSignal },
): CommandCall {
  const shell = assigned(room.state, command);
  const [name = '', ...args] = argumentsOf(room.state, command.words);
  const { container, terminal } = room;
  return { name, args, shell, container, ...streams, ...(terminal ? { terminal } : {}) };
}

/** In a pipe every command is a shell of its own, so that `exit` ends only that one. */
async function runPiped(
  call: CommandCall,
  command: SimpleCommand,
  ends: { readonly input?: Pipe; readonly output?: Pipe },
): Promise<number> {
  try {
    return await runOne({ ...call, shell: { ...call.shell } }, command.redirects);
  } catch (error) {
    if (error instanceof ShellExit) return error.status;
    throw error;
  } finally {
    ends.output?.close();
    await ends.input?.source[Symbol.asyncIterator]().return?.();
  }
}

async function runPipeline(room: ShellRoom, { commands: all }: Pipeline, signal: AbortSignal): Promise<number> {
  const [only] = all;
  if (all.length === 1 && only) {
    const { stdin, stdout, stderr } = room;
    return await runOne(callOf(room, only, { stdin, stdout, stderr, signal }), only.redirects);
  }
  const pipes = all.slice(1).map(() => pipe());
  const codes = await Promise.all(
    all.map((command, i) => {
      const [input, output] = [pipes[i - 1], pipes[i]];
      const stdin = input ? streamReader(input.source) : room.stdin;
      const call = callOf(room, command, { stdin, stdout: output ?? room.stdout, stderr: room.stderr, signal });
      return runPiped(call, command, { ...(input ? { input } : {}), ...(output ? { output } : {}) });
    }),
  );
  return codes.at(-1) ?? 0;
}

/** Runs a pipeline that Ctrl-C can end. */
async function runForeground(room: ShellRoom, pipeline: Pipeline): Promise<number> {
  const foreground = room.terminal?.foreground();
  const signal = foreground ? AbortSignal.any([room.signal, foreground.signal]) : room.signal;
  try {
    return await runPipeline(room, pipeline, signal);
  } catch (error) {
    if (room.signal.aborted || foreground?.signal.aborted !== true) throw error;
    return 130;
  } finally {
    foreground?.release();
  }
}

async function runPipelines(room: ShellRoom, pipelines: readonly Pipeline[]): Promise<void> {
  const { state } = room;
  for (const pipeline of pipelines) {
    if (pipeline.when === 'success' && state.status !== 0) continue;
    if (pipeline.when === 'failure' && state.status === 0) continue;
    state.status = await runForeground(room, pipeline);
    room.signal.throwIfAborted();
  }
}

/** Runs text; undefined: the shell goes on, otherwise its exit code. */
async function runText(room: ShellRoom, text: string): Promise<number | undefined> {
  try {
    await runPipelines(room, parseScript(text));
    return undefined;
  } catch (error) {
    if (error instanceof ShellExit) return error.status;
    if (!(error instanceof ShellSyntaxError)) throw error;
    await say(room.stderr, `sh: syntax error: ${error.message}\n`);
    room.state.status = 2;
    return undefined;
  }
}

/** Runs a script to its end. */
export async function runShell(room: ShellRoom, script: string): Promise<number> {
  return (await runText(room, script)) ?? room.state.status;
}

/**
 * Runs the lines of stdin until it ends or a line says `exit`.
 * @param prompt what to say before each line, in a terminal
 */
export async function runLines(room: ShellRoom, prompt?: (state: ShellState) => string): Promise<number> {
  for (;;) {
    if (prompt) await say(room.stdout, prompt(room.state));
    const line = await room.stdin.readLine(room.signal);
    if (line === undefined) return room.state.status;
    if (room.state.depth === 0) room.state.budget.commands = commandsPerLine;
    const code = await runText(room, line);
    if (code !== undefined) return code;
  }
}

/** Runs one command with its words as they are, without a shell. */
export async function runWords(room: ShellRoom, words: readonly string[]): Promise<number> {
  const command: SimpleCommand = { assignments: [], words: words.map((text) => [{ text }]), redirects: [] };
  try {
    return await runForeground(room, { when: 'always', commands: [command] });
  } catch (error) {
    if (error instanceof ShellExit) return error.status;
    throw error;
  }
}
