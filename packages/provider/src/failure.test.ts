import { describe, expect, it } from 'vitest';
import { failureOf, failures, isNotFound } from './index.js';

describe('a failure with a kind', () => {
  it.each([
    [failures.notFound('m'), { kind: 'NotFound' }],
    [failures.invalid('spec.x', 'm'), { kind: 'Invalid', field: 'spec.x' }],
    [failures.unsupported('spec.x', 'm'), { kind: 'Unsupported', field: 'spec.x' }],
    [failures.retryable('m'), { kind: 'Retryable' }],
    [failures.retryable('m', 5), { kind: 'Retryable', after: 5 }],
    [failures.throttled('m'), { kind: 'Throttled' }],
    [failures.throttled('m', 5), { kind: 'Throttled', after: 5 }],
    [failures.quota('cores', 'm'), { kind: 'Quota', resource: 'cores' }],
    [failures.capacity('m'), { kind: 'Capacity' }],
    [failures.unauthorized('m'), { kind: 'Unauthorized' }],
  ])('is recognised: %s', (error, failure) => {
    expect(failureOf(error)).toEqual(failure);
    expect(error.message).toBe('m');
    expect(error.name).toBe(failure.kind);
  });

  it('is found as the cause of other errors, and of another copy of the package', () => {
    const inner = failures.notFound('gone');
    expect(isNotFound(new Error('outer', { cause: new Error('middle', { cause: inner }) }))).toBe(true);
    const foreign = Object.assign(new Error('x'), {
      [Symbol.for('virtual-kubelet.io/failure/v1')]: { kind: 'Capacity' },
    });
    expect(failureOf(foreign)).toEqual({ kind: 'Capacity' });
    expect(failures.capacity('full', inner).cause).toBe(inner);
  });

  it('is not seen in anything else, even when causes go in circles', () => {
    const circle: { cause?: unknown } = {};
    circle.cause = circle;
    for (const thrown of [undefined, null, 'NotFound', { kind: 'NotFound' }, new Error('NotFound'), circle]) {
      expect(failureOf(thrown)).toBeUndefined();
      expect(isNotFound(thrown)).toBe(false);
    }
  });
});
