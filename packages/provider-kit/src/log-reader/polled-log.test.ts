import fc from 'fast-check';
import { ManualClock } from '@virtual-kubelet/base';
import { failures } from '@virtual-kubelet/provider';
import { describe, expect, it } from 'vitest';
import type { LogSource, SnapshotSource } from './index.js';
import { textDecoder, timedTextDecoder } from './index.js';
import { collect, following, growing, positionSource, utf8 } from '../../test/log-sources.js';

describe('following a log that can only be read from a position', () => {
  it('shows what is there and what comes, and ends with the container', async () => {
    const clock = new ManualClock();
    const { log, source } = growing();
    log.text = 'a\nb\n';
    const { state, done } = following(source, clock, { tailLines: 1 });
    await clock.settle();
    expect(state.text).toBe('b\n');
    log.text += 'c';
    await clock.advance(500);
    expect(state.text).toBe('b\nc');
    log.text += 'd\n';
    log.ended = true;
    await clock.advance(10_000);
    expect(state).toEqual({ text: 'b\ncd\n', ended: true });
    await done;
    expect(clock.pending).toBe(0);
  });

  it('asks seldom while nothing comes, and often when something does', async () => {
    const clock = new ManualClock();
    const { log, source } = growing();
    const { state, gone, done } = following(source, clock);
    await clock.advance(10 * 60_000);
    expect(log.reads).toBeLessThan(130);
    log.text = 'news\n';
    while (state.text === '') await clock.advance(50);
    log.reads = 0;
    await clock.advance(250);
    expect(log.reads).toBeGreaterThan(0);
    gone.abort();
    await done;
  });

  it('goes on in the log that took its place', async () => {
    const clock = new ManualClock();
    const { log, source } = growing();
    log.text = 'one\ntwo\n';
    const { state, gone, done } = following(source, clock);
    await clock.settle();
    Object.assign(log, { text: 'a longer one than before\n', incarnation: 'b' });
    await clock.advance(1_000);
    expect(state.text).toBe('one\ntwo\na longer one than before\n');
    gone.abort();
    await done;
  });

  it('notices a log that took the place of one it saw nothing of', async () => {
    const clock = new ManualClock();
    const { log, source } = growing();
    log.text = 'one\n';
    const { state, gone, done } = following({ ...source, size: async () => log.text.length }, clock, { tailLines: 0 });
    await clock.advance(1_000);
    log.text += 'two\n';
    await clock.advance(1_000);
    Object.assign(log, { text: 'another\nand more\n', incarnation: 'b' });
    await clock.advance(1_000);
    expect(state.text).toBe('two\nanother\nand more\n');
    gone.abort();
    await done;
  });

  it('reads the beginning of a new log as one, wherever the old one broke off', async () => {
    const clock = new ManualClock();
    const { log, source } = growing({ decoder: timedTextDecoder });
    log.text = '2026-01-01T00:00:00Z on';
    const { state, gone, done } = following(source, clock);
    await clock.settle();
    Object.assign(log, { text: '2026-01-01T00:00:01Z new\n', incarnation: 'b' });
    await clock.advance(1_000);
    expect(state.text).toBe('onnew\n');
    gone.abort();
    await done;
  });

  it('gives up when a failure that should pass does not', async () => {
    const clock = new ManualClock();
    const { log, source } = growing();
    const { done } = following(source, clock);
    await clock.settle();
    log.failure = Array.from({ length: 20 }, () => failures.retryable('busy'));
    const failed = done.catch(String);
    await clock.advance(60_000);
    expect(await failed).toContain('busy');
    expect(log.failure).toHaveLength(15);
  });

  it('begins again when the log was cut short', async () => {
    const clock = new ManualClock();
    const log = { text: 'one\ntwo\n' };
    const source = positionSource(() => utf8.encode(log.text), {
      size: async () => log.text.length,
      read: async ({ from, length }) => ({ bytes: utf8.encode(log.text).slice(from, from + length), ended: false }),
    });
    const { state, gone, done } = following(source, clock);
    await clock.settle();
    log.text = 'new\n';
    await clock.advance(1_000);
    expect(state.text).toBe('one\ntwo\nnew\n');
    gone.abort();
    await done;
  });

  it('lives through failures that pass, not through others', async () => {
    const clock = new ManualClock();
    const { log, source } = growing();
    const { state, done } = following(source, clock);
    await clock.settle();
    log.failure = [failures.throttled('slow down', 1_000), failures.retryable('again')];
    log.text = 'late\n';
    await clock.advance(20_000);
    expect(state.text).toBe('late\n');
    log.failure = [failures.unauthorized('no')];
    const failed = done.then(
      () => 'ended',
      (error: unknown) => String(error),
    );
    await clock.advance(20_000);
    expect(await failed).toContain('no');
  });

  it('ends when the log is gone', async () => {
    const clock = new ManualClock();
    const { log, source } = growing();
    log.text = 'x\n';
    const { state, done } = following(source, clock);
    await clock.settle();
    log.failure = [failures.notFound('deleted')];
    await clock.advance(20_000);
    await done;
    expect(state).toEqual({ text: 'x\n', ended: true });
  });

  it('gives arriving lines the time of their arrival when times are wanted', async () => {
    const clock = new ManualClock();
    const { log, source } = growing();
    log.text = 'old\n';
    const { state, gone, done } = following(source, clock, { timestamps: true });
    await clock.advance(250);
    log.text += 'new\n';
    await clock.advance(500);
    expect(state.text).toBe('old\n2026-01-01T00:00:00.750000000Z new\n');
    gone.abort();
    await done;
  });

  it('stops at once when the client goes, and leaves no timer', async () => {
    const clock = new ManualClock();
    const { source } = growing();
    const { state, gone, done } = following(source, clock);
    await clock.settle();
    gone.abort();
    await done;
    expect(state.ended).toBe(true);
    expect(clock.pending).toBe(0);
  });
});

