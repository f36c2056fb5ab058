import { getEventListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { BackendView, ContainerBackend } from '@virtual-kubelet/pod-runtime';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dockerBackend } from './docker/docker-backend.js';
import type { EngineClient } from './engine/engine-client.js';
import { engineServer } from './engine/engine-server.test-kit.js';
import { podmanBackend } from './podman/podman-backend.js';

const labels = { 'io.virtual-kubelet.node': 'n' };
const many = 40;
/** A process that is there for sure. */
const Pid = process.pid;

/** What either engine tells of one container. */
const inspection = (path: string, Status = 'running'): object => ({
  Id: /\/(c\d+)\//.exec(path)?.[1],
  Pod: 'p1',
  Created: '2026-11-25T18:01:08Z',
  State: { Status, Pid, StartedAt: '2026-11-25T18:01:09Z', ExitCode: 3 },
  Config: { Labels: labels },
});

const backends: readonly (readonly [string, (client: EngineClient) => ContainerBackend])[] = [
  ['Podman', (client) => podmanBackend({ client, insecureRegistries: [] })],
  ['Docker', (client) => dockerBackend({ client, pauseImage: 'pause' })],
];

describe.each(backends)('%s', (_name, backendFor) => {
  const rows = (ended: readonly number[]): readonly unknown[] =>
    Array.from({ length: many }, (_, i) => ({
      Id: `c${i}`,
      Pod: 'p1',
      Labels: labels,
      Created: '2026-11-25T18:01:08Z',
      State: ended.includes(i) ? 'exited' : 'running',
    }));

  it('lists many containers with one listener on the signal of the call, and no warning of a leak', async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warn);
    onTestFinished(() => void process.off('warning', warn));
    const { signal } = new AbortController();
    let most = 0;
    const { client } = await engineServer((path) => {
      most = Math.max(most, getEventListeners(signal, 'abort').length);
      return [path.startsWith('/containers/json') ? rows([]) : inspection(path)];
    });
    const { containers } = await backendFor(client).list(labels, signal);
    // Warnings come a turn later.
    await setImmediate();
    expect(containers).toHaveLength(many);
    expect(warnings).toEqual([]);
    expect(most).toBeLessThanOrEqual(2);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('ends a listing with the signal of its call', async () => {
    const cancel = new AbortController();
    const { client } = await engineServer((path) => {
      if (path.startsWith('/containers/json')) return [rows([])];
      cancel.abort(new DOMException('enough', 'AbortError'));
      return [inspection(path)];
    });
    await expect(backendFor(client).list(labels, cancel.signal)).rejects.toMatchObject({ message: 'enough' });
  });

  it('inspects a container once for each state it is listed in, and again when it was removed', async () => {
    const { signal } = new AbortController();
    let ended: readonly number[] = [];
    const { client, asked } = await engineServer((path) => {
      if (path.startsWith('/containers/json')) return [rows(ended)];
      return [inspection(path, ended.some((i) => path.includes(`/c${i}/`)) ? 'exited' : 'running')];
    });
    const backend = backendFor(client);
    const inspections = async (): Promise<{ view: BackendView; inspected: number }> => {
      asked.length = 0;
      const view = await backend.list(labels, signal);
      return { view, inspected: asked.length - 1 };
    };
    expect((await inspections()).inspected).toBe(many);
    expect((await inspections()).inspected).toBe(0);
    ended = [7];
    const { view, inspected } = await inspections();
    expect(inspected).toBe(1);
    expect(view.containers.find(({ id }) => id === 'c7')).toMatchObject({ state: 'exited', exitCode: 3 });
    await backend.removeContainer('c7', signal);
    expect((await inspections()).inspected).toBe(1);
  });

  it('inspects again what it was told of, and everything when it begins to listen', async () => {
    const { signal } = new AbortController();
    const restart = (ID: string): object => ({ Action: 'restart', Actor: { ID, Attributes: labels } });
    const { client, asked } = await engineServer((path) => {
      if (path.startsWith('/events')) return [restart('c3'), restart('c7')];
      return [path.startsWith('/containers/json') ? rows([]) : inspection(path)];
    });
    const backend = backendFor(client);
    const inspected = async (): Promise<readonly string[]> => {
      asked.length = 0;
      await backend.list(labels, signal);
      return asked.flatMap((path) => /\/(c\d+)\/json/.exec(path)?.[1] ?? []);
    };
    await inspected();
    const events = backend.events(labels, signal)[Symbol.asyncIterator]();
    await events.next();
    expect(await inspected()).toHaveLength(many);
    await events.next();
    expect(await inspected()).toEqual(['c7']);
    await events.next();
  });

  it('tells of what changes a container, and not of the commands that are run in it', async () => {
    const event = (Action: string, Attributes: object = labels): object => ({ Action, Actor: { Attributes } });
    const quiet = ['exec', 'exec_died', 'exec_create: true', 'exec_start: true', 'exec_die', 'attach'];
    const { client } = await engineServer(() => [
      ...quiet.map((action) => event(action)),
      event('start', { ...labels, is: 'start' }),
      event('die', { 'io.virtual-kubelet.node': 'another' }),
      event('die', { ...labels, is: 'die' }),
    ]);
    const told: unknown[] = [];
    for await (const { labels: seen } of backendFor(client).events(labels, new AbortController().signal))
      told.push(seen['is']);
    expect(told).toEqual(['start', 'die']);
  });
});

