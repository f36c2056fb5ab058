import { ManualClock, recordingLogger, seededRandom, Sensitive } from '@virtual-kubelet/base';
import type { LogLine } from '@virtual-kubelet/base';
import { describe, expect, test } from 'vitest';
import type { IssuedToken, ServiceAccountTokens, TokenQuery } from './service-account-tokens.js';
import { serviceAccountTokens } from './service-account-tokens.js';

const hour = 3_600_000;
const query: TokenQuery = {
  pod: { namespace: 'shop', name: 'web', uid: 'u1' },
  serviceAccount: 'robot',
  parameters: {},
};

function world(life = hour): {
  clock: ManualClock;
  tokens: ServiceAccountTokens;
  issued: () => number;
  answer: (how: () => Promise<IssuedToken | 'absent'>) => void;
  lines: LogLine[];
  text: (query?: TokenQuery) => Promise<string>;
} {
  const clock = new ManualClock();
  const lines: LogLine[] = [];
  let count = 0;
  let how = async (): Promise<IssuedToken | 'absent'> => ({ text: new Sensitive(`canary-token-${count}`), life });
  const issue = (): Promise<IssuedToken | 'absent'> => {
    count += 1;
    return how();
  };
  const tokens = serviceAccountTokens({ clock, random: seededRandom(1), logger: recordingLogger(lines), issue });
  const text = async (asked = query): Promise<string> => {
    const token = await tokens.token(asked);
    return token === 'absent' ? token : token.text.reveal();
  };
  return { clock, tokens, lines, text, issued: () => count, answer: (next) => (how = next) };
}

describe('service account tokens', () => {
  test('are kept for 80 % of their life, less a little', async () => {
    const { clock, tokens, text, issued } = world();
    const token = await tokens.token(query);
    const due = token === 'absent' ? 0 : token.renewAt - clock.wall();
    expect(due).toBeLessThanOrEqual(0.8 * hour);
    expect(due).toBeGreaterThanOrEqual(0.8 * hour - 10_000);
    await clock.advance(0.8 * hour - 10_001);
    expect(await text()).toBe('canary-token-1');
    await clock.advance(10_001);
    expect(await text()).toBe('canary-token-2');
    expect(issued()).toBe(2);
  });

  test('are renewed after a day even if they live longer', async () => {
    const { clock, text } = world(8_760 * hour);
    await text();
    await clock.advance(24 * hour - 10_001);
    expect(await text()).toBe('canary-token-1');
    await clock.advance(10_001);
    expect(await text()).toBe('canary-token-2');
  });

  test('a short life is not renewed in a storm', async () => {
    const { clock, tokens } = world(10_000);
    const token = await tokens.token(query);
    expect(token === 'absent' ? 0 : token.renewAt - clock.wall()).toBeGreaterThanOrEqual(7_000);
  });

  test('are one for each pod and each set of parameters', async () => {
    const { text, issued } = world();
    await Promise.all([
      text(),
      text(),
      text({ ...query, parameters: { expirationSeconds: 3_600 } }),
      text({ ...query, parameters: { audience: 'vault' } }),
      text({ ...query, pod: { ...query.pod, uid: 'u2' } }),
    ]);
    expect(issued()).toBe(3);
  });

  test('an old one is used while renewing fails, until it ends', async () => {
    const { clock, text, answer, issued, lines } = world();
    await text();
    answer(() => Promise.reject(new Error('no connection')));
    await clock.advance(0.9 * hour);
    expect(await text()).toBe('canary-token-1');
    expect(await text()).toBe('canary-token-1');
    expect(issued()).toBe(2);
    await clock.advance(30_000);
    await text();
    expect(issued()).toBe(3);
    await clock.advance(0.1 * hour);
    await expect(text()).rejects.toThrow('no connection');
    expect(lines.map((line) => line.level)).toEqual(['warn', 'warn']);
    expect(JSON.stringify(lines)).not.toContain('canary');
  });

  test('a ServiceAccount that is gone takes no token away', async () => {
    const { clock, text, answer } = world();
    await text();
    answer(async () => 'absent');
    await clock.advance(0.9 * hour);
    expect(await text()).toBe('canary-token-1');
    await clock.advance(0.1 * hour);
    expect(await text()).toBe('absent');
  });

  test('the wall clock has no say', async () => {
    const { clock, text, issued } = world();
    await text();
    clock.jumpWall(48 * hour);
    await text();
    expect(issued()).toBe(1);
  });

  test('a pod that is gone leaves none behind, nor one that was still asked for', async () => {
    const { tokens, text, issued } = world();
    const asked = text();
    tokens.forget('u1');
    await asked;
    await text();
    expect(issued()).toBe(2);
    tokens.forget('u1');
    await text();
    expect(issued()).toBe(3);
  });
});
