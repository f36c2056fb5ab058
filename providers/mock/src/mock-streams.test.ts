import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { ManualClock } from '@virtual-kubelet/base';
import type { LogOptions, PodConnection, PodRequest, Provider } from '@virtual-kubelet/provider';
import { failureOf, isNotFound } from '@virtual-kubelet/provider';
import { callContext } from '@virtual-kubelet/testing';
import { describe, expect, it } from 'vitest';
import type { ConnectLocally, MockNodeConfig } from './index.js';
import { addresses, createPlatform, mockSession } from './index.js';
import { scriptedPod } from '../test/scripted-pod.js';
import { connectLoopback } from './system-loopback.js';

const ref = { namespace: 'default', name: 'web', uid: 'u1' };
const container = { pod: ref, container: 'c' };
const plain: LogOptions = { follow: false, previous: false, timestamps: false, stream: 'All' };

interface World {
  readonly clock: ManualClock;
  readonly provider: Provider;
}

async function world(pod: PodRequest, config: MockNodeConfig = {}, connect?: ConnectLocally): Promise<World> {
  const clock = new ManualClock();
  const platform = createPlatform({ clock, addresses: addresses() });
  const session = mockSession(platform, { config: { vk: config }, ...(connect ? { connect } : {}) });
  const provider = await session.forNode({ name: 'vk', operatingSystem: 'linux' });
  await provider.createPod(pod, callContext());
  return { clock, provider };
}

async function logs({ provider }: World, options: Partial<LogOptions> = {}): Promise<string> {
  let text = '';
  for await (const chunk of provider.getContainerLogs?.(container, { ...plain, ...options }, callContext()) ?? [])
    text += new TextDecoder().decode(chunk);
  return text;
}

function following({ provider }: World, options: Partial<LogOptions> = {}) {
  const gone = new AbortController();
  const state = { text: '', ended: false };
  const run = async (): Promise<void> => {
    const wanted = { ...plain, follow: true, ...options };
    for await (const chunk of provider.getContainerLogs?.(container, wanted, callContext({ signal: gone.signal })) ??
      [])
      state.text += new TextDecoder().decode(chunk);
    state.ended = true;
  };
  return { state, gone, done: run() };
}

const numbered = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, i) => `web/c line ${from + i}\n`).join('');

