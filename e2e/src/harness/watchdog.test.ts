import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startWatchdog } from './watchdog.js';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'vk-watchdog-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function longRunning(): ChildProcess {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

test('what is left of the processes and the folder goes when its input ends, as it does when its owner dies', async () => {
  const path = folder();
  const watchdog = startWatchdog(path);
  const [mine, second, removed] = [longRunning(), longRunning(), longRunning()];
  const ends = Promise.all([once(mine, 'exit'), once(second, 'exit')]);
  for (const child of [mine, removed, second]) watchdog.add(child.pid ?? 0);
  watchdog.remove(removed.pid ?? 0);
  await watchdog.close();
  expect((await ends).map(([, signal]) => String(signal))).toEqual(['SIGKILL', 'SIGKILL']);
  expect(removed.exitCode ?? removed.signalCode).toBeNull();
  expect(existsSync(path)).toBe(false);
});

test('the folder stays when it is to be kept', async () => {
  const path = folder();
  const watchdog = startWatchdog(path);
  watchdog.keepFolder();
  await watchdog.close();
  expect(existsSync(path)).toBe(true);
});
