import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { once } from 'node:events';
import type { VirtualKubelet } from '../virtual-kubelet.js';
import { mockNodeFlags, startPlaygroundCommand, startVirtualKubelet } from '../virtual-kubelet.js';

let folder = '';
let cluster: VirtualKubelet | undefined;
let vk: VirtualKubelet | undefined;

/** Resolves when the agent has said something, the words being part of it. */
async function says(words: string): Promise<void> {
  for (;;) {
    const log = vk?.log() ?? '';
    if (log.includes(words)) return;
    if (!vk?.process.stderr || vk.process.exitCode !== null) throw new Error(log);
    await Promise.race([once(vk.process.stderr, 'data'), once(vk.process, 'exit')]);
  }
}

async function start(...flags: readonly string[]): Promise<void> {
  vk = startVirtualKubelet([...mockNodeFlags('vk-stopping', join(folder, 'kubeconfig')), ...flags]);
  await says('node vk-stopping is Ready');
}

/** An API server that listens and answers nothing. */
function freeze(): void {
  cluster?.process.kill('SIGSTOP');
}

describe('an agent that is told to stop', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vk-stopping-'));
    cluster = await startPlaygroundCommand(['--kubeconfig', join(folder, 'kubeconfig')]);
  });

  afterEach(async () => {
    cluster?.process.kill('SIGCONT');
    await vk?.stop('SIGKILL');
  });

  afterAll(async () => {
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('ends well where the API server answers', async () => {
    await start('--on-exit', 'not-ready');
    expect(await vk?.stop()).toBe(0);
    expect(vk?.log()).not.toContain('not everything ended');
  });

  test('ends within the time it is given, though its last write is never answered', async () => {
    await start('--on-exit', 'not-ready', '--shutdown-timeout', '500ms');
    freeze();
    expect(await vk?.stop()).toBe(0);
    expect(vk?.log()).toContain('not everything ended within the shutdown timeout');
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('ends at once when it is told a second time, by %s', async (second) => {
    await start('--on-exit', 'not-ready', '--shutdown-timeout', '1h');
    freeze();
    vk?.process.kill('SIGTERM');
    await says('stopping: workloads go on');
    expect(await vk?.stop(second)).toBe(130);
  });

  test('ends well while it still starts', async () => {
    freeze();
    vk = startVirtualKubelet(mockNodeFlags('vk-stopping', join(folder, 'kubeconfig')));
    await says('cluster found');
    expect(await vk.stop()).toBe(0);
  });
});
