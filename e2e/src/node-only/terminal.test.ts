// What a start says depends on who reads it: a person at a terminal, or a program that gets lines of JSON.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onTerminal } from '../harness/on-terminal.js';
import type { VirtualKubelet } from '../virtual-kubelet.js';
import { mockNodeFlags, startPlaygroundCommand, startVirtualKubelet } from '../virtual-kubelet.js';

const command = fileURLToPath(new URL('../../../bin/virtual-kubelet', import.meta.url));
const interrupt = '\u0003';
let folder = '';
let cluster: VirtualKubelet | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vk-terminal-'));
  cluster = await startPlaygroundCommand(['--kubeconfig', join(folder, 'kubeconfig')]);
});

afterAll(async () => {
  await cluster?.stop();
  await rm(folder, { recursive: true, force: true });
});

function flagsOf(name: string): readonly string[] {
  return mockNodeFlags(name, join(folder, 'kubeconfig'));
}

/** The lines of a run on a terminal, ended by Ctrl-C once the node is ready. */
async function linesOnTerminal(...flags: readonly string[]): Promise<readonly string[]> {
  const words = [command, ...flagsOf('vk-terminal'), ...flags];
  const { output, code } = await onTerminal(words, { prompt: /is Ready[^\n]*\n/, typed: interrupt });
  expect(code).toBe(0);
  return stripVTControlCharacters(output)
    .replaceAll('^C', '')
    .split(/\r?\n/)
    .filter((line) => line !== '');
}

function messagesOf(lines: readonly string[]): readonly string[] {
  return lines.map((line) => (JSON.parse(line) as { readonly message: string }).message);
}

const steps = ['cluster found', 'API server answers', 'node vk-terminal is Ready'];

describe('a start', () => {
  test('on a terminal is a checklist, and lines for people', async () => {
    const lines = await linesOnTerminal();
    for (const step of steps) expect(lines).toContainEqual(expect.stringMatching(`^  ✓ ${step} .*\\(\\d+ ms\\)$`));
    expect(lines).toContainEqual(expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}stopping: workloads go on/));
  });

  test('on a terminal is lines of JSON and nothing else where those are asked for', async () => {
    expect(messagesOf(await linesOnTerminal('--log-format', 'json'))).toEqual(expect.arrayContaining(steps));
  });

  test('elsewhere is lines of JSON and nothing else, and says where its health is served', async () => {
    const vk = startVirtualKubelet([...flagsOf('vk-terminal'), '--metrics-addr', '127.0.0.1:0']);
    while (!vk.log().includes('is Ready') && vk.process.stderr) await once(vk.process.stderr, 'data');
    const [, address = ''] = /health and metrics on (http:[\d./:]+)/.exec(vk.log()) ?? [];
    for (const path of ['/livez', '/healthz', '/readyz']) {
      const answer = await fetch(address + path);
      expect([path, answer.status, await answer.text()]).toEqual([path, 200, 'ok']);
    }
    expect(await vk.stop()).toBe(0);
    expect(messagesOf(vk.log().trimEnd().split('\n'))).toEqual(expect.arrayContaining(steps));
  });
});
