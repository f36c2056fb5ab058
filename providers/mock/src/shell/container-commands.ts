import { parseDurationMs } from '@virtual-kubelet/kubernetes';
import { untilAborted } from '@virtual-kubelet/base';
import type { Command, CommandCall } from './command.js';
import { CommandError, say } from './command.js';

function environment({ shell }: CommandCall): string {
  return [...shell.env]
    .filter(([name]) => shell.exported.has(name))
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

const env: Command = async (call) => {
  await say(call.stdout, environment(call));
  return 0;
};

const printenv: Command = async (call) => {
  const [name] = call.args;
  if (name === undefined) return await env(call);
  const value = call.shell.exported.has(name) ? call.shell.env.get(name) : undefined;
  if (value === undefined) return 1;
  await say(call.stdout, `${value}\n`);
  return 0;
};

const exportNames: Command = async ({ args, shell }) => {
  for (const word of args) {
    const [name = '', ...value] = word.split('=');
    if (word.includes('=')) shell.env.set(name, value.join('='));
    shell.exported.add(name);
  }
  return 0;
};

const unset: Command = async ({ args, shell }) => {
  for (const name of args) shell.env.delete(name);
  return 0;
};

function pause(text: string): number {
  if (text === 'infinity') return 2_147_483_647;
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds >= 0 && text !== '') return seconds * 1_000;
  try {
    return parseDurationMs(text);
  } catch {
    throw new CommandError(`invalid number '${text}'`);
  }
}

const sleep: Command = async ({ args, container, signal }) => {
  await container.clock.sleep(pause(args[0] ?? ''), signal);
  return 0;
};

const date: Command = async ({ args, container, stdout }) => {
  const now = container.clock.wall();
  const text = args[0] === '+%s' ? String(Math.floor(now / 1_000)) : new Date(now).toUTCString();
  await say(stdout, `${text}\n`);
  return 0;
};

const hostname: Command = async ({ container, stdout }) => {
  await say(stdout, `${container.hostname}\n`);
  return 0;
};

const uname: Command = async ({ args, container, stdout }) => {
  await say(stdout, args.includes('-a') ? `Mock ${container.hostname} 1 mock\n` : 'Mock\n');
  return 0;
};

const tty: Command = async ({ terminal, stdout }) => {
  await say(stdout, terminal ? '/dev/pts/0\n' : 'not a tty\n');
  return terminal ? 0 : 1;
};

function sizeText({ terminal }: CommandCall): string {
  if (!terminal) throw new CommandError('standard input: Not a tty');
  const { width, height } = terminal.size();
  return `${height} ${width}\n`;
}

const stty: Command = async (call) => {
  await say(call.stdout, sizeText(call));
  return 0;
};

/** Shows the size of the terminal at each change, until it is interrupted. */
const winch: Command = async (call) => {
  for (;;) {
    await say(call.stdout, sizeText(call));
    await untilAborted(call.terminal?.resized() ?? Promise.resolve(), call.signal);
  }
};

function fixed(text: string, exitCode: number = 0): Command {
  return async ({ stdout }) => {
    await say(stdout, text);
    return exitCode;
  };
}

/** Commands about the container and the shell. */
export const containerCommands: Readonly<Record<string, Command>> = {
  env,
  printenv,
  export: exportNames,
  unset,
  sleep,
  date,
  hostname,
  uname,
  tty,
  stty,
  winch,
  whoami: fixed('root\n'),
  id: fixed('uid=0(root) gid=0(root)\n'),
  true: fixed(''),
  ':': fixed(''),
  false: fixed('', 1),
};
