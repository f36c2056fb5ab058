import { createHash } from 'node:crypto';
import type { Deferred } from '@virtual-kubelet/base';
import { deferred } from '@virtual-kubelet/base';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { ExecCall, ExitStatus, TerminalSize } from '@virtual-kubelet/provider';
import { isNotFound, literal } from '@virtual-kubelet/provider';
import { callContext } from '@virtual-kubelet/testing';
import { describe, expect, it } from 'vitest';
import type { World } from '../test/container-world.js';
import { collector, container, exec, once, ref, request, utf8, world } from '../test/container-world.js';

/** A person at a terminal. */
function person(w: World, start: (call: ExecCall) => Promise<ExitStatus> | undefined) {
  const out = collector();
  const keys: string[] = [];
  const sizes: TerminalSize[] = [{ width: 100, height: 30 }];
  let more: Deferred<void> = deferred();
  async function* items<T>(list: T[]): AsyncGenerator<T> {
    for (;;) {
      const item = list.shift();
      if (item !== undefined) yield item;
      else await more.promise;
    }
  }
  async function* typed(): AsyncGenerator<Uint8Array> {
    for await (const text of items(keys)) yield utf8.encode(text);
  }
  const push = async (): Promise<void> => {
    const before = more;
    more = deferred();
    before.resolve();
    for (let i = 0; i < 5; i += 1) await w.clock.settle();
  };
  const streams = { stdin: typed(), stdout: out.sink, tty: true, resize: items(sizes) };
  const ended = start({ streams, context: callContext() });
  return {
    out,
    ended,
    type: async (text: string): Promise<string> => {
      out.chunks.length = 0;
      keys.push(text);
      await push();
      return out.text();
    },
    resize: async (size: TerminalSize): Promise<string> => {
      out.chunks.length = 0;
      sizes.push(size);
      await push();
      return out.text();
    },
  };
}

describe('a shell in a terminal', () => {
  const open = async () => {
    const w = await world();
    const somebody = person(w, (call) => w.provider.exec?.(container, ['/bin/sh'], call));
    await w.clock.settle();
    return somebody;
  };

  it('shows what is typed, runs it and asks for more', async () => {
    const { type, out, ended } = await open();
    expect(out.text()).toBe('/ # ');
    expect(await type('ec')).toBe('ec');
    expect(await type('hoo\u007f hi\r')).toBe('hoo\b \b hi\r\nhi\r\n/ # ');
    expect(await type('junk\u0015cd /tmp\r')).toContain('/tmp # ');
    expect(await type('\u001b[Aexit 5\r')).toBe('exit 5\r\n');
    expect(await ended).toEqual({ exitCode: 5 });
    expect(out.text()).not.toContain('junk\n');
  });

  it('is one for the shells within it', async () => {
    const { type } = await open();
    expect(await type('tty; sh -c "tty; stty size"\r')).toContain('/dev/pts/0\r\n/dev/pts/0\r\n30 100\r\n');
  });

  it('ends what Ctrl-C interrupts, and not itself', async () => {
    const { type, ended } = await open();
    await type('sleep infinity\r');
    expect(await type('\u0003')).toBe('^C\r\n/ # ');
    expect(await type('echo $?\r')).toContain('130');
    expect(await type('abc\u0003')).toBe('abc^C\r\n/ # ');
    await type('yes > /dev/null\r');
    expect(await type('\u0003')).toContain('/ # ');
    await type('cat\r');
    await type('\u0003');
    expect(await type('echo heard\r')).toContain('\r\nheard\r\n');
    await type('sleep infinity\r');
    await type('echo typed too early\r');
    expect(await type('\u0003')).not.toContain('too early');
    await type('false\r');
    await type('\u0004');
    expect(await ended).toEqual({ exitCode: 1 });
  });

  it('ends a command that reads with Ctrl-D, then itself', async () => {
    const { type, ended } = await open();
    await type('cat\r');
    expect(await type('echoed\r')).toBe('echoed\r\nechoed\r\n');
    expect(await type('\u0004')).toBe('/ # ');
    await type('\u0004');
    expect(await ended).toEqual({ exitCode: 0 });
  });

  it('hears so much of a line, and so many lines ahead', async () => {
    const w = await world();
    const { type, out } = person(w, (call) => w.provider.exec?.(container, ['/bin/sh'], call));
    await type('');
    expect(await type('x'.repeat(5_000))).toHaveLength(4_096);
    await type('\u0015sleep 5\r');
    await type(`${'y'.repeat(4_000)}\r`.repeat(30));
    await w.clock.advance(10_000);
    for (let i = 0; i < 50; i += 1) await w.clock.settle();
    const refused = out.text().split('not found').length - 1;
    expect(refused).toBeGreaterThan(5);
    expect(refused).toBeLessThan(20);
  });

  it('knows its size and each change of it', async () => {
    const { type, resize } = await open();
    expect(await type('stty size\r')).toContain('\r\n30 100\r\n');
    expect(await type('winch\r')).toContain('30 100');
    expect(await resize({ width: 120, height: 40 })).toBe('40 120\r\n');
    expect(await type('\u0003')).toContain('/ # ');
    expect(await type('tty\r')).toContain('/dev/pts/0');
  });
});

