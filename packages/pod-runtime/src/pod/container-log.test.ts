import type { LogOptions } from '@virtual-kubelet/provider';
import { logTime } from '@virtual-kubelet/provider-kit';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LogFrame, LogQuery } from '../index.js';
import { podOf, podWorld, ref } from '../pod-world.test-kit.js';

const plain: LogOptions = { follow: false, previous: false, timestamps: false, stream: 'All' };
const time = '2026-11-25T18:01:08.123456789Z';
const frame = (text: string, stream: LogFrame['stream'] = 'stdout'): LogFrame => ({
  stream,
  time,
  bytes: new TextEncoder().encode(text),
});

async function read(
  frames: readonly LogFrame[],
  options: Partial<LogOptions> = {},
): Promise<{ text: string; queries: readonly LogQuery[] }> {
  const w = await podWorld();
  onTestFinished(() => w.stop());
  await w.create(podOf());
  const queries: LogQuery[] = [];
  w.backend.logs = async function* (_id, query): AsyncGenerator<LogFrame> {
    queries.push(query);
    yield* frames;
  };
  const chunks = w.runtime.provider.getContainerLogs?.(
    { pod: ref, container: 'a' },
    { ...plain, ...options },
    w.context,
  );
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks ?? []) parts.push(Uint8Array.from(chunk));
  return { text: Buffer.concat(parts).toString(), queries };
}

describe('the log of a container', () => {
  it.each([false, true])('comes as it was written, to the last open line (follow: %s)', async (follow) => {
    const { text } = await read([frame('one\n'), frame('tw'), frame('o\n'), frame('rest')], { follow });
    expect(text).toBe('one\ntwo\nrest');
  });

  it('has the time of the engine, to the nanosecond, once for each line', async () => {
    const { text } = await read([frame('tw'), frame('o\n')], { timestamps: true });
    expect(text).toBe(`${time} two\n`);
  });

  it('can be one stream, and of one moment on, to the nanosecond', async () => {
    const late = { ...frame('late\n'), time: '2026-11-25T18:01:08.123456790Z' };
    const frames = [frame('early\n'), late, { ...frame('err\n', 'stderr'), time: late.time }];
    const { text, queries } = await read(frames, { stream: 'Stdout', sinceTime: late.time });
    expect(text).toBe('late\n');
    expect(queries).toEqual([{ follow: false, since: Date.UTC(2026, 10, 25, 18, 1, 8, 123) }]);
  });

  it('has its last lines counted by the engine when it is followed', async () => {
    const { text, queries } = await read([frame('a\n'), frame('b\n')], { follow: true, tailLines: 2 });
    expect([text, queries]).toEqual(['a\nb\n', [{ follow: true, tail: 2 }]]);
  });

  it('of an engine that counts wrongly is cut here', async () => {
    const { text } = await read([frame('a\n'), frame('b\n'), frame('c\n')], { tailLines: 1 });
    expect(text).toBe('c\n');
  });

  it('in memory has the time its container started', async () => {
    const w = await podWorld();
    onTestFinished(() => w.stop());
    w.backend.behaviours.set('a', { log: 'hello\n' });
    await w.create(podOf());
    const chunks = w.runtime.provider.getContainerLogs?.(
      { pod: ref, container: 'a' },
      { ...plain, timestamps: true },
      w.context,
    );
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks ?? []) parts.push(Uint8Array.from(chunk));
    expect(Buffer.concat(parts).toString()).toBe(`${logTime(w.clock.wall())} hello\n`);
  });
});
