import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isWorthCompacting } from './system-idle-heap.js';

const mb = 1024 * 1024;

describe('memory is given back', () => {
  it.each([
    ['after a burst', { used: 70 * mb, total: 110 * mb, busy: 0.2 }, 0, true],
    ['not while something happens', { used: 70 * mb, total: 110 * mb, busy: 0.3 }, 0, false],
    ['not for little', { used: 70 * mb, total: 85 * mb, busy: 0.01 }, 0, false],
    ['not again for what stayed the last time', { used: 70 * mb, total: 110 * mb, busy: 0.01 }, 30 * mb, false],
    ['again after another burst', { used: 70 * mb, total: 130 * mb, busy: 0.01 }, 30 * mb, true],
    ['not where it would take seconds', { used: 600 * mb, total: 900 * mb, busy: 0.01 }, 0, false],
  ])('%s', (_when, look, slack, expected) => {
    expect(isWorthCompacting(look, slack)).toBe(expected);
  });

  it('by a process that holds a part of what it once held', async () => {
    const compiled = fileURLToPath(new URL('../../dist/run/system-idle-heap.js', import.meta.url));
    const program = `
      const { compactHeap } = await import(${JSON.stringify(compiled)});
      let kept = Array.from({ length: 200_000 }, (_, i) => ({ name: 'x' + i, more: { i, list: ['y' + i] } }));
      kept = kept.filter((_, i) => i % 10 === 0);
      const before = process.memoryUsage().heapTotal;
      compactHeap();
      console.log(JSON.stringify({ before, after: process.memoryUsage().heapTotal, kept: kept.length, gc: typeof gc }));`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--max-semi-space-size=8',
      '--input-type=module',
      '-e',
      program,
    ]);
    const { before, after, kept, gc } = JSON.parse(stdout) as Record<string, number | string>;
    expect([kept, gc]).toEqual([20_000, 'undefined']);
    expect(Number(after)).toBeLessThan(Number(before) / 2);
  });
});