describe('attaching', () => {
  it('to an interactive container reaches its shell, whose end is the end of the container', async () => {
    const w = await world({ container: { stdin: true, tty: true }, restartPolicy: 'Never' });
    const { type, ended } = person(w, (call) => w.provider.attach?.(container, call));
    expect(await type('echo hi\r')).toContain('hi');
    await type('exit 3\r');
    expect(await ended).toEqual({ exitCode: 3 });
    const state = (await w.provider.getPodStatus(ref, callContext()))?.containers[0]?.state;
    expect(state).toMatchObject({ terminated: { exitCode: 3, reason: 'Error' } });
    await expect(exec(w, ['true'])).rejects.toSatisfy(isNotFound);
    expect((await w.provider.getStats?.(callContext()))?.pods).toEqual([]);
  });

  it('runs the command of the container where the shell knows it', async () => {
    const inputs = { containers: [{ name: 'c', env: [], args: [literal('sha256sum')] }] };
    const w = await world({ container: { stdin: true }, restartPolicy: 'Never', inputs });
    const out = collector();
    const streams = { stdin: once('data'), stdout: out.sink, tty: false };
    expect(await w.provider.attach?.(container, { streams, context: callContext() })).toEqual({ exitCode: 0 });
    expect(out.text()).toContain(createHash('sha256').update('data').digest('hex'));
  });

  it.each([
    ['exit 0', 'terminated'],
    ['exit 1', 'running'],
  ])('with "%s" leaves a container that is restarted on failure %s', async (line, left) => {
    const w = await world({ container: { stdin: true }, restartPolicy: 'OnFailure' });
    const streams = { stdin: once(`${line}\n`), tty: false };
    await w.provider.attach?.(container, { streams, context: callContext() });
    const state = (await w.provider.getPodStatus(ref, callContext()))?.containers[0]?.state;
    expect(Object.keys(state ?? {})).toEqual([left]);
  });

  it('leaves a container that is restarted running', async () => {
    const w = await world({ container: { stdin: true } });
    const streams = { stdin: once('exit 1\n'), tty: false };
    await w.provider.attach?.(container, { streams, context: callContext() });
    const state = (await w.provider.getPodStatus(ref, callContext()))?.containers[0]?.state;
    expect(state).toHaveProperty('running');
  });

  it('to any other shows what it says from now on, until it ends', async () => {
    const script = { 'run-time': '3500ms', 'exit-code': '2', 'log-stderr-every': '2' };
    const w = await world({ script, restartPolicy: 'Never' });
    await w.clock.advance(500);
    const [out, err] = [collector(), collector()];
    const streams = { stdout: out.sink, stderr: err.sink, tty: false };
    const end = w.provider.attach?.(container, { streams, context: callContext() });
    await w.clock.advance(10_000);
    expect(await end).toEqual({ exitCode: 2 });
    expect(out.text()).toBe('web/c line 3\n');
    expect(err.text()).toBe('web/c line 2\nweb/c line 4\n');
    expect(w.clock.pending).toBe(0);
  });

  it('to a debugging container added to the pod works, and its end is its own', async () => {
    const w = await world();
    const before = request({});
    const debug = { name: 'debugger', image: 'busybox', stdin: true, tty: true };
    const pod: Pod = {
      ...before.pod,
      spec: { ...before.pod.spec, containers: [{ name: 'c' }], ephemeralContainers: [debug] },
    };
    const update = { ...before, pod, changes: [{ change: 'ephemeralContainer', container: 'debugger' }] as const };
    await w.clock.advance(5_000);
    expect(await w.provider.updatePod(update, callContext())).toMatchObject([{ result: 'applied' }]);
    const target = { pod: ref, container: 'debugger' };
    const { type, ended } = person(w, (call) => w.provider.attach?.(target, call));
    await type('exit\r');
    expect(await ended).toEqual({ exitCode: 0 });
    const containers = (await w.provider.getPodStatus(ref, callContext()))?.containers;
    expect(containers?.map(({ state }) => Object.keys(state)[0])).toEqual(['running', 'terminated']);
    expect(containers?.[1]?.state).toMatchObject({ terminated: { startedAt: '2026-01-01T00:00:05Z' } });
  });
});
