import type { Actions } from './usage/program.js';
import { buildProgram, isAnswered } from './usage/program.js';
import { version } from './version.js';

/**
 * Entry of the command. It loads the option table only; what a command does is imported when that command runs, so that
 * `--help` and completion answer at once.
 */
const actions: Actions = {
  run: async (flags) => (await import('./run/run.js')).run(flags),
  providers: async (name, format) => (await import('./output/show.js')).showProviders(name, format),
  version: async (format) => (await import('./output/show.js')).showVersion(format),
  config: async (verb, flags) => (await import('./config-command.js')).configCommand(verb, flags),
  configSchema: async () => (await import('./config-command.js')).printConfigSchema(),
  deregister: async (flags, how) => (await import('./deregister.js')).deregisterCommand(flags, how),
  rbac: async (flags, whom) => (await import('./rbac-command.js')).rbacCommand(flags, whom),
  playground: async (flags) => (await import('./playground/playground-command.js')).playgroundCommand(flags),
  completion: async (shell) => (await import('./usage/completion-scripts.js')).printCompletion(shell),
};

async function main(): Promise<number> {
  const program = buildProgram(actions, version);
  const [, , first, , ...words] = process.argv;
  try {
    // What the scripts of `completion` call; the words of a user are never parsed as our own.
    if (first === 'complete') (await import('./usage/completion.js')).printCandidates(program, words);
    else await program.parseAsync(process.argv);
    return 0;
  } catch (error) {
    if (isAnswered(error)) return 0;
    const { reportError } = await import('./output/report-error.js');
    const { text, exit } = reportError(error);
    process.stderr.write(text);
    return exit;
  }
}

// Whatever a library still holds open must not keep a stopped program alive.
process.exit(await main());
