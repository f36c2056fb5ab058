import { ManualClock, Sensitive, deferred, lifetime } from '@virtual-kubelet/base';
import { describe, expect, test } from 'vitest';
import type { KubeletUser } from '../index.js';
import { delegatedAuthenticator, delegatedAuthorizer } from '../index.js';

const { signal } = lifetime();
const jo: KubeletUser = { name: 'jo', groups: [] };
const shown = (token: string): { readonly token: Sensitive } => ({ token: new Sensitive(token) });

function authenticator(answer: (token: string) => KubeletUser | undefined | Promise<never>, anonymous = false) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const made = delegatedAuthenticator({
    clock,
    anonymous,
    reviewToken: async (token) => {
      asked.push(token.reveal());
      return answer(token.reveal());
    },
  });
  return { clock, asked, ask: (token: string) => made.authenticate(shown(token), signal), made };
}

describe('tokens', () => {
  test('are reviewed once in two minutes', async () => {
    const { clock, asked, ask } = authenticator(() => jo);
    expect(await ask('a')).toEqual(jo);
    await clock.advance(119_000);
    await ask('a');
    expect(asked).toEqual(['a']);
    await clock.advance(2_000);
    await ask('a');
    expect(asked).toEqual(['a', 'a']);
  });

  test('nobody knows are asked about again after ten seconds', async () => {
    const { clock, asked, ask } = authenticator(() => undefined);
    expect(await ask('a')).toBeUndefined();
    expect(await ask('a')).toBeUndefined();
    await clock.advance(11_000);
    await ask('a');
    expect(asked).toHaveLength(2);
  });

  test('shown by many at once are reviewed once', async () => {
    const { asked, ask } = authenticator(() => jo);
    expect(await Promise.all([ask('a'), ask('a'), ask('a')])).toEqual([jo, jo, jo]);
    expect(asked).toEqual(['a']);
  });

  test('whose review failed are reviewed again: a failure is never remembered', async () => {
    let fails = true;
    const { ask } = authenticator(() => (fails ? Promise.reject(new Error('away')) : jo));
    await expect(ask('a')).rejects.toThrow('away');
    fails = false;
    expect(await ask('a')).toEqual(jo);
  });

  test('in a flood cost a bounded number of reviews, and the rest are refused', async () => {
    const gate = deferred();
    let asked = 0;
    const made = delegatedAuthenticator({
      clock: new ManualClock(),
      reviewToken: async () => {
        asked += 1;
        await gate.promise;
        return undefined;
      },
    });
    const flood = Array.from({ length: 1_000 }, (_, at) => made.authenticate(shown(`t${at}`), signal));
    const results = Promise.allSettled(flood);
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toBe(8);
    gate.resolve();
    expect((await results).filter(({ status }) => status === 'rejected')).toHaveLength(1_000 - 8 - 64);
  });

  test('without a certificate or a token there is nobody, or on request anybody', async () => {
    expect(await authenticator(() => jo).made.authenticate({}, signal)).toBeUndefined();
    expect(await authenticator(() => jo, true).made.authenticate({}, signal)).toEqual({
      name: 'system:anonymous',
      groups: ['system:unauthenticated'],
    });
    expect(await authenticator(() => undefined, true).ask('unknown')).toBeUndefined();
  });

  test('count less than a certificate', async () => {
    const { made, asked } = authenticator(() => jo);
    const certificate = { commonName: 'api', organizations: ['system:masters'] };
    expect(await made.authenticate({ certificate, ...shown('a') }, signal)).toEqual({
      name: 'api',
      groups: ['system:masters', 'system:authenticated'],
    });
    expect(asked).toEqual([]);
  });
});

describe('rights', () => {
  function authorizer(answer: () => boolean) {
    const clock = new ManualClock();
    let asked = 0;
    const made = delegatedAuthorizer({
      clock,
      reviewAccess: async () => {
        asked += 1;
        return answer();
      },
    });
    return {
      clock,
      ask: (user: KubeletUser = jo, verb = 'get') => made.authorize({ user, verb, subresource: 'proxy' }, signal),
      asked: () => asked,
    };
  }

  test('granted are remembered for five minutes, refused ones for half a minute', async () => {
    let granted = true;
    const { clock, ask, asked } = authorizer(() => granted);
    expect(await ask()).toBe(true);
    await clock.advance(299_000);
    granted = false;
    expect(await ask()).toBe(true);
    await clock.advance(2_000);
    expect(await ask()).toBe(false);
    await clock.advance(29_000);
    expect(await ask()).toBe(false);
    expect(asked()).toBe(2);
    await clock.advance(2_000);
    await ask();
    expect(asked()).toBe(3);
  });

  test('of users that differ in anything are asked for apart', async () => {
    const { ask, asked } = authorizer(() => true);
    await ask();
    await ask({ ...jo, groups: ['x'] });
    await ask({ ...jo, uid: '1' });
    await ask({ ...jo, extra: { a: ['b'] } });
    await ask(jo, 'create');
    expect(asked()).toBe(5);
  });

  describe('that many ask for at once', () => {
    /** Reviews that stay open until the test ends them. */
    function openReviews() {
      const open: { resolve(allowed: boolean): void; reject(reason: unknown): void }[] = [];
      const made = delegatedAuthorizer({
        clock: new ManualClock(),
        reviewAccess: () => {
          const review = deferred<boolean>();
          open.push(review);
          return review.promise;
        },
      });
      const question = { user: jo, verb: 'get', subresource: 'proxy' };
      return { open, ask: (asker: AbortSignal = signal) => made.authorize(question, asker) };
    }

    test('cost one review', async () => {
      const { open, ask } = openReviews();
      const answers = Promise.all([ask(), ask(), ask()]);
      expect(open).toHaveLength(1);
      open[0]?.resolve(true);
      expect(await answers).toEqual([true, true, true]);
    });

    test('fail together, without a review for each', async () => {
      const { open, ask } = openReviews();
      const answers = Promise.allSettled([ask(), ask(), ask()]);
      open[0]?.reject(new Error('away'));
      expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
      expect(open).toHaveLength(1);
    });

    test('are asked for once more when the first to ask gave up, and who gives up waits for nobody', async () => {
      const { open, ask } = openReviews();
      const [first, second] = [lifetime(), lifetime()];
      const leaves = ask(first.signal);
      const gone = ask(second.signal);
      const stay = Promise.all([ask(), ask()]);
      second.abort(new Error('left'));
      await expect(gone).rejects.toThrow('left');
      first.abort(new Error('gave up'));
      open[0]?.reject(new Error('gave up'));
      await expect(leaves).rejects.toThrow('gave up');
      await new Promise((resolve) => setImmediate(resolve));
      expect(open).toHaveLength(2);
      open[1]?.resolve(true);
      expect(await stay).toEqual([true, true]);
    });
  });
});
