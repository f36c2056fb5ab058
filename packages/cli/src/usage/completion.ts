import type { Command, Option as CommanderOption } from 'commander';
import type { Option, ValueSource } from '../options/option.js';
import { runOptions } from '../options/option-table.js';
import { playgroundOptions } from '../options/playground-options.js';
import { knownProviders } from '../run/providers.js';

/** What a shell can put in the place of the word under the cursor. */
export interface Candidates {
  /** Whole words, each with what it is for. */
  readonly words: readonly (readonly [word: string, help: string])[];
  /** What the shell itself can add. */
  readonly paths: 'none' | 'file' | 'folder';
}

const nothing: Candidates = { words: [], paths: 'none' };
const plain = (words: readonly string[]): Candidates => ({ words: words.map((word) => [word, '']), paths: 'none' });

function fromSource(source: ValueSource): Candidates {
  if (source !== 'provider') return { words: [], paths: source };
  const words = knownProviders.flatMap(({ name, aliases, summary }) =>
    [name, ...aliases].map((each) => [each, summary] as const),
  );
  return { words, paths: 'none' };
}

function tableRow(command: Command, flag: string): Option | undefined {
  const table = command.name() === 'playground' ? playgroundOptions : runOptions;
  return table.find((option) => option.flag === flag);
}

/** Values of an option: from the table, or from the parser for those that only it knows. */
function valuesOf(command: Command, option: CommanderOption): Candidates {
  const flag = option.long?.slice(2) ?? '';
  if (option.argChoices) return plain(option.argChoices);
  if (flag === 'config') return { words: [], paths: 'file' };
  const row = tableRow(command, flag);
  if (row?.type === 'boolean') return plain(['true', 'false']);
  if (row?.values !== undefined) return fromSource(row.values);
  return plain(row?.choices ?? row?.words ?? []);
}

/** Values behind what the word begins with: `--flag=`, and the items of a list that are there already. */
function valuesBehind(head: string, typed: string, values: Candidates): Candidates {
  const before = head + typed.slice(0, typed.lastIndexOf(',') + 1);
  return { ...values, words: values.words.map(([word, help]) => [before + word, help]) };
}

function findOption(command: Command, word: string): CommanderOption | undefined {
  const name = word.split('=', 1)[0] ?? '';
  return command.options.find(({ long, short }) => name === long || name === short);
}

function isCommand(each: Command, word: string): boolean {
  return each.name() === word;
}

/** The command that the words before the cursor lead to, and the option among them that lacks its value. */
function follow(program: Command, before: readonly string[]): { command: Command; pending?: CommanderOption } {
  let command = program;
  let pending: CommanderOption | undefined;
  for (const word of before) {
    if (pending) {
      pending = undefined;
      continue;
    }
    const inner = command.commands.find((each) => isCommand(each, word));
    if (inner) command = inner;
    else if (command === program) command = defaultCommand(program);
    const option = findOption(command, word);
    pending = option?.required === true && !word.includes('=') ? option : undefined;
  }
  return { command, ...(pending ? { pending } : {}) };
}

function defaultCommand(program: Command): Command {
  return program.commands.find((each) => isCommand(each, 'run')) ?? program;
}

function optionsOf(command: Command, program: Command): Candidates {
  const own = command === program ? [...program.options, ...defaultCommand(program).options] : command.options;
  const visible = own.filter(({ hidden }) => !hidden);
  return {
    words: [...visible.flatMap(({ long, description }) => (long ? [[long, description] as const] : [])), helpOption],
    paths: 'none',
  };
}

const helpOption = ['--help', 'display help for command'] as const;

function wordsOf(command: Command): Candidates {
  const names = command.commands.map((each) => [each.name(), each.description()] as const);
  if (names.length > 0) return { words: names, paths: 'none' };
  if (command.name() === 'providers') return fromSource('provider');
  return plain(command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []));
}

function unfiltered(program: Command, before: readonly string[], typed: string): Candidates {
  const { command, pending } = follow(program, before);
  const owner = command === program ? defaultCommand(program) : command;
  const at = typed.indexOf('=') + 1;
  if (pending) return valuesBehind('', typed, valuesOf(owner, pending));
  if (!typed.startsWith('-')) return wordsOf(command);
  if (at === 0) return optionsOf(command, program);
  const option = findOption(owner, typed);
  return option ? valuesBehind(typed.slice(0, at), typed.slice(at), valuesOf(owner, option)) : nothing;
}

/** What can follow the words before the cursor in the place of the one under it. */
export function candidates(program: Command, words: readonly string[]): Candidates {
  const typed = words.at(-1) ?? '';
  const found = unfiltered(program, words.slice(0, -1), typed);
  return { ...found, words: found.words.filter(([word]) => word.startsWith(typed)) };
}

/**
 * Prints the candidates for the words behind the name of the command, the last being the one under the cursor: a line for
 * each with a tab before its help, and last a line that says which paths fit, as in `:file`.
 */
export function printCandidates(program: Command, words: readonly string[]): void {
  const { words: found, paths } = candidates(program, words);
  const lines = found.map(([word, help]) => `${word}\t${help.replaceAll(/\s+/g, ' ')}\n`);
  process.stdout.write(`${lines.join('')}:${paths}\n`);
}
