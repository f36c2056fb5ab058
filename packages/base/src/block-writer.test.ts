import { describe, expect, it } from 'vitest';
import { blockWriter } from './index.js';
import type { BlockFraming } from './index.js';

/** Bytes of a whole block: four records of TLS. */
const blockSize = 65_536;

/** A receiver that takes its time. */
function receiver(framing?: BlockFraming) {
  const taken: Buffer[] = [];
  const waiting: ((error?: Error) => void)[] = [];
  const writer = blockWriter((bytes, done) => {
    taken.push(Buffer.from(bytes));
    waiting.push(done);
  }, framing);
  return {
    writer,
    taken: (): string[] => taken.splice(0).map((bytes) => bytes.toString()),
    sizes: (): number[] => taken.splice(0).map((bytes) => bytes.length),
    done: (error?: Error): void => waiting.shift()?.(error),
  };
}

const text = (value: string): Buffer => Buffer.from(value);

describe('a writer of blocks', () => {
  it('hands over what was gathered as one, when told', () => {
    const { writer, taken } = receiver();
    writer.add(text('one '));
    writer.add(text('two'));
    expect(taken()).toEqual([]);
    writer.flush();
    expect(taken()).toEqual(['one two']);
    writer.flush();
    expect(taken()).toEqual([]);
  });

  it('writes one block at a time; what is flushed meanwhile leaves together, in its order', () => {
    const { writer, taken, done } = receiver();
    for (const word of ['a', 'b', 'c']) {
      writer.add(text(word));
      writer.flush();
    }
    expect(taken()).toEqual(['a']);
    expect(writer.backlog).toBe(3);
    done();
    expect(taken()).toEqual(['bc']);
    done();
    expect(writer.backlog).toBe(0);
  });

  it('cuts what does not fit into a block, and loses nothing', () => {
    const { writer, sizes, done } = receiver();
    writer.add(Buffer.alloc(10));
    writer.add(Buffer.alloc(2 * blockSize));
    writer.flush();
    for (let i = 0; i < 3; i += 1) done();
    expect(sizes()).toEqual([blockSize, blockSize, 10]);
  });

  it('copies: who gave the bytes may change them, and a block is not used again before it is written', () => {
    const { writer, taken, done } = receiver();
    const mine = Buffer.alloc(blockSize, 'a');
    writer.add(mine);
    mine.fill('b');
    writer.add(mine);
    expect(taken().map((bytes) => bytes[0])).toEqual(['a']);
    done();
    expect(taken().map((bytes) => bytes[0])).toEqual(['b']);
  });

  it('puts a frame around each block, and none around what wants none', () => {
    const seal = (block: Buffer, size: number) => {
      block.write('<', 1);
      block.write('>', 2 + size);
      return { from: 1, to: 3 + size };
    };
    const { writer, taken, done } = receiver({ before: 2, behind: 1, seal });
    writer.add(text('data'));
    writer.unframed(text('sign'));
    writer.add(text('more'));
    writer.flush();
    for (let i = 0; i < 3; i += 1) done();
    expect(taken()).toEqual(['<data>', 'sign', '<more>']);
  });

  it('makes writers wait while two blocks are not written', async () => {
    const { writer, done } = receiver();
    expect(writer.ready()).toBeUndefined();
    writer.add(Buffer.alloc(2 * blockSize));
    const ready = writer.ready();
    expect(ready).toBeInstanceOf(Promise);
    done();
    await ready;
    expect(writer.ready()).toBeUndefined();
  });

  it('fails those who wait when all is dropped', async () => {
    const { writer, taken, done } = receiver();
    writer.add(Buffer.alloc(3 * blockSize));
    const ready = writer.ready();
    taken();
    writer.drop(new Error('gone'));
    await expect(ready).rejects.toThrow('gone');
    done(new Error('broken'));
    expect(taken()).toEqual([]);
    expect(writer.backlog).toBe(0);
  });

  it('hands everything over at the end, whatever is being written', () => {
    const { writer, sizes } = receiver();
    writer.add(Buffer.alloc(blockSize + 5));
    writer.release();
    expect(sizes()).toEqual([blockSize, 5]);
  });
});
