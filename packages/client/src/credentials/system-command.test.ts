import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandResult } from './command.js';
import { systemCommands } from './system-command.js';

function run(script: string, signal: AbortSignal = new AbortController().signal): Promise<CommandResult> {
  return systemCommands.run({
    command: process.execPath,
    args: ['-e', script],
    env: [{ name: 'ADDED', value: 'yes' }],
    interactive: false,
    signal,
  });
}

describe('a command', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vk-command-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('gives its output and sees our environment with what is added', async () => {
    const script = 'process.stdout.write(process.env.ADDED + !!process.env.PATH); console.error("é")';
    expect(await run(script)).toEqual({ kind: 'ended', code: 0, stdout: 'yestrue', stderr: 'é\n' });
  });

  it('gives its exit status', async () => {
    expect(await run('process.exit(3)')).toMatchObject({ kind: 'ended', code: 3 });
  });

  it('has no exit status when a signal ended it', async () => {
    expect(await run('process.kill(process.pid, "SIGTERM")')).toMatchObject({ code: null });
  });

  it('reads an empty standard input', async () => {
    const script = 'process.stdin.on("end", () => console.log("end")).resume()';
    expect(await run(script)).toMatchObject({ stdout: 'end\n' });
  });

  it('is missing when there is no such command or it may not be run', async () => {
    const file = join(folder, 'plain');
    await writeFile(file, 'x');
    await chmod(file, 0o644);
    const request = { args: [], env: [], interactive: false, signal: new AbortController().signal };
    expect(await systemCommands.run({ ...request, command: 'no-such-command-here' })).toEqual({
      kind: 'missing',
    });
    expect(await systemCommands.run({ ...request, command: file })).toEqual({ kind: 'missing' });
  });

  it('is killed when the signal aborts', async () => {
    const controller = new AbortController();
    const running = run('setInterval(() => undefined, 1000)', controller.signal);
    const reason = new Error('enough');
    setImmediate(() => controller.abort(reason));
    await expect(running).rejects.toBe(reason);
  });

  it('is killed when it prints without end', async () => {
    const file = join(folder, 'pid');
    const script = `require('node:fs').writeFileSync(${JSON.stringify(file)}, String(process.pid));
      const text = 'x'.repeat(65536);
      const go = () => { while (process.stdout.write(text)); process.stdout.once('drain', go); };
      go()`;
    await expect(run(script)).rejects.toThrow('printed more than 1048576 characters');
    const pid = Number(await readFile(file, 'utf8'));
    const lives = (): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    while (lives()) await new Promise(setImmediate);
    expect(lives()).toBe(false);
  });

  it('keeps the end of a long complaint', async () => {
    const result = await run('console.error("x".repeat(10000) + "end")');
    expect(result.kind === 'ended' && result.stderr).toMatch(/^x{4092}end\n$/);
  });
});
