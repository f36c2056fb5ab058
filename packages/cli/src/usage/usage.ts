import type { Command, CommanderError } from 'commander';
import type { CodedError } from '@virtual-kubelet/base';
import { errorsOf } from '@virtual-kubelet/base';
import { errors } from '../errors.js';
import { nearest } from './nearest.js';

const fail = errorsOf(errors);

/** How a command is called, as in `virtual-kubelet config print`. */
export function commandPath(command: Command): string {
  return command.parent ? `${commandPath(command.parent)} ${command.name()}` : command.name();
}

function visibleFlags(command: Command): readonly string[] {
  const { options } = command;
  return ['help', ...options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long?.slice(2) ?? [])];
}

function commandNames(command: Command): readonly string[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((each) => each.name());
}

function usage(command: Command, problem: string, meant: string | undefined): CodedError {
  const help = `"${commandPath(command)} --help"`;
  const remedy = meant === undefined ? `see ${help}` : `did you mean ${meant}? ${help} lists what there is`;
  return fail('VK_USAGE', { problem, remedy });
}

/** The error for a word in the place of a command. */
export function unknownCommand(command: Command, word: string): CodedError {
  const names = commandNames(command);
  if (names.includes(word)) return usage(command, `the command ${word} has to stand before its options`, undefined);
  return usage(command, `there is no command "${word}"`, nearest(word, names));
}

function unknownOption(command: Command, spelling: string): CodedError {
  const meant = nearest(spelling.replace(/^-+/, ''), visibleFlags(command));
  return usage(command, `there is no option ${spelling}`, meant && `--${meant}`);
}

/** The error for a command that only groups others. */
export function commandMissing(command: Command): CodedError {
  const names = commandNames(command).filter((name) => name !== 'help');
  return usage(command, `${commandPath(command)} needs one of: ${names.join(', ')}`, undefined);
}

/** The error for a word that a command has no use for. */
export function excessWord(command: Command, word: string): CodedError {
  return usage(command, `${commandPath(command)} takes no argument "${word}"`, undefined);
}

function argumentWords(command: Command): string {
  const [argument] = command.registeredArguments;
  const choices = argument?.argChoices ?? [];
  return choices.length === 0 ? `<${argument?.name() ?? ''}>` : `one of: ${choices.join(', ')}`;
}

/** Of an option the parser quotes its spellings first; of an argument, what was typed. */
function invalidValue(command: Command, line: string, quoted: string): CodedError {
  const choices = /Allowed choices are (.*?)\.?$/.exec(line)?.[1] ?? '';
  const [, typed = quoted] = /argument '([^']*)' is invalid/.exec(line) ?? [];
  const option = command.options.find(({ flags }) => flags === quoted)?.long;
  return usage(
    command,
    `${option === undefined ? '' : `${option}: `}"${typed}" is not one of: ${choices}`,
    nearest(typed, choices.split(', ')),
  );
}

/** The same from what the parser says, which names options by their quoted spelling. */
export function parserError(command: Command, { code, message }: CommanderError): CodedError {
  const [line = ''] = message.replace(/^error: /, '').split('\n', 1);
  const [, quoted = ''] = /'([^']*)'/.exec(line) ?? [];
  switch (code) {
    case 'commander.unknownOption':
      return unknownOption(command, quoted);
    case 'commander.unknownCommand':
      return unknownCommand(command, quoted);
    case 'commander.optionMissingArgument':
      return usage(command, `${quoted} is missing`, undefined);
    case 'commander.missingArgument':
      return usage(command, `${commandPath(command)} needs ${argumentWords(command)}`, undefined);
    case 'commander.excessArguments':
      return excessWord(command, command.args[command.registeredArguments.length] ?? '');
    case 'commander.invalidArgument':
      return invalidValue(command, line, quoted);
    default:
      return usage(command, line.replace(/\.$/, ''), undefined);
  }
}
