import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Deferred } from '@virtual-kubelet/base';
import { deferred, ManualClock, Sensitive } from '@virtual-kubelet/base';
import type { Container, Pod } from '@virtual-kubelet/kubernetes';
import type {
  ContentVolume,
  ExecCall,
  ExitStatus,
  PodInputs,
  PodRequest,
  Provider,
  Sink,
  TerminalSize,
} from '@virtual-kubelet/provider';
import { isNotFound, literal } from '@virtual-kubelet/provider';
import { callContext } from '@virtual-kubelet/testing';
import { describe, expect, it } from 'vitest';
import { addresses, createPlatform, mockSession } from './index.js';
import { scriptedPod } from '../test/scripted-pod.js';

const ref = { namespace: 'default', name: 'web', uid: 'u1' };
const container = { pod: ref, container: 'c' };
const utf8 = new TextEncoder();

interface PodOptions {
  readonly script?: Record<string, string>;
  readonly container?: Partial<Container>;
  readonly restartPolicy?: string;
  readonly inputs?: Partial<PodInputs>;
}

function request({ script, container: more, restartPolicy = 'Always', inputs = {} }: PodOptions): PodRequest {
  const containers = [{ name: 'c', image: 'busybox', ...more }];
  return scriptedPod(script, { spec: { containers, restartPolicy }, inputs });
}

/** Lets input and output run between slices of work, as the clock of the system does. */
class FairClock extends ManualClock {
  override turn(): Promise<void> {
    return this.settle();
  }
}

interface World {
  readonly clock: ManualClock;
  readonly provider: Provider;
}

async function world(pod: PodOptions = {}): Promise<World> {
  const clock = new FairClock();
  const platform = createPlatform({ clock, addresses: addresses() });
  const provider = await mockSession(platform, { config: {}, fileBytes: 4 * 1024 * 1024 }).forNode({
    name: 'vk',
    operatingSystem: 'linux',
  });
  await provider.createPod(request(pod), callContext());
  return { clock, provider };
}

function collector(): { readonly sink: Sink; readonly chunks: Uint8Array[]; text(): string } {
  const chunks: Uint8Array[] = [];
  return {
    chunks,
    sink: { write: async (chunk) => void chunks.push(chunk) },
    text: () => Buffer.concat(chunks).toString(),
  };
}

async function* once(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? utf8.encode(chunk) : chunk;
}

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function exec(
  { provider }: World,
  words: readonly string[],
  stdin?: AsyncIterable<Uint8Array>,
): Promise<Outcome> {
  const [out, err] = [collector(), collector()];
  const streams = { stdout: out.sink, stderr: err.sink, tty: false, ...(stdin ? { stdin } : {}) };
  const end = await provider.exec?.(container, words, { streams, context: callContext() });
  return { code: end?.exitCode ?? -1, out: out.text(), err: err.text() };
}

const shell = (w: World, script: string): Promise<Outcome> => exec(w, ['/bin/sh', '-c', script]);