describe('the log of a mock container', () => {
  it('grows by a line a second from its start, and can be read by tail, time and limit', async () => {
    const w = await world(scriptedPod({ 'start-delay': '1s' }));
    await expect(logs(w)).rejects.toSatisfy(isNotFound);
    await w.clock.advance(11_500);
    expect(await logs(w)).toBe(numbered(1, 11));
    expect(await logs(w, { tailLines: 2 })).toBe(numbered(10, 11));
    expect(await logs(w, { sinceTime: '2026-01-01T00:00:09.001Z' })).toBe(numbered(10, 11));
    expect(await logs(w, { sinceTime: '2026-01-01T00:00:09Z', tailLines: 9, limitBytes: 14 })).toBe('web/c line 9\nw');
    expect(await logs(w, { tailLines: 1, timestamps: true })).toBe('2026-01-01T00:00:11.000000000Z web/c line 11\n');
  });

  it('costs as much as what is shown of it, however long it is', async () => {
    const w = await world(scriptedPod({ 'log-rate': '100000' }));
    await w.clock.advance(365 * 86_400_000);
    expect(await logs(w, { tailLines: 1 })).toBe('web/c line 3153600000001\n');
  });

  it('is the same in every reading, whatever rate and time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 0, max: 5_000 }),
        fc.integer({ min: 0, max: 40 }),
        async (rate, at, tailLines) => {
          const w = await world(scriptedPod({ 'log-rate': String(rate), 'log-lines': '3000' }));
          await w.clock.advance(at);
          const whole = await logs(w);
          const lines = Math.min(Math.floor((at * rate) / 1_000) + 1, 3_000);
          expect(whole).toBe(numbered(1, lines));
          expect(await logs(w, { tailLines })).toBe(numbered(Math.max(lines - tailLines, 0) + 1, lines));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('has lines of a given length, and some on stderr', async () => {
    const w = await world(scriptedPod({ 'log-line-bytes': '40', 'log-lines': '4', 'log-stderr-every': '2' }));
    await w.clock.advance(10_000);
    expect((await logs(w)).split('\n').map((line) => line.length)).toEqual([40, 40, 40, 40, 0]);
    expect(await logs(w, { stream: 'Stderr' })).toMatch(/^web\/c line 2 .*\nweb\/c line 4 .*\n$/);
  });

  it('is followed line by line until the container ends', async () => {
    const w = await world(scriptedPod({ 'run-time': '3500ms' }, { spec: { restartPolicy: 'Never' } }));
    await w.clock.advance(1_000);
    const { state, done } = following(w, { tailLines: 1 });
    await w.clock.settle();
    expect(state.text).toBe(numbered(2, 2));
    await w.clock.advance(1_000);
    expect(state).toEqual({ text: numbered(2, 3), ended: false });
    await w.clock.advance(60_000);
    await done;
    expect(state).toEqual({ text: numbered(2, 4), ended: true });
    expect(w.clock.pending).toBe(0);
    expect(await logs(w)).toBe(numbered(1, 4));
  });

  it('ends its followers when the pod is deleted or the client goes', async () => {
    const w = await world(scriptedPod({ 'log-rate': '0' }));
    const first = following(w);
    const second = following(w);
    await w.clock.advance(5_000);
    first.gone.abort();
    await first.done;
    expect(second.state.ended).toBe(false);
    await w.provider.deletePod(ref, { gracePeriodSeconds: 0, reason: 'deleted' }, callContext());
    await second.done;
    await w.clock.advance(600_000);
    expect(w.clock.pending).toBe(0);
  });

  it('lets its followers sleep when it has no more to say', async () => {
    const w = await world(scriptedPod({ 'log-lines': '2' }));
    const { state, gone, done } = following(w);
    await w.clock.advance(5_000);
    expect(state.text).toBe(numbered(1, 2));
    expect((w.clock.nextDue ?? 0) - w.clock.monotonic()).toBeGreaterThan(60_000);
    gone.abort();
    await done;
  });

  it('does not exist of a pod that was deleted before it ran', async () => {
    const w = await world(scriptedPod({ 'start-delay': '5s' }));
    await w.clock.advance(1_000);
    await w.provider.deletePod(ref, { gracePeriodSeconds: 0, reason: 'deleted' }, callContext());
    await w.clock.advance(10_000);
    await expect(logs(w)).rejects.toSatisfy(isNotFound);
    expect((await w.provider.getStats?.(callContext()))?.pods).toEqual([]);
  });

  it('is kept of the run before', async () => {
    const w = await world(scriptedPod({ 'run-time': '2s', 'exit-code': '1', 'log-rate': '2' }));
    await w.clock.advance(1_000);
    await expect(logs(w, { previous: true })).rejects.toThrow(
      'previous terminated container "c" in pod "web" not found',
    );
    await w.clock.advance(2_000);
    expect(await logs(w, { previous: true })).toBe(numbered(1, 4));
    expect(await logs(w)).toBe(numbered(1, 4));
    await w.clock.advance(10_000);
    expect(await logs(w)).toBe(numbered(1, 3));
    expect(await logs(w, { previous: true, follow: true })).toBe(numbered(1, 4));
  });

  it('is empty of a container whose first process is a shell', async () => {
    const w = await world(scriptedPod({}, { spec: { containers: [{ name: 'c', stdin: true }] } }));
    await w.clock.advance(10_000);
    expect(await logs(w)).toBe('');
  });

  it('says which container or pod it does not know', async () => {
    const w = await world(scriptedPod({}));
    const ask = async (one: typeof container): Promise<void> => {
      for await (const _ of w.provider.getContainerLogs?.(one, plain, callContext()) ?? []);
    };
    await expect(ask({ pod: ref, container: 'x' })).rejects.toSatisfy(isNotFound);
    await expect(ask({ pod: { ...ref, uid: 'other' }, container: 'c' })).rejects.toSatisfy(isNotFound);
  });
});

describe('what a mock container uses', () => {
  it('adds up to its rate, comes near what its annotations say, and never falls', async () => {
    const w = await world(scriptedPod({ 'cpu-use': '500m', 'memory-use': '100Mi' }));
    let before = -1;
    let integral = 0;
    let rate: number | undefined;
    for (let second = 0; second <= 600; second += 1) {
      const sample = (await w.provider.getStats?.(callContext()))?.pods[0]?.containers[0];
      const { cpuSeconds = -1, cpuCores = 0 } = sample ?? {};
      expect(cpuSeconds).toBeGreaterThan(before);
      if (rate !== undefined) integral += (rate + cpuCores) / 2;
      [before, rate] = [cpuSeconds, cpuCores];
      await w.clock.advance(1_000);
    }
    expect(before).toBeCloseTo(integral, 2);
    expect(before / 600).toBeCloseTo(0.5, 2);
    const last = (await w.provider.getStats?.(callContext()))?.pods[0];
    expect(last).toMatchObject({ pod: ref, containers: [{ name: 'c', startTime: '2026-01-01T00:00:00.000000Z' }] });
    expect((last?.containers[0]?.workingSetBytes ?? 0) / 2 ** 20).toBeCloseTo(100, 0);
  });

  it('follows its requests, and is nothing once it ended', async () => {
    const resources = { requests: { cpu: '2', memory: '1Gi' } };
    const w = await world(
      scriptedPod({ 'run-time': '10m' }, { spec: { containers: [{ name: 'c', resources }], restartPolicy: 'Never' } }),
    );
    await w.clock.advance(599_999);
    const sample = (await w.provider.getStats?.(callContext()))?.pods[0]?.containers[0];
    expect((sample?.cpuSeconds ?? 0) / 600).toBeCloseTo(1, 1);
    await w.clock.advance(1);
    expect((await w.provider.getStats?.(callContext()))?.pods).toEqual([]);
  });
});

async function readAll(connection: PodConnection): Promise<string> {
  let text = '';
  for await (const chunk of connection.readable) text += new TextDecoder().decode(chunk);
  return text;
}

async function portOf({ provider }: World, port: number, signal?: AbortSignal): Promise<PodConnection> {
  const connection = await provider.portForward?.(ref, port, callContext(signal && { signal }));
  if (!connection) throw new Error('no port-forward');
  return connection;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a port of a mock pod', () => {
  it('gives back what it is given, half-closed at the end', async () => {
    const w = await world(scriptedPod({}));
    const connection = await portOf(w, 80);
    const answer = readAll(connection);
    await connection.writable.write(bytes('hello '));
    await connection.writable.write(bytes('there'));
    await connection.closeWrite();
    expect(await answer).toBe('hello there');
  });

  it('holds its writer back until its reader reads', async () => {
    const w = await world(scriptedPod({}));
    const connection = await portOf(w, 80);
    let written = 0;
    const writing = (async () => {
      for (let i = 0; i < 100; i += 1) {
        await connection.writable.write(new Uint8Array(16 * 1024));
        written += 1;
      }
      await connection.closeWrite();
    })();
    await w.clock.settle();
    expect(written).toBeLessThan(10);
    let read = 0;
    for await (const chunk of connection.readable) read += chunk.length;
    await writing;
    expect(read).toBe(100 * 16 * 1024);
  });

  it('closes when the client goes or the pod ends', async () => {
    const w = await world(scriptedPod({}));
    const gone = new AbortController();
    const first = readAll(await portOf(w, 80, gone.signal)).catch(() => 'cut');
    const second = readAll(await portOf(w, 80)).catch(() => 'cut');
    gone.abort();
    expect(await first).toBe('cut');
    await w.provider.deletePod(ref, { gracePeriodSeconds: 0, reason: 'deleted' }, callContext());
    expect(await second).toBe('cut');
    await expect(portOf(w, 80)).rejects.toSatisfy(isNotFound);
  });

  it('needs a container that runs, and one that does more than prepare', async () => {
    const pod = scriptedPod({ 'init-time': '5s' });
    const spec = { containers: [{ name: 'c' }], initContainers: [{ name: 'i' }] };
    const w = await world({ ...pod, pod: { ...pod.pod, spec } });
    await expect(portOf(w, 80)).rejects.toSatisfy(isNotFound);
    await w.clock.advance(5_000);
    await expect(portOf(w, 80)).resolves.toBeDefined();
  });

  it('reaches a local port that the configuration opens, and no other', async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('data', (data) => socket.write(`got ${String(data)}`));
      socket.on('end', () => socket.end('. bye'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const w = await world(scriptedPod({ 'forward-to': `80=${port},81=1` }), { localPorts: [port] }, connectLoopback);
      const connection = await portOf(w, 80);
      await connection.writable.write(bytes('it'));
      const heard: string[] = [];
      for await (const chunk of connection.readable) {
        heard.push(new TextDecoder().decode(chunk));
        if (heard.length === 1) await connection.closeWrite();
      }
      expect(heard).toEqual(['got it', '. bye']);
      await expect(portOf(w, 81)).rejects.toSatisfy((e) => failureOf(e)?.kind === 'Invalid');
      await expect(portOf(w, 82)).resolves.toBeDefined();
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('says that nothing listens', async () => {
    const w = await world(scriptedPod({ 'forward-to': '1' }), { localPorts: [1] }, connectLoopback);
    await expect(portOf(w, 80)).rejects.toThrow('nothing listens at local port 1');
  });
});

describe('a script of streams', () => {
  it.each([
    ['log-rate', 'fast'],
    ['log-rate', '-1'],
    ['log-line-bytes', '2000000'],
    ['cpu-use', 'much'],
    ['memory-use', '-5'],
    ['forward-to', 'example.com:80'],
    ['forward-to', '80=8080;81=1'],
  ])('%s: %s is refused by name', async (name, value) => {
    await expect(world(scriptedPod({ [name]: value }))).rejects.toThrow(`"${value}" is not`);
  });
});
