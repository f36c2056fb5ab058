import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { isatty } from 'node:tty';
import type { CommandRequest, CommandResult, CommandRunner } from './command.js';

/** An ExecCredential is a few kilobytes; a plugin that prints without end must not fill our memory. */
const mostOutput = 1024 * 1024;
/** Of standard error only the end matters. */
const keptErrors = 4096;

function start({ command, args, env, interactive, signal }: CommandRequest): ChildProcess {
  const variables = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  return spawn(command, args, {
    env: { ...process.env, ...variables },
    signal,
    killSignal: 'SIGKILL',
    stdio: [interactive ? 'inherit' : 'ignore', 'pipe', interactive ? 'inherit' : 'pipe'],
  });
}

function isMissing(thrown: Error): boolean {
  const code = 'code' in thrown ? thrown.code : undefined;
  return code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR' || code === 'ENOEXEC';
}

function run(request: CommandRequest): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = start(request);
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.length <= mostOutput) return;
      child.kill('SIGKILL');
      child.stdout?.destroy();
      reject(new RangeError(`printed more than ${mostOutput} characters`));
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-keptErrors);
    });
    child.on('error', (thrown) => {
      if (request.signal.aborted) reject(request.signal.reason);
      else if (isMissing(thrown)) resolve({ kind: 'missing' });
      else reject(thrown);
    });
    child.on('close', (code) => resolve({ kind: 'ended', code, stdout, stderr }));
  });
}

/** Runs commands as children of this process. */
export const systemCommands: CommandRunner = { interactive: isatty(0), run };
