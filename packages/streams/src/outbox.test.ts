import { deferred } from '@virtual-kubelet/base';
import { describe, expect, test } from 'vitest';
import { outbox } from './outbox.js';

describe('an outbox', () => {
  test('keeps the order of writes that nobody waited for, and ends behind them', async () => {
    const sent: string[] = [];
    let gate: Promise<void> | undefined = Promise.resolve();
    const box = outbox({
      ready: () => gate,
      send: (piece) => void sent.push(Buffer.from(piece).toString()),
      end: () => void sent.push('end'),
    });
    const writes = ['a', 'b', 'c'].map((text) => box.write(Buffer.from(text)));
    const closed = box.close();
    gate = undefined;
    await Promise.all([...writes, closed]);
    expect(sent).toEqual(['a', 'b', 'c', 'end']);
  });

  test('cuts what is large into pieces, so that other streams get their turn', async () => {
    const sizes: number[] = [];
    const box = outbox({
      ready: () => undefined,
      send: (piece) => void sizes.push(piece.length),
      end: () => undefined,
    });
    await box.write(new Uint8Array(150_000));
    expect(sizes).toEqual([65_472, 65_472, 19_056]);
  });

  test('takes nothing after its end', async () => {
    const sent: string[] = [];
    const box = outbox({
      ready: () => undefined,
      send: () => void sent.push('data'),
      end: () => void sent.push('end'),
    });
    await box.close();
    await box.close();
    await expect(box.write(Buffer.from('late'))).rejects.toMatchObject({ code: 'VK_STREAMS_CLOSED' });
    expect(sent).toEqual(['end']);
  });

  test('fails what waits when it is broken', async () => {
    const gate = deferred();
    let ready: Promise<void> | undefined = gate.promise;
    const sent: Uint8Array[] = [];
    const box = outbox({ ready: () => ready, send: (piece) => void sent.push(piece), end: () => undefined });
    const waiting = box.write(Buffer.from('text'));
    box.break(new Error('gone'));
    ready = undefined;
    gate.resolve();
    await expect(waiting).rejects.toThrow('gone');
    expect(sent).toEqual([]);
  });
});
