import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { Sensitive } from '@virtual-kubelet/base';
import type { ContentVolume, PodInputs, Sink } from '@virtual-kubelet/provider';
import { isNotFound, literal } from '@virtual-kubelet/provider';
import { callContext } from '@virtual-kubelet/testing';
import { describe, expect, it } from 'vitest';
import { collector, container, exec, once, ref, shell, world } from '../test/container-world.js';

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
