import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TarEntry } from './tar.js';
import { readTar, tarEnd, tarHeader, tarPadding } from './tar.js';

interface Member {
  readonly entry: TarEntry;
  readonly content: Uint8Array;
}

function archive(members: readonly Member[]): Uint8Array {
  const parts = members.flatMap(({ entry, content }) => [...tarHeader(entry), content, tarPadding(content.length)]);
  return Buffer.concat([...parts, tarEnd()]);
}

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

async function read(bytes: Uint8Array, size: number = 700, passOver = false): Promise<Member[]> {
  const members: Member[] = [];
  for await (const { entry, content } of readTar(chunks(bytes, size))) {
    const parts: Uint8Array[] = [];
    if (!passOver) for await (const part of content) parts.push(part);
    members.push({ entry, content: Buffer.concat(parts) });
  }
  return members;
}

const member = fc
  .record({
    name: fc.oneof(fc.string({ minLength: 1, maxLength: 40 }), fc.string({ minLength: 90, maxLength: 300 })),
    content: fc.uint8Array({ maxLength: 2_000 }),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    seconds: fc.nat(),
  })
  .filter(({ name }) => !name.includes('\0'))
  .map(({ name, content, mode, seconds }): Member => ({
    entry: { name, kind: 'file', mode, size: content.length, time: seconds * 1_000 },
    content: Buffer.from(content),
  }));

describe('an archive', () => {
  it('gives back what was put in, in chunks of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(member, { maxLength: 5 }),
        fc.integer({ min: 1, max: 3_000 }),
        async (members, size) => {
          expect(await read(archive(members), size)).toEqual(members);
          expect((await read(archive(members), size, true)).map(({ entry }) => entry)).toEqual(
            members.map(({ entry }) => entry),
          );
        },
      ),
    );
  });

  it('may have long names as POSIX writes them, and a prefix', async () => {
    const name = 'x'.repeat(150);
    const record = `160 path=${'p/'.repeat(73)}file\n`;
    const pax = Buffer.from(record);
    const [header = new Uint8Array()] = tarHeader({ name, kind: 'file', mode: 0, size: 0, time: 0 });
    expect(new TextDecoder().decode(header.subarray(0, 13))).toBe('././@LongLink');
    const extended = retyped({ name: 'PaxHeaders', size: pax.length }, 'x');
    const short = retyped({ name: 'short', size: 0 }, '0');
    const bytes = Buffer.concat([extended, pax, tarPadding(pax.length), short, tarEnd()]);
    expect((await read(bytes)).map(({ entry }) => entry.name)).toEqual([`${'p/'.repeat(73)}file`]);
    const prefixed = retyped({ name: 'file', size: 0 }, '0', 'some/folder');
    expect((await read(prefixed)).map(({ entry }) => entry.name)).toEqual(['some/folder/file']);
  });

  it('is refused when it is none, or cut', async () => {
    await expect(read(new Uint8Array(512).fill(65))).rejects.toThrow('does not look like a tar archive');
    const whole = archive([
      { entry: { name: 'f', kind: 'file', mode: 0, size: 1_000, time: 0 }, content: new Uint8Array(1_000) },
    ]);
    await expect(read(whole.subarray(0, 900))).rejects.toThrow('Unexpected EOF');
  });

  it('of links has others', async () => {
    expect((await read(retyped({ name: 'link', size: 0 }, '2')))[0]?.entry.kind).toBe('other');
  });
});

/** A header of another type, with the sum that belongs to it. */
function retyped({ name, size }: { name: string; size: number }, type: string, prefix: string = ''): Uint8Array {
  const [header = new Uint8Array(512)] = tarHeader({ name, kind: 'file', mode: 0o644, size, time: 0 });
  const bytes = Buffer.from(header);
  bytes.write(type, 156);
  bytes.write(prefix, 345);
  bytes.fill(' ', 148, 156);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}
