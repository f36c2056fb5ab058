import { logTime } from '@virtual-kubelet/provider-kit';
import { describe, expect, it } from 'vitest';
import { fullImageName, isLoopbackRegistry } from './image-name.js';
import { outputFrames, timedFrame } from './frames.js';
import { containerSeen, inspected, listedContainer, sandboxSeen } from '../podman/podman-view.js';
import { dockerContainer, dockerSandbox } from '../docker/docker-view.js';
import { dockerProgress, podmanProgress } from './pull-progress.js';
import { jsonLines } from './wire.js';

async function* pieces(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

function frame(stream: number, text: string): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

describe('framed output', () => {
  it.each([1, 3, 8, 1_000])('is the same in pieces of %i bytes', async (size) => {
    const bytes = Buffer.concat([frame(1, 'out\n'), frame(2, 'err\n'), frame(1, '')]);
    const frames = await all(outputFrames(pieces(bytes, size)));
    expect(frames.map((each) => [each.stream, Buffer.from(each.bytes).toString()])).toEqual([
      ['stdout', 'out\n'],
      ['stderr', 'err\n'],
      ['stdout', ''],
    ]);
  });

  it('has a time before each line; without one it belongs to the line before', () => {
    const bytes = Buffer.from('2026-11-25T18:01:08.123456789Z hi\n');
    const timed = timedFrame({ stream: 'stdout', bytes }, logTime(0));
    expect([timed.time, Buffer.from(timed.bytes).toString()]).toEqual(['2026-11-25T18:01:08.123456789Z', 'hi\n']);
    expect(timedFrame({ stream: 'stdout', bytes: Buffer.from('no time here\n') }, timed.time).time).toBe(timed.time);
  });

  it('JSON comes line by line, however it is cut', async () => {
    const bytes = Buffer.from('{"a":"ü"}\n\n{"b":2}');
    expect(await all(jsonLines(pieces(bytes, 2)))).toEqual([{ a: 'ü' }, { b: 2 }]);
  });
});

describe('names of images', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx:latest', false],
    ['me/app:1', 'docker.io/me/app:1', false],
    ['localhost/app:1', 'localhost/app:1', true],
    ['127.0.0.1:5000/app', '127.0.0.1:5000/app:latest', true],
    ['localhost.example/app:1', 'localhost.example/app:1', false],
  ])('%s is %s', (image, full, isLoopback) => {
    expect(fullImageName(image)).toBe(full);
    expect(isLoopbackRegistry(image)).toBe(isLoopback);
  });
});

describe('what Podman 4.3 shows', () => {
  const row = {
    Created: '2026-11-25T18:01:08.177549932Z',
    Id: 'a362',
    Image: 'localhost/app:1',
    ImageID: 'c870',
    IsInfra: false,
    Labels: { a: 'b' },
    Pod: '9c8a',
    State: 'exited',
  };
  const inspection = {
    State: {
      Status: 'exited',
      OOMKilled: false,
      Pid: 0,
      ExitCode: 3,
      StartedAt: '2026-11-25T18:01:08.261120884Z',
      FinishedAt: '2026-11-25T18:01:09.260220574Z',
    },
    Image: 'c870',
    ImageDigest: 'sha256:0b59',
    ImageName: 'localhost/app:1',
    NetworkSettings: {
      IPAddress: '10.88.0.2',
      Networks: { podman: { IPAddress: '10.88.0.2', GlobalIPv6Address: '' } },
    },
    Config: { StopSignal: 15, Tty: false },
  };

  it('is a run with its times and its end', () => {
    const seen = containerSeen(listedContainer(row), inspected(inspection));
    expect(seen).toMatchObject({
      id: 'a362',
      sandboxId: '9c8a',
      state: 'exited',
      exitCode: 3,
      image: 'localhost/app:1',
      imageId: 'localhost/app@sha256:0b59',
      finishedAt: Date.parse('2026-11-25T18:01:09.260Z'),
    });
  });

  it.each([
    ['configured', 'created'],
    ['created', 'created'],
    ['initialized', 'created'],
    ['running', 'running'],
    ['paused', 'running'],
    ['stopping', 'running'],
    ['stopped', 'exited'],
    ['exited', 'exited'],
  ])('state %s is %s', (State, state) => {
    expect(listedContainer({ ...row, State }).state).toBe(state);
  });

  it('is a run nobody saw the end of where a machine that started anew shows it as made again', () => {
    const again = listedContainer({ ...row, State: 'created', StartedAt: 1_795_679_931 });
    const { exitCode, finishedAt, ...seen } = containerSeen(again, inspected(inspection));
    expect(seen).toMatchObject({ state: 'exited', startedAt: Date.parse('2026-11-25T18:01:08.261Z') });
    expect([exitCode, finishedAt]).toEqual([undefined, undefined]);
    expect(listedContainer({ ...row, State: 'created', StartedAt: -62_135_596_800 }).state).toBe('created');
    expect(sandboxSeen({ ...again, isInfra: true }, undefined).ready).toBe(false);
  });

  it('is a sandbox where it is the infra container', () => {
    const infra = listedContainer({ ...row, IsInfra: true, State: 'running' });
    expect(sandboxSeen(infra, inspected(inspection))).toEqual({
      id: '9c8a',
      labels: { a: 'b' },
      ready: true,
      ips: ['10.88.0.2'],
      createdAt: Date.parse('2026-11-25T18:01:08.177Z'),
    });
  });

  it('is believed in no more than it has: Go’s zero time is no time', () => {
    const more = inspected({ State: { StartedAt: '0001-01-01T00:00:00Z' } });
    expect(more.startedAt).toBeUndefined();
    expect(containerSeen(listedContainer({}), undefined)).toMatchObject({ id: '', state: 'created', labels: {} });
  });
});