describe('a command in a mock container', () => {
  it.each([
    ['echo hello "two  words"', 'hello two  words\n'],
    ["printf '%s=%d\\n' a 1 b 2", 'a=1\nb=2\n'],
    ['A=1; B="$A-${A}"; echo $B $C "$C" \'$A\' ${D:-none}', '1-1  $A none\n'],
    ['false || echo no; true && echo yes; false && echo never; echo $?', 'no\nyes\n1\n'],
    ['echo one > /tmp/f; echo two >> /tmp/f; cat /tmp/f | grep t | wc -c', '4\n'],
    ['cd /tmp && pwd && mkdir -p a/b && touch a/b/c && ls a/b && rm -r a && ls', '/tmp\nc\n'],
    ['seq 3 | tail -n 2; seq 5 | head -n 1; echo abcdef | tail -c +4', '2\n3\n1\ndef\n'],
    ['sh -c "exit 3"; echo $?; exit 4 | true; echo $?', '3\n0\n'],
    ['test -d /tmp && [ a = a ] && [ 1 -lt 2 ] && echo all', 'all\n'],
    ['X=1 printenv X; printenv X; export Y=2; printenv Y', '1\n2\n'],
    ['yes | head -n 2; head -c 3 /dev/zero | wc -c', 'y\ny\n3\n'],
    ['cat < /etc/hostname # nothing', 'web\n'],
    ['hostname; whoami; date +%s', 'web\nroot\n1767225600\n'],
  ])('%s', async (script, out) => {
    expect(await shell(await world(), script)).toMatchObject({ out, err: '' });
  });

  it.each([
    ['exit 42', 42, ''],
    ['nonsense', 127, 'sh: nonsense: not found\n'],
    ['cat /nowhere', 1, 'cat: /nowhere: No such file or directory\n'],
    ['echo x > /no/where', 1, 'echo: /no/where: No such file or directory\n'],
    ['echo "open', 2, 'sh: syntax error: unterminated quoted string\n'],
    ['sleep 1 &', 2, 'sh: syntax error: "&" unexpected: there are no jobs here\n'],
    ['| cat', 2, 'sh: syntax error: "|" unexpected\n'],
    ['head -c much /dev/zero', 1, "head: invalid number 'much'\n"],
    ['echo oops >&2; false', 1, 'oops\n'],
    ['cat /dev/zero | head -n 1', 1, 'head: out of memory\n'],
    ['yes | tail -n 1000000000', 1, 'tail: out of memory\n'],
    ['head -c 100k /dev/zero > /tmp/s; sh /tmp/s', 1, 'sh: /tmp/s: File too large\n'],
    ['cp /tmp /tmp', 1, 'cp: /tmp: Is a directory\n'],
    ['echo a > /tmp/a; cp /tmp/a /tmp', 1, "cp: '/tmp/a' and '/tmp' are the same file\n"],
    ['echo "sh /tmp/f" > /tmp/f; sh /tmp/f', 1, 'sh: too many shells within each other\n'],
  ])('%s ends with %i', async (script, code, err) => {
    expect(await shell(await world(), script)).toEqual({ code, out: '', err });
  });

  it('with much to say gives others their turn, and ends when it is told to', async () => {
    const w = await world();
    const gone = new AbortController();
    const words = ['sh', '-c', `printf '%s${'x'.repeat(10_000)}' ${'a '.repeat(10_000)} > /dev/null`];
    const run = w.provider.exec?.(container, words, {
      streams: { tty: false },
      context: callContext({ signal: gone.signal }),
    });
    await w.clock.settle();
    gone.abort(new Error('client gone'));
    await expect(run).rejects.toThrow('client gone');
  });

  it('that calls itself without end is ended, while others go on', async () => {
    const w = await world();
    const bomb = 'echo "sh /tmp/f | sh /tmp/f | sh /tmp/f | sh /tmp/f" > /tmp/f; sh /tmp/f';
    const { code, err } = await shell(w, bomb);
    expect(code).not.toBe(0);
    expect(err).toContain('too many');
    expect((await shell(w, 'echo alive')).out).toBe('alive\n');
  });

  it('is run as its words are, without a shell', async () => {
    expect((await exec(await world(), ['echo', '$HOME', '|', 'a  b'])).out).toBe('$HOME | a  b\n');
    expect((await exec(await world(), ['/usr/bin/false'])).code).toBe(1);
  });

  it('reads stdin to its end, whatever the chunks', async () => {
    const w = await world();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 5_000 })), async (chunks) => {
        const hash = createHash('sha256').update(Buffer.concat(chunks)).digest('hex');
        expect((await exec(w, ['sha256sum'], once(...chunks))).out).toBe(`${hash}  -\n`);
        const [out, err] = [collector(), collector()];
        const streams = { stdin: once(...chunks), stdout: out.sink, stderr: err.sink, tty: false };
        await w.provider.exec?.(container, ['cat'], { streams, context: callContext() });
        expect(Buffer.concat(out.chunks).equals(Buffer.concat(chunks))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it('makes the same bytes in every run', async () => {
    const first = await shell(await world(), 'head -c 1M /dev/urandom | sha256sum');
    expect(first.out).toMatch(/^[0-9a-f]{64} {2}-\n$/);
    expect(await shell(await world(), 'head -c 1M /dev/urandom | sha256sum')).toEqual(first);
  });

  it('lets a shell read lines from stdin, and the next command what is left', async () => {
    const stdin = once('echo fir', 'st\ncat\nnot a ', 'command\n');
    expect((await exec(await world(), ['sh'], stdin)).out).toBe('first\nnot a command\n');
    expect((await exec(await world(), ['sh'], once('exit 7\necho never\n'))).code).toBe(7);
  });

  it('sees the environment, secrets included, and the files of its volumes', async () => {
    const secret: PodInputs['containers'][number]['env'][number] = {
      name: 'TOKEN',
      value: { parts: [{ from: 'secret', name: 's', key: 'k', text: new Sensitive('hidden') }] },
    };
    const ip: typeof secret = { name: 'IP', value: { parts: [{ from: 'runtime', field: 'status.podIP' }] } };
    const content = new Sensitive(Buffer.from('from a config map').toString('base64'));
    const w = await world({
      container: { volumeMounts: [{ name: 'v', mountPath: '/etc/config' }] },
      inputs: {
        containers: [{ name: 'c', env: [{ name: 'A', value: literal('b') }, secret, ip] }],
        volumes: [
          {
            kind: 'contents',
            name: 'v',
            sensitive: false,
            revision: '1',
            files: [{ path: 'sub/key', content, mode: 0o644 }],
          },
        ],
      },
    });
    expect((await exec(w, ['env'])).out).toContain('A=b\nTOKEN=hidden\nIP=5.6.7.8\n');
    expect((await shell(w, 'cat /etc/config/sub/key; ls /etc/config')).out).toBe('from a config mapsub\n');
    expect((await shell(w, 'echo x > /etc/config/sub/key')).err).toContain('Read-only file system');
  });

  it('keeps its files whatever becomes of what was read', async () => {
    const w = await world();
    await shell(w, 'echo kept > /tmp/f');
    const stdout: Sink = { write: async (chunk) => void chunk.fill(0) };
    await w.provider.exec?.(container, ['cat', '/tmp/f'], {
      streams: { stdout, tty: false },
      context: callContext(),
    });
    expect((await shell(w, 'cat /tmp/f')).out).toBe('kept\n');
  });

  it('keeps files until the container ends', async () => {
    const w = await world({ script: { 'run-time': '10s' } });
    await shell(w, 'echo kept > /tmp/f');
    expect((await shell(w, 'cat /tmp/f')).out).toBe('kept\n');
    await w.clock.advance(25_000);
    expect((await shell(w, 'cat /tmp/f')).code).toBe(1);
  });

  it('sees one file of a volume where only that is mounted', async () => {
    const content = new Sensitive(Buffer.from('only this').toString('base64'));
    const files = ['key', 'other'].map((path) => ({ path, content, mode: 0o600 }));
    const volume = { kind: 'contents', name: 'v', sensitive: true, revision: '1', files } as const;
    const w = await world({
      container: { volumeMounts: [{ name: 'v', mountPath: '/etc/app/config', subPath: 'key' }] },
      inputs: { volumes: [volume] },
    });
    expect(await shell(w, 'cat /etc/app/config; ls -l /etc/app')).toMatchObject({
      out: 'only this-rw------- 1 root root         9 2026-01-01 00:00 config\n',
    });
  });

  it('sees new contents of its volumes, but not where only a part is mounted', async () => {
    const volume = (revision: string, texts: Record<string, string>): ContentVolume => ({
      kind: 'contents',
      name: 'v',
      sensitive: false,
      revision,
      files: Object.entries(texts).map(([path, text]) => ({
        path,
        content: new Sensitive(Buffer.from(text).toString('base64')),
        mode: 0o644,
      })),
    });
    const whole = { name: 'v', mountPath: '/whole' };
    const part = { name: 'v', mountPath: '/part', subPath: 'a' };
    const w = await world({
      container: { volumeMounts: [whole, part] },
      inputs: { volumes: [volume('1', { a: 'old', gone: 'x' })] },
    });
    expect((await shell(w, 'cat /whole/a /part')).out).toBe('oldold');
    await w.provider.updateVolumes?.(ref, [volume('2', { a: 'new', more: 'y' })], callContext());
    expect((await shell(w, 'cat /whole/a /part; ls /whole')).out).toBe('newolda\nmore\n');
  });

  it('finds room again when a container that used it ended', async () => {
    const w = await world({ script: { 'run-time': '10s' } });
    expect((await shell(w, 'head -c 3M /dev/zero > /tmp/f')).err).toBe('');
    await w.clock.advance(25_000);
    expect((await shell(w, 'head -c 3M /dev/zero > /tmp/f')).err).toBe('');
  });

  it('needs a container that runs', async () => {
    const w = await world({ script: { 'start-delay': '1s' } });
    await expect(exec(w, ['true'])).rejects.toSatisfy(isNotFound);
    await w.clock.advance(1_000);
    expect((await exec(w, ['true'])).code).toBe(0);
  });

  it('sleeps on the clock, ends with its container, and stops when its client goes', async () => {
    const w = await world();
    const slept = exec(w, ['sleep', '60']);
    await w.clock.advance(60_000);
    expect((await slept).code).toBe(0);
    const gone = new AbortController();
    const left = w.provider.exec?.(container, ['sleep', 'infinity'], {
      streams: { tty: false },
      context: callContext({ signal: gone.signal }),
    });
    const killed = exec(w, ['sleep', 'infinity']);
    await w.clock.settle();
    gone.abort(new Error('client gone'));
    await expect(left).rejects.toThrow('client gone');
    await w.provider.deletePod(ref, { gracePeriodSeconds: 0, reason: 'deleted' }, callContext());
    expect((await killed).code).toBe(137);
    await w.clock.advance(600_000);
    expect(w.clock.pending).toBe(0);
  });

  it('is held back by a client that does not read, and stops when it goes', async () => {
    const w = await world();
    const gone = new AbortController();
    let written = 0;
    const stdout: Sink = {
      write(chunk) {
        written += chunk.length;
        return new Promise(() => undefined);
      },
    };
    const run = w.provider.exec?.(container, ['cat', '/dev/zero'], {
      streams: { stdout, tty: false },
      context: callContext({ signal: gone.signal }),
    });
    for (let i = 0; i < 10; i += 1) await w.clock.settle();
    expect(written).toBeLessThan(1024 * 1024);
    gone.abort(new Error('client gone'));
    await expect(run).rejects.toThrow('client gone');
  });
});

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

describe('copying', () => {
  it('of a folder out of one container and into another keeps it as it is', async () => {
    const [from, to] = [await world(), await world()];
    await shell(from, 'mkdir -p /data/a/b; echo one > /data/a/one; head -c 200k /dev/urandom > /data/a/b/many');
    const out = collector();
    const streams = { stdout: out.sink, tty: false };
    await from.provider.exec?.(container, ['tar', 'cf', '-', '/data/a'], { streams, context: callContext() });
    expect((await exec(to, ['tar', '-xmf', '-', '-C', '/tmp'], once(...out.chunks))).code).toBe(0);
    expect((await shell(to, 'ls /tmp/data/a; cat /tmp/data/a/one')).out).toBe('b\none\none\n');
    const sums = [await shell(from, 'sha256sum < /data/a/b/many'), await shell(to, 'sha256sum < /tmp/data/a/b/many')];
    expect(sums[0]).toEqual(sums[1]);
  });

  it('goes on after a broken connection', async () => {
    const w = await world();
    await shell(w, 'echo content > /tmp/f');
    const whole = await shell(w, 'tar cf - /tmp/f');
    expect((await shell(w, 'tar cf - /tmp/f | tail -c+600')).out).toBe(whole.out.slice(599));
  });

  it('of what is not there, or no archive, fails with a word', async () => {
    const w = await world();
    expect(await exec(w, ['tar', 'cf', '-', '/nowhere'])).toMatchObject({
      code: 1,
      err: 'tar: /nowhere: No such file or directory\n',
    });
    const bad = await exec(w, ['tar', '-xmf', '-', '-C', '/tmp'], once('x'.repeat(600)));
    expect(bad).toMatchObject({ code: 1, err: 'tar: This does not look like a tar archive\n' });
  });

  it('never leaves the folder it goes to', async () => {
    const w = await world();
    const name = '../../etc/passwd';
    const [from] = [await world()];
    await shell(from, 'cd /tmp; echo x > f');
    const archive = Buffer.from((await shell(from, 'cd /tmp; tar cf - f')).out, 'latin1');
    archive.write(name, 0);
    archive.fill(' ', 148, 156);
    archive.write(
      `${archive
        .subarray(0, 512)
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    await exec(w, ['tar', 'xf', '-', '-C', '/tmp'], once(archive));
    expect((await shell(w, 'ls /etc; ls /tmp/etc')).out).toBe('hostname\npasswd\n');
  });

  it('into many pods ends at a limit', async () => {
    const w = await world();
    const { err } = await shell(w, 'head -c 6M /dev/zero > /tmp/big');
    expect(err).toContain('No space left on device');
    expect((await shell(w, 'rm /tmp/big; echo x > /tmp/small; cat /tmp/small')).out).toBe('x\n');
  });
});
