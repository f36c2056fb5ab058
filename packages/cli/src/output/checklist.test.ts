import { stripVTControlCharacters } from 'node:util';
import type { LogLine } from '@virtual-kubelet/base';
import { recordingLogger } from '@virtual-kubelet/base';
import { describe, expect, it } from 'vitest';
import type { Checklist } from './checklist.js';
import { loggedChecklist, terminalChecklist } from './checklist.js';

/** A start of three steps, the last of which fails, on a clock that moves by 250 ms between looks. */
async function started(checklist: Checklist): Promise<void> {
  expect(
    await checklist.step(
      'cluster found',
      async () => 'here',
      (found) => found,
    ),
  ).toBe('here');
  await checklist.step('API server answers', async () => undefined);
  checklist.note('nobody vouches for the certificate');
  await expect(checklist.step('node vk is Ready', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
}

function ticking(): () => number {
  let time = 0;
  return () => (time += 250);
}

describe('the checklist of a start', () => {
  it('on a terminal is a line a step with its time, and a cross before what failed', async () => {
    const written: string[] = [];
    await started(terminalChecklist({ write: (text) => written.push(text), now: ticking() }));
    expect(stripVTControlCharacters(written.join(''))).toBe(
      '  ✓ cluster found · here (250 ms)\n' +
        '  ✓ API server answers (250 ms)\n' +
        '  ! nobody vouches for the certificate\n' +
        '  ✗ node vk is Ready\n',
    );
  });

  it('elsewhere is a log line a step; a failure is left to the error', async () => {
    const lines: LogLine[] = [];
    await started(loggedChecklist(recordingLogger(lines), ticking()));
    expect(lines.map(({ level, message, fields }) => [level, message, fields])).toEqual([
      ['info', 'cluster found', { milliseconds: 250, detail: 'here' }],
      ['info', 'API server answers', { milliseconds: 250 }],
      ['warn', 'nobody vouches for the certificate', {}],
    ]);
  });
});