describe('what Docker shows', () => {
  const inspection = {
    Id: 'd1',
    Created: '2026-11-25T18:01:08.177549932Z',
    Image: 'sha256:c870',
    State: {
      Status: 'running',
      Pid: 42,
      StartedAt: '2026-11-25T18:01:09Z',
      FinishedAt: '0001-01-01T00:00:00Z',
      ExitCode: 0,
    },
    Config: { Image: 'app:1', Tty: true, StopSignal: 'SIGINT', Labels: { 'io.virtual-kubelet.kind': 'sandbox' } },
    NetworkSettings: { Networks: { bridge: { IPAddress: '172.17.0.2', GlobalIPv6Address: 'fd00::2' } } },
  };

  it('is a sandbox by its label, with both addresses', () => {
    const found = dockerContainer(inspection);
    expect(found).toMatchObject({ isSandbox: true, tty: true, pid: 42, stopSignal: 'SIGINT' });
    expect(dockerSandbox(found)).toMatchObject({ id: 'd1', ready: true, ips: ['172.17.0.2', 'fd00::2'] });
  });

  it('is a run that ended with a code', () => {
    const State = {
      ...inspection.State,
      Status: 'exited',
      ExitCode: 137,
      OOMKilled: true,
      FinishedAt: '2026-11-25T18:02:00Z',
    };
    const Labels = { 'io.virtual-kubelet.sandbox': 's1' };
    const { seen } = dockerContainer({ ...inspection, State, Config: { ...inspection.Config, Labels } });
    expect(seen).toMatchObject({ state: 'exited', exitCode: 137, oomKilled: true, sandboxId: 's1' });
  });
});

describe('a pull', () => {
  it('of Podman names layers as they are begun', () => {
    const read = podmanProgress();
    const lines = ['Trying to pull 127.0.0.1:5000/app:1...', 'Getting image source signatures'];
    expect(lines.map((stream) => read({ stream: `${stream}\n` }))).toEqual([undefined, undefined]);
    expect(read({ stream: 'Copying blob sha256:aa\n' })).toEqual({ layers: 1 });
    expect(read({ stream: 'Copying blob sha256:bb\n' })).toEqual({ layers: 2 });
    expect(read({ stream: 'Copying blob sha256:aa\n' })).toEqual({ layers: 2 });
    expect(read({ stream: 'Copying config sha256:cc\n' })).toBeUndefined();
  });

  it('of Docker counts the bytes of each layer', () => {
    const read = dockerProgress();
    expect(read({ status: 'Pulling from library/nginx', id: '1.27' })).toBeUndefined();
    expect(read({ status: 'Pulling fs layer', progressDetail: {}, id: 'aa' })).toEqual({ layers: 1 });
    expect(read({ status: 'Already exists', progressDetail: {}, id: 'bb' })).toEqual({ layers: 2 });
    const downloading = { status: 'Downloading', progressDetail: { current: 30, total: 100 }, id: 'aa' };
    expect(read(downloading)).toEqual({ layers: 2, bytes: { got: 30, all: 100 } });
    read({ status: 'Downloading', progressDetail: { current: 0, total: 300 }, id: 'cc' });
    expect(read({ status: 'Download complete', progressDetail: {}, id: 'aa' })).toEqual({
      layers: 3,
      bytes: { got: 100, all: 400 },
    });
    // What is unpacked is counted anew, and was fetched before.
    const extracting = { status: 'Extracting', progressDetail: { current: 5, total: 100 }, id: 'aa' };
    expect(read(extracting)).toEqual({ layers: 3, bytes: { got: 100, all: 400 } });
    expect(read({ status: 'Digest: sha256:dd' })).toBeUndefined();
  });
});
