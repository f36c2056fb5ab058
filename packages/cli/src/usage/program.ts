import { Argument, Command, CommanderError, Option as CommanderOption } from 'commander';
import type { DeregisterFlags } from '../deregister.js';
import type { Option } from '../options/option.js';
import { runOptions } from '../options/option-table.js';
import { playgroundOptions } from '../options/playground-options.js';
import type { RbacFlags } from '../rbac-command.js';
import type { FlagTexts } from '../options/settings.js';
import { commandMissing, excessWord, parserError, unknownCommand } from './usage.js';

/** What the commands do; each is loaded when it is used. */
export interface Actions {
  run(flags: FlagTexts): Promise<void>;
  version(format: string): Promise<void>;
  providers(name: string | undefined, format: string): Promise<void>;
  config(verb: 'print' | 'validate', flags: FlagTexts): Promise<void>;
  configSchema(): Promise<void>;
  deregister(flags: FlagTexts, how: DeregisterFlags): Promise<void>;
  rbac(flags: FlagTexts, whom: RbacFlags): Promise<void>;
  playground(flags: FlagTexts): Promise<void>;
  completion(shell: string): Promise<void>;
}

/** Shells that `virtual-kubelet completion` knows. */
export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;

function helpOf(option: Option): string {
  const notes = [
    ...(option.choices ? [`one of: ${option.choices.join(', ')}`] : []),
    ...(option.default === undefined ? [] : [`default: ${option.default}`]),
    ...(option.env === undefined ? [] : [`environment: ${option.env}`]),
  ];
  return notes.length === 0 ? option.help : `${option.help} (${notes.join('; ')})`;
}

function argumentOf(option: Option): string {
  switch (option.type) {
    case 'boolean':
      return ' [true|false]';
    case 'list':
      return ' <a,b>';
    case 'duration':
      return ' <duration>';
    case 'integer':
    case 'count':
      return ' <number>';
    case 'url':
      return ' <url>';
    default:
      return ' <value>';
  }
}

function addOptions(command: Command, options: readonly Option[]): Command {
  for (const option of options) {
    const made = new CommanderOption(`--${option.flag}${argumentOf(option)}`, helpOf(option));
    if (option.hidden) made.hideHelp();
    if (option.type === 'boolean') made.preset('true');
    if (option.type === 'list')
      made.argParser((value: string, before: unknown) => (typeof before === 'string' ? `${before},${value}` : value));
    made.helpGroup(`${option.group}:`);
    command.addOption(made);
  }
  return command;
}

/** Commander names values in its own way; the table knows them by flag. */
function flagsOf(command: Command, options: readonly Option[]): FlagTexts {
  const values = command.opts<Record<string, unknown>>();
  const flags: Record<string, string> = {};
  for (const option of options) {
    const value = values[new CommanderOption(`--${option.flag} <v>`).attributeName()];
    if (typeof value === 'string') flags[option.flag] = value;
    if (value === true) flags[option.flag] = 'true';
  }
  const config = values['config'];
  return typeof config === 'string' ? { ...flags, config } : flags;
}

function withConfig(command: Command): Command {
  return command.addOption(
    new CommanderOption('--config <file>', 'YAML file with settings for one or many nodes').helpGroup('Node:'),
  );
}

const clusterOptions = runOptions.filter(({ flag }) =>
  ['kubeconfig', 'context', 'nodename', 'log-level', 'log-format'].includes(flag),
);

function outputOption(): CommanderOption {
  return new CommanderOption('-o, --output <format>', 'how to print it').choices(['text', 'json']).default('text');
}

/** The default command gets every word that is no command: only it can tell a misspelt one from a word too many. */
function refuseWords(program: Command, run: Command): void {
  const [word] = run.args;
  if (word !== undefined) throw program.args[0] === 'run' ? excessWord(run, word) : unknownCommand(program, word);
}

function addConfig(program: Command, actions: Actions): void {
  const config = program
    .command('config')
    .description('look at the configuration')
    .usage('print|validate|schema [options]');
  config.allowExcessArguments().action(() => {
    const [word] = config.args;
    throw word === undefined ? commandMissing(config) : unknownCommand(config, word);
  });
  for (const verb of ['print', 'validate'] as const) {
    const words =
      verb === 'print' ? 'print every setting and where it comes from' : 'check the configuration and do nothing else';
    const command = addOptions(withConfig(config.command(verb).allowExcessArguments(false)), runOptions)
      .description(words)
      .action(async () => actions.config(verb, flagsOf(command, runOptions)));
  }
  config
    .command('schema')
    .allowExcessArguments(false)
    .description('print the JSON Schema of the configuration file, for editors')
    .action(async () => actions.configSchema());
}

function addCommands(program: Command, actions: Actions): void {
  const run = addOptions(withConfig(program.command('run', { isDefault: true })), runOptions)
    .description('run one or more virtual nodes (the default command)')
    .allowExcessArguments()
    .action(async () => {
      refuseWords(program, run);
      await actions.run(flagsOf(run, runOptions));
    });
  program
    .command('providers')
    .description('list the providers, or show one')
    .argument('[name]')
    .addOption(outputOption())
    .action(async (name: string | undefined, own: { output: string }) => actions.providers(name, own.output));
  program
    .command('version')
    .description('print the version')
    .addOption(outputOption())
    .action(async (own: { output: string }) => actions.version(own.output));
  addConfig(program, actions);
  const playground = addOptions(program.command('playground'), playgroundOptions)
    .description('a Kubernetes in this process, with virtual nodes, for trying and testing: needs no cluster')
    .action(async () => actions.playground(flagsOf(playground, playgroundOptions)));
  const deregister = addOptions(program.command('deregister'), clusterOptions)
    .description('remove the Node of a stopped agent and its Lease from the cluster; workloads are left alone')
    .option('--dry-run', 'make sure that the Node may be removed, and leave it')
    .addOption(outputOption())
    .action(async (own: DeregisterFlags) => actions.deregister(flagsOf(deregister, clusterOptions), own));
  const rbac = addOptions(withConfig(program.command('rbac')), runOptions)
    .description('print the ServiceAccount and roles that these settings need, for "kubectl apply -f -"')
    .option('--account <name>', 'name of the ServiceAccount and its roles', 'virtual-kubelet')
    .option('--account-namespace <name>', 'namespace of the ServiceAccount', 'kube-system')
    .action(async (own: RbacFlags) => actions.rbac(flagsOf(rbac, runOptions), own));
  program
    .command('completion')
    .description('print a script that completes this command in a shell')
    .addArgument(new Argument('<shell>').choices(shells))
    .action(async (shell: string) => actions.completion(shell));
}

/** Errors of the parser become coded ones that know their command; help and version pass as they are. */
function explainErrors(command: Command): void {
  command.exitOverride((error) => {
    throw error.exitCode === 0 ? error : parserError(command, error);
  });
  for (const each of command.commands) explainErrors(each);
}

/** Builds the command line from the option table. */
export function buildProgram(actions: Actions, version: string): Command {
  const program = new Command('virtual-kubelet')
    .description('Nodes without machines: runs the pods of a Kubernetes cluster somewhere else, through a provider.')
    .version(version, '-V, --version')
    .showSuggestionAfterError(false)
    .configureHelp({ helpWidth: 100 })
    .configureOutput({ outputError: () => undefined });
  addCommands(program, actions);
  explainErrors(program);
  return program;
}

/** Whether the parser ended after it printed help or the version. */
export function isAnswered(error: unknown): boolean {
  return error instanceof CommanderError && error.exitCode === 0;
}
