import { expect, it } from 'vitest';
import { inspections } from './inspections.js';

it('does not keep an inspection that something overtook: it serves once, and the next look asks again', async () => {
  const answers: ((pid: number) => void)[] = [];
  const client = { json: () => new Promise<number>((resolve) => void answers.push(resolve)) };
  const known = inspections(client, Number);
  const { signal } = new AbortController();
  const before = known.of({ id: 'c', state: 'running' }, signal);
  known.drop('c');
  answers[0]?.(100);
  expect(await before).toBe(100);
  const after = known.of({ id: 'c', state: 'running' }, signal);
  answers[1]?.(200);
  expect(await after).toBe(200);
  expect(await known.of({ id: 'c', state: 'running' }, signal)).toBe(200);
  expect(answers).toHaveLength(2);
});
