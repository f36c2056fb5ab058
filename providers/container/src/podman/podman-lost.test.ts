import { expect, it } from 'vitest';
import type { EngineRequest } from '../engine/engine-client.js';
import { EngineError } from '../engine/engine-client.js';
import { lostContainers } from './podman-lost.js';

const { signal } = new AbortController();
const processes = { pid: 7, conmonPid: 6 };

/** An engine that refuses signals with a status or takes them, and shows a state; and the calls it had. */
function engine(refusal: number | undefined, status: string) {
  const calls: string[] = [];
  return {
    calls,
    async json({ method = 'GET', path }: EngineRequest): Promise<unknown> {
      calls.push(`${method} ${path}`);
      if (method === 'GET') return { State: { Status: status } };
      if (refusal === undefined) return undefined;
      throw new EngineError(refusal, 'can only kill running containers: container state improper');
    },
  };
}

it.each<[string, readonly number[], number | undefined, string, boolean, number]>([
  ['the process is seen', [7], 409, 'running', false, 0],
  ['its watcher is seen and will tell', [6], 409, 'running', false, 0],
  ['the engine is in another process namespace', [], undefined, 'running', false, 2],
  ['it ended a moment ago, with a witness', [], 409, 'exited', false, 4],
  ['it went with its watcher', [], 409, 'running', true, 2],
  ['it went with its watcher, as another error', [], 500, 'stopping', true, 2],
])('%s', async (_what, seen, refusal, status, expected, calls) => {
  const client = engine(refusal, status);
  const lost = lostContainers(client, (pid) => seen.includes(pid));
  expect(await lost.has('a', processes, signal)).toBe(expected);
  expect(await lost.has('a', processes, signal)).toBe(expected);
  expect(client.calls).toHaveLength(calls);
});

it('an engine that does not answer says nothing about the container', async () => {
  const failing = { json: () => Promise.reject(new Error('no answer')) };
  const lost = lostContainers(failing, () => false);
  await expect(lost.has('a', processes, signal)).rejects.toThrow('no answer');
  const client = engine(409, 'running');
  expect(await lostContainers(client, () => false).has('a', processes, signal)).toBe(true);
});
