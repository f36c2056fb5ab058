import type { Actions } from './program.js';
import { buildProgram, usageExit } from './program.js';
import { version } from './version.js';

/**
 * Entry of the command. It loads the option table only; what a command does is imported when that command runs, so that
 * `--help` and completion answer at once.
 */
const actions: Actions = {
  run: async (flags) => (await import('./run.js')).run(flags),
  providers: async (name, format) => (await import('./show.js')).showProviders(name, format),
  version: async (format) => (await import('./show.js')).showVersion(format),
  config: async (verb, flags) => (await import('./config-command.js')).configCommand(verb, flags),
  deregister: async (flags) => (await import('./deregister.js')).deregisterCommand(flags),
  rbac: async (flags, whom) => (await import('./rbac-command.js')).rbacCommand(flags, whom),
  playground: async (flags) => (await import('./playground-command.js')).playgroundCommand(flags),
};

async function main(): Promise<number> {
  const completes = process.argv[2] === 'completion' || process.argv[2] === 'complete';
  const program = buildProgram(
    actions,
    version,
    completes ? (await import('./completion.js')).addCompletion : undefined,
  );
  try {
    await program.parseAsync(process.argv);
    return 0;
  } catch (error) {
    const usage = usageExit(error);
    if (usage !== undefined) return usage;
    const { reportError } = await import('./report-error.js');
    const { text, exit } = reportError(error);
    process.stderr.write(text);
    return exit;
  }
}

// Whatever a library still holds open must not keep a stopped program alive.
process.exit(await main());
