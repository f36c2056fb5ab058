import { callContext } from '@virtual-kubelet/testing';
import { describe, expect, it } from 'vitest';
import { collector, container, exec, once, shell, world } from '../test/container-world.js';

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
