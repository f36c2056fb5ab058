import { expect, it } from 'vitest';
import { withCondition } from './conditions.js';

const at = Date.UTC(2026, 0, 1);

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly lastTransitionTime?: string;
}

it('the transition time of a condition moves only with its status', () => {
  const first = withCondition<Condition>(undefined, { type: 'Ready', status: 'False', reason: 'A' }, at);
  const other = withCondition(first, { type: 'Ready', status: 'False', reason: 'B' }, at + 60_000);
  expect(other).toEqual([{ type: 'Ready', status: 'False', reason: 'B', lastTransitionTime: '2026-01-01T00:00:00Z' }]);
  const turned = withCondition(other, { type: 'Ready', status: 'True', reason: 'B' }, at + 120_000);
  expect(turned[0]?.lastTransitionTime).toBe('2026-01-01T00:02:00Z');
  expect(withCondition(turned, { type: 'Ready', status: 'True', reason: 'B' }, at + 180_000)).toBe(turned);
});
