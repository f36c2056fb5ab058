import { messageOf } from '@virtual-kubelet/base';
import type { Clock } from '@virtual-kubelet/base';
import type { ExecPlugin } from '../cluster-config.js';
import { clientError } from '../errors.js';
import type { CommandResult, CommandRunner } from './command.js';
import { execInfo, readExecCredential } from './exec-credential.js';
import type { ExecCluster, ExecCredential } from './exec-credential.js';

/** Longest run without a person, milliseconds. */
const patience = 60_000;
/** Longest run when a person may have to log in, milliseconds. */
const patienceWithPeople = 5 * 60_000;

/** What a run of a plugin needs. */
export interface ExecRunOptions {
  readonly plugin: ExecPlugin;
  readonly commands: CommandRunner;
  readonly clock: Clock;
  /** Asked only when the plugin wants to know. */
  readonly cluster: () => Promise<ExecCluster>;
  readonly signal: AbortSignal;
}

const unprintable = /[\p{Cc}\p{Cf}]+/gu;
/** Long words without slash or colon look like secrets. */
const secretLooking = /[A-Za-z0-9_\-.=+]{32,}/g;

/** The end of what a plugin complained about, on one line, without what looks like a secret. */
function complaint(stderr: string): string {
  const text = stderr.replace(unprintable, ' ').trim().replace(secretLooking, '[redacted]');
  return text === '' ? '' : `: ${text.slice(-300)}`;
}

function credentialIn(plugin: ExecPlugin, result: CommandResult): ExecCredential {
  const { command } = plugin;
  if (result.kind === 'missing') {
    const hint = plugin.installHint?.replace(unprintable, ' ').trim();
    throw clientError('VK_CREDENTIALS_EXEC_MISSING', { command, hint: hint ? ` ${hint}` : '' });
  }
  if (result.code === 0) return readExecCredential(plugin, result.stdout);
  const end = result.code === null ? 'a signal ended it' : `exit status ${result.code}`;
  const detail = `${end}${complaint(result.stderr)}`;
  throw clientError('VK_CREDENTIALS_EXEC_FAILED', { command, detail });
}

function mayAsk({ plugin, commands }: ExecRunOptions): boolean {
  if (plugin.interactiveMode === 'Never') return false;
  if (commands.interactive) return true;
  if (plugin.interactiveMode === 'IfAvailable') return false;
  throw clientError('VK_CREDENTIALS_EXEC_INTERACTIVE', { command: plugin.command });
}

/** Runs a plugin once and reads what it prints. */
export async function runExecPlugin(options: ExecRunOptions): Promise<ExecCredential> {
  const { plugin, commands, clock, cluster } = options;
  const interactive = mayAsk(options);
  const info = execInfo(plugin, interactive, plugin.provideClusterInfo ? await cluster() : undefined);
  const deadline = clock.deadline(interactive ? patienceWithPeople : patience, options.signal);
  const { command, args } = plugin;
  try {
    const env = [...plugin.env, { name: 'KUBERNETES_EXEC_INFO', value: info }];
    const result = await commands
      .run({ command, args, env, interactive, signal: deadline.signal })
      .catch((thrown: unknown) => {
        const detail = messageOf(thrown);
        throw clientError('VK_CREDENTIALS_EXEC_FAILED', { command, detail }, thrown);
      });
    return credentialIn(plugin, result);
  } finally {
    deadline.release();
  }
}
