import { describe, expect, it } from 'vitest';
import { ManualClock, recordingLogger, Sensitive } from '@virtual-kubelet/base';
import type { LogLine } from '@virtual-kubelet/base';
import { tokenFileCredentials } from './token.js';

interface Reading {
  text: string | Error | undefined;
  count: number;
}

function setUp(text: Reading['text'], fallback?: string) {
  const file: Reading = { text, count: 0 };
  const clock = new ManualClock();
  const lines: LogLine[] = [];
  const credentials = tokenFileCredentials({
    path: '/run/token',
    files: {
      readText: () => {
        file.count += 1;
        return file.text instanceof Error ? Promise.reject(file.text) : Promise.resolve(file.text);
      },
    },
    clock,
    logger: recordingLogger(lines),
    ...(fallback === undefined ? {} : { fallback: new Sensitive(fallback) }),
  });
  const header = async (): Promise<string | undefined> => (await credentials.current()).authorization?.reveal();
  return { file, clock, lines, credentials, header };
}

describe('a token file', () => {
  it('is read at most once a minute, and gives one object while it does not change', async () => {
    const { file, clock, credentials } = setUp('one\n');
    const first = await credentials.current();
    expect(first.authorization?.reveal()).toBe('Bearer one');
    await clock.advance(59_999);
    expect(await credentials.current()).toBe(first);
    expect(file.count).toBe(1);
    await clock.advance(1);
    expect(await credentials.current()).toBe(first);
    expect(file.count).toBe(2);
  });

  it('gives the new token once the minute is over', async () => {
    const { file, clock, header } = setUp('one');
    await header();
    file.text = 'two';
    expect(await header()).toBe('Bearer one');
    await clock.advance(60_000);
    expect(await header()).toBe('Bearer two');
  });

  it('is read at once when the server refuses the token', async () => {
    const { file, credentials, header } = setUp('one');
    const used = await credentials.current();
    file.text = 'two';
    expect(await credentials.unauthorized(used)).toBe(true);
    expect(await header()).toBe('Bearer two');
  });

  it('offers nothing new when it still holds the refused token', async () => {
    const { credentials } = setUp('one');
    expect(await credentials.unauthorized(await credentials.current())).toBe(false);
  });

  it.each([
    ['missing', undefined],
    ['empty', '\n'],
    ['unreadable', new Error('EIO')],
    ['rubbish', 'a b\u0000canary'],
  ])('that becomes %s keeps the earlier token, says so, and is tried again a minute later', async (_, text) => {
    const { file, clock, lines, credentials, header } = setUp('one');
    const used = await credentials.current();
    file.text = text;
    await clock.advance(60_000);
    expect(await credentials.current()).toBe(used);
    expect(await credentials.unauthorized(used)).toBe(false);
    expect(lines).toMatchObject([{ level: 'warn' }, { level: 'warn' }]);
    expect(JSON.stringify(lines)).not.toMatch(/canary|one/);
    file.text = 'two';
    await clock.advance(60_000);
    expect(await header()).toBe('Bearer two');
  });

  it('that was never good is an error with its path, and is read again on the next call', async () => {
    const { file, credentials, header } = setUp(undefined);
    await expect(credentials.current()).rejects.toMatchObject({
      code: 'VK_CREDENTIALS_FILE',
      message: 'cannot use /run/token: it does not exist',
    });
    file.text = 'late';
    expect(await header()).toBe('Bearer late');
  });

  it('is replaced by the token of the configuration until it can be read', async () => {
    const { file, clock, header } = setUp(undefined, 'given');
    expect(await header()).toBe('Bearer given');
    file.text = 'read';
    await clock.advance(60_000);
    expect(await header()).toBe('Bearer read');
  });

  it('is read once for callers that come together', async () => {
    const { file, credentials } = setUp('one');
    await Promise.all([credentials.current(), credentials.current(), credentials.current()]);
    expect(file.count).toBe(1);
  });
});