it('Podman forgets the containers of a sandbox that was removed', async () => {
  const { signal } = new AbortController();
  const row = { Id: 'c1', Pod: 'p1', Labels: labels, State: 'running' };
  const { client, asked } = await engineServer((path) => [
    path.startsWith('/containers/json') ? [row] : inspection(path),
  ]);
  const backend = podmanBackend({ client, insecureRegistries: [] });
  await backend.list(labels, signal);
  await backend.removeSandbox('p1', signal);
  asked.length = 0;
  await backend.list(labels, signal);
  expect(asked).toHaveLength(2);
});

it('Podman is believed about memory, and the kernel where Podman says nothing', async () => {
  const ends: Readonly<Record<string, object>> = {
    c1: { ExitCode: 137, OOMKilled: true },
    c2: { ExitCode: 137, OOMKilled: false },
    c3: { ExitCode: 1, OOMKilled: false },
    c4: { ExitCode: 0, OOMKilled: false },
  };
  const { client } = await engineServer((path) => {
    if (path.startsWith('/containers/json'))
      return [Object.keys(ends).map((Id) => ({ Id, Pod: 'p1', Labels: labels, State: 'exited' }))];
    const [, Id = ''] = /\/(c\d+)\//.exec(path) ?? [];
    return [{ Id, Pod: 'p1', State: { Status: 'exited', ...ends[Id] }, Config: { Labels: labels } }];
  });
  const kernel = { killedForMemory: async (id: string) => id !== 'c3' };
  const { containers } = await podmanBackend({ client, insecureRegistries: [], kernel }).list(
    labels,
    new AbortController().signal,
  );
  expect(containers.map(({ id, oomKilled }) => [id, oomKilled])).toEqual([
    ['c1', true],
    ['c2', true],
    ['c3', false],
    ['c4', false],
  ]);
});

describe('Podman, asked about one pod', () => {
  const own = { ...labels, 'io.kubernetes.pod.uid': 'u1' };
  const started = { StartedAt: '2026-11-25T18:01:09Z' };
  const never = { StartedAt: '0001-01-01T00:00:00Z' };
  const containers = [
    { Id: 'c0', State: { Status: 'running', Pid, ...started }, IsInfra: true },
    { Id: 'c1', State: { Status: 'running', Pid, ...started } },
    { Id: 'c2', State: { Status: 'exited', ExitCode: 3, ...started } },
    { Id: 'c3', State: { Status: 'created', ...never } },
    // It ran when the machine went down.
    { Id: 'c4', State: { Status: 'created', ...started } },
  ];
  const image = { Image: 'i1', ImageName: 'localhost/image:1' };
  const made = { Pod: 'p1', Created: '2026-11-25T18:01:08Z' };
  /** What Podman says of a pod whose sandbox is there or gone. */
  const world = (): { answer: (path: string) => readonly unknown[] | undefined; isGone: boolean } => {
    const answer = (path: string): readonly unknown[] | undefined => {
      if (podman.isGone) return path.startsWith('/containers/json') ? [[]] : undefined;
      if (path.startsWith('/pods/create')) return [{ Id: 'p1' }];
      if (path.startsWith('/pods/p1/start')) return [{}];
      if (path.startsWith('/pods/p1'))
        return [
          { InfraContainerID: 'c0', Containers: containers.map(({ Id, State }) => ({ Id, State: State.Status })) },
        ];
      if (path.startsWith('/containers/json'))
        return [
          containers.map(({ State, ...row }) => ({
            ...row,
            ...made,
            Labels: own,
            State: State.Status,
            StartedAt: Date.parse(State.StartedAt) / 1_000,
            Image: image.ImageName,
            ImageID: image.Image,
          })),
        ];
      const found = containers.find(({ Id }) => path.includes(`/${Id}/`));
      return [{ ...found, ...made, ...image, Config: { Labels: own } }];
    };
    const podman = { answer, isGone: false };
    return podman;
  };
  const { signal } = new AbortController();

  it('asks for the pod itself once it knows it, and sees the same as in a listing of everything', async () => {
    const { client, asked } = await engineServer(world().answer);
    const backend = podmanBackend({ client, insecureRegistries: [] });
    const before = await backend.list(own, signal);
    expect(before.containers.map(({ state }) => state)).toEqual(['running', 'exited', 'created', 'exited']);
    asked.length = 0;
    expect(await backend.list(own, signal)).toEqual(before);
    expect(asked.filter((path) => path.includes('/containers/json'))).toEqual([]);
    expect(asked[0]).toBe('GET /pods/p1/json');
    await backend.list(labels, signal);
    expect(asked.at(-1)).toContain('/containers/json');
  });

  it('knows a pod that it made', async () => {
    const { client, asked } = await engineServer(world().answer);
    const backend = podmanBackend({ client, insecureRegistries: [] });
    const alone = { hostNetwork: false, hostPid: false, hostIpc: false, sharePid: false };
    await backend.createSandbox({ name: 's', labels: own, hostname: 'h', ports: [], sysctls: {}, ...alone }, signal);
    await backend.list(own, signal);
    expect(asked.filter((path) => path.includes('/containers/json'))).toEqual([]);
  });

  it('does not take a pod that is gone for all there is: everything is listed', async () => {
    const podman = world();
    const { client, asked } = await engineServer(podman.answer);
    const backend = podmanBackend({ client, insecureRegistries: [] });
    await backend.list(own, signal);
    podman.isGone = true;
    asked.length = 0;
    expect(await backend.list(own, signal)).toEqual({ sandboxes: [], containers: [] });
    expect(asked.map((path) => path.split('?')[0])).toEqual(['GET /pods/p1/json', 'GET /containers/json']);
  });
});
