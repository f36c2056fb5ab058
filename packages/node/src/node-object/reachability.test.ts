import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reachability } from './reachability.js';
import { afterPing, unknownReachability } from './reachability.js';

const limits = { failures: 3, successes: 2 };

function after(pings: string): Reachability {
  return pings
    .split('')
    .reduce(
      (state, ping, at) =>
        afterPing(
          state,
          { result: ping === '+' ? { ok: true } : { ok: false, message: `failed at ${at}` }, at },
          limits,
        ),
      unknownReachability,
    );
}

describe('reachability', () => {
  it.each([
    ['', 'unknown'],
    ['+', 'reachable'],
    ['-', 'unreachable'],
    ['+-', 'reachable'],
    ['+--', 'reachable'],
    ['+---', 'unreachable'],
    ['+--+--', 'reachable'],
    ['---+', 'unreachable'],
    ['---++', 'reachable'],
    ['-+-+-+', 'unreachable'],
  ])('after the pings "%s" is %s', (pings, verdict) => {
    expect(after(pings).verdict).toBe(verdict);
  });

  it('dates an outage from its first failed ping and keeps what that one said', () => {
    expect(after('++-----')).toMatchObject({ verdict: 'unreachable', since: 2, message: 'failed at 2' });
    expect(after('++---+--')).toMatchObject({ verdict: 'unreachable', since: 2, message: 'failed at 2' });
  });

  it('changes its verdict at most once in every two pings', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('+', '-'), minLength: 1, maxLength: 40 }), (pings) => {
        const verdicts = pings.split('').map((_, i) => after(pings.slice(0, i + 1)).verdict);
        const changes = verdicts.filter((verdict, i) => i > 0 && verdict !== verdicts[i - 1]).length;
        expect(changes).toBeLessThanOrEqual((pings.length - 1) / 2);
      }),
    );
  });
});
