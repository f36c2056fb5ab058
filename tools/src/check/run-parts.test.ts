import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Part } from './run-parts.js';
import { runParts } from './run-parts.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vk-parts-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const script = (name: string, text: string): Part => ({ name, command: ['sh', '-c', text] });

async function told(
  parts: readonly Part[],
  atOnce = 2,
): Promise<{ failed: readonly string[]; said: readonly string[] }> {
  const said: string[] = [];
  const failed = await runParts(parts, { atOnce, say: (text) => void said.push(text), now: () => 0 });
  return { failed: failed.map(({ name }) => name), said };
}

describe('parts of a check', () => {
  it('that pass are a line each, without what they printed', async () => {
    const { failed, said } = await told([script('lint', 'echo all fine; echo really >&2')]);
    expect(failed).toEqual([]);
    expect(said).toEqual(['✓ lint (0.0 s)\n']);
  });

  it('that fail show all they printed, keep no other from running, and are named at the end with their command', async () => {
    const { failed, said } = await told(
      [script('types', 'echo a.ts:1; printf "what is wrong" >&2; exit 3'), script('layers', 'true')],
      1,
    );
    expect(failed).toEqual(['types']);
    expect(said).toEqual([
      '✗ types (0.0 s)\na.ts:1\nwhat is wrong\n',
      '✓ layers (0.0 s)\n',
      'types failed; to run it alone: sh -c echo a.ts:1; printf "what is wrong" >&2; exit 3\n',
    ]);
  });

  it('that cannot be started, or are killed, have failed', async () => {
    const { failed, said } = await told([
      { name: 'absent', command: [join(folder, 'absent')] },
      script('killed', 'kill -9 $$'),
    ]);
    expect(failed.toSorted()).toEqual(['absent', 'killed']);
    expect(said.join('')).toContain('ENOENT');
  });

  it('run as many at a time as asked for: two that wait for each other both end, a third follows', async () => {
    const [one, two, three] = ['one', 'two', 'three'].map((name) => join(folder, name));
    const meet = (mine = '', other = ''): string =>
      `: > ${mine}; for i in $(seq 1000); do [ -e ${other} ] && exit 0; sleep 0.01; done; exit 1`;
    const { failed } = await told([
      script('one', meet(one, two)),
      script('two', meet(two, one)),
      script('three', `: > ${three}`),
    ]);
    expect(failed).toEqual([]);
    expect(existsSync(three ?? '')).toBe(true);
  });

  it('run no more at a time than asked for: one fails as soon as it sees another beside it', async () => {
    const began = join(folder, 'began');
    const alone = `for i in 1 2 3 4 5 6 7 8 9 10; do [ -e ${began} ] && exit 1; sleep 0.01; done`;
    expect((await told([script('first', alone), script('second', `: > ${began}`)], 1)).failed).toEqual([]);
  });
});
