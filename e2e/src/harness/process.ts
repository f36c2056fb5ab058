import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Watchdog } from './watchdog.js';

/** What to run. */
export interface ProcessOptions {
  readonly name: string;
  readonly path: string;
  readonly arguments: readonly string[];
  /** Output of both kinds is appended here. */
  readonly logFile: string;
  readonly watchdog: Watchdog;
}

/** A running component. */
export interface ComponentProcess {
  readonly name: string;
  readonly pid: number;
  /** Set once it ended: "exit code 1", "signal SIGKILL". */
  readonly ended: string | undefined;
  /** The last lines of its log, for error messages. */
  lastLines(): string;
  /** Asks with SIGTERM, insists with SIGKILL after `grace` milliseconds, resolves when it is gone. */
  stop(grace: number): Promise<void>;
}

function tail(file: string, count: number): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}

/** Starts a component. Rejects when its file cannot be run. */
export async function startProcess(options: ProcessOptions): Promise<ComponentProcess> {
  const log = openSync(options.logFile, 'a', 0o600);
  const child = spawn(options.path, options.arguments, { stdio: ['ignore', log, log] });
  closeSync(log);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new Error(`cannot run ${options.path}`, { cause: error })));
  });
  const pid = child.pid ?? 0;
  options.watchdog.add(pid);
  let ended: string | undefined;
  const gone = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = signal === null ? `exit code ${code ?? 0}` : `signal ${signal}`;
      options.watchdog.remove(pid);
      resolve();
    });
  });
  return {
    name: options.name,
    pid,
    get ended() {
      return ended;
    },
    lastLines: () => tail(options.logFile, 20),
    async stop(grace) {
      const insist = new AbortController();
      if (ended === undefined) child.kill(grace > 0 ? 'SIGTERM' : 'SIGKILL');
      const timer = sleep(grace, undefined, { signal: insist.signal }).then(
        () => child.kill('SIGKILL'),
        () => undefined,
      );
      await gone;
      insist.abort();
      await timer;
    },
  };
}