describe('following a log known by snapshots only', () => {
  function snapshots(decoder: SnapshotSource['decoder']) {
    const log = { text: '', ended: false };
    const source: SnapshotSource = {
      kind: 'snapshots',
      decoder,
      read: async () => ({ bytes: utf8.encode(log.text), ended: log.ended }),
    };
    return { log, source };
  }

  it('tells lines of one moment apart by their number', async () => {
    const clock = new ManualClock();
    const { log, source } = snapshots(timedTextDecoder);
    const at = '2026-01-01T00:00:01Z';
    log.text = `2026-01-01T00:00:00Z gone\n${at} same\n`;
    const { state, gone, done } = following(source, clock);
    await clock.settle();
    log.text = `${at} same\n${at} same\n${at} other\n2026-01-01T00:00:02Z next\n`;
    await clock.advance(1_000);
    expect(state.text).toBe('gone\nsame\nsame\nother\nnext\n');
    await clock.advance(10_000);
    expect(state.text).toBe('gone\nsame\nsame\nother\nnext\n');
    gone.abort();
    await done;
  });

  it('counts on through answers of one moment', async () => {
    const clock = new ManualClock();
    const { log, source } = snapshots(timedTextDecoder);
    const { state, gone, done } = following(source, clock);
    for (let n = 1; n <= 3; n += 1) {
      log.text += '2026-01-01T00:00:01Z same\n';
      await clock.advance(10_000);
      expect(state.text).toBe('same\n'.repeat(n));
    }
    gone.abort();
    await done;
  });

  it('does not repeat itself after an empty answer', async () => {
    const clock = new ManualClock();
    const { log, source } = snapshots(textDecoder);
    log.text = 'a\nb\n';
    const { state, gone, done } = following(source, clock);
    await clock.settle();
    for (const text of ['', 'a\nb\nc\n']) {
      log.text = text;
      await clock.advance(10_000);
    }
    expect(state.text).toBe('a\nb\nc\n');
    gone.abort();
    await done;
  });

  it('shows a line without an end when it is not followed', async () => {
    const { log, source } = snapshots(textDecoder);
    log.text = 'one\ntw';
    expect(await collect(source)).toBe('one\ntw');
  });

  it('finds news by overlap where lines have no times, through a window of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(3), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 4, max: 9 }),
        async (steps, window) => {
          const clock = new ManualClock();
          const { log, source } = snapshots(textDecoder);
          const all: string[] = [];
          const { state, done } = following(source, clock);
          await clock.settle();
          for (const [i, step] of steps.entries()) {
            for (let n = 0; n < step; n += 1) all.push(`${i} ${n} ${n % 2}\n`);
            log.text = all.slice(-window).join('');
            await clock.advance(10_000);
          }
          log.ended = true;
          await clock.advance(10_000);
          await done;
          expect(state.text).toBe(all.join(''));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('holds a line back until it ends, and shows it at the end of the log', async () => {
    const clock = new ManualClock();
    const { log, source } = snapshots(textDecoder);
    log.text = 'one\ntw';
    const { state, done } = following(source, clock);
    await clock.settle();
    expect(state.text).toBe('one\n');
    log.text = 'one\ntwo\nthr';
    log.ended = true;
    await clock.advance(1_000);
    await done;
    expect(state.text).toBe('one\ntwo\nthr');
  });
});

describe('a log in pages', () => {
  const second = (n: number): string => `2026-01-01T00:00:0${n}.000000000Z`;

  /** Lines behind a cursor that counts them; every other page is empty, as log services do it. */
  function paged() {
    const log = { lines: [] as string[], ended: false, reads: 0 };
    const source: LogSource = {
      kind: 'pages',
      async read(cursor = '0') {
        log.reads += 1;
        const from = Number(cursor);
        const isEmpty = log.reads % 2 === 0 && from < log.lines.length;
        const to = isEmpty ? from : Math.min(from + 2, log.lines.length);
        const pieces = log.lines
          .slice(from, to)
          .map((text, i) => ({ bytes: utf8.encode(text), ends: true, time: second(from + i) }));
        return { pieces, next: isEmpty ? `${from}.0` : String(to), ended: log.ended };
      },
    };
    return { log, source };
  }

  it('is read to its end, empty pages or not', async () => {
    const { log, source } = paged();
    log.lines = ['a', 'b', 'c', 'd', 'e'];
    expect(await collect(source)).toBe('a\nb\nc\nd\ne\n');
    expect(await collect(source, { tailLines: 2, timestamps: true })).toBe(`${second(3)} d\n${second(4)} e\n`);
  });

  it('is followed until the container ended and the last page was read', async () => {
    const clock = new ManualClock();
    const { log, source } = paged();
    log.lines = ['a', 'b', 'c'];
    const { state, done } = following(source, clock, { tailLines: 1 });
    await clock.settle();
    expect(state.text).toBe('c\n');
    await clock.advance(10 * 60_000);
    expect(log.reads).toBeLessThan(150);
    log.lines.push('d', 'e', 'f');
    await clock.advance(6_000);
    expect(state).toEqual({ text: 'c\nd\ne\nf\n', ended: false });
    log.lines.push('g');
    log.ended = true;
    await clock.advance(6_000);
    await done;
    expect(state).toEqual({ text: 'c\nd\ne\nf\ng\n', ended: true });
    expect(clock.pending).toBe(0);
  });
});
