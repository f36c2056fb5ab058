import fc from 'fast-check';
import { ManualClock } from '@virtual-kubelet/base';
import type { LogOptions } from '@virtual-kubelet/provider';
import { failures } from '@virtual-kubelet/provider';
import { describe, expect, it } from 'vitest';
import type { LogDecoder, LogSource, PositionSource, SnapshotSource } from './index.js';
import {
  criDecoder,
  jsonLinesDecoder,
  logTime,
  mergedSource,
  parseLogTime,
  readLog,
  textDecoder,
  timedTextDecoder,
} from './index.js';
import { tailBuffer } from './tail.js';

const utf8 = new TextEncoder();
const plain: LogOptions = { follow: false, previous: false, timestamps: false, stream: 'All' };

interface Line {
  readonly text: string;
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
}

/** What kubectl should print: the rules once more, the slow way. */
function expected(lines: readonly Line[], options: LogOptions): string {
  const { tailLines = lines.length, sinceTime = '', timestamps, stream } = options;
  return lines
    .slice(Math.max(lines.length - tailLines, 0))
    .filter((line) => stream === 'All' || stream.toLowerCase() === line.stream)
    .filter((line) => line.time >= sinceTime)
    .map((line) => `${timestamps ? `${line.time} ` : ''}${line.text}\n`)
    .join('');
}

async function collect(
  source: LogSource,
  options: Partial<LogOptions> = {},
  clock: ManualClock = new ManualClock(),
): Promise<string> {
  const { signal } = new AbortController();
  const parts: Uint8Array[] = [];
  for await (const chunk of readLog(source, { ...plain, ...options }, { clock, signal })) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

const bytesSource = (bytes: Uint8Array, size: number, decoder: () => LogDecoder): LogSource => ({
  kind: 'bytes',
  decoder,
  open: () => ({ history: chunksOf(bytes, size) }),
});

function positionSource(bytes: () => Uint8Array, more: Partial<PositionSource> = {}): PositionSource {
  return {
    kind: 'positions',
    decoder: textDecoder,
    read: async ({ from, length }) => ({ bytes: bytes().slice(from, from + length), ended: true }),
    ...more,
  };
}

const times = fc.bigInt({ min: 0n, max: 2_000_000_000_000_000_000n }).map((ns) => {
  const seconds = new Date(Number(ns / 1_000_000_000n) * 1_000).toISOString().slice(0, 19);
  return `${seconds}.${String(ns % 1_000_000_000n).padStart(9, '0')}Z`;
});
const text = fc.oneof(
  fc.string({ unit: 'binary' }).map((s) => s.replaceAll('\n', '')),
  fc.string({ minLength: 200, maxLength: 600 }).map((s) => s.replaceAll('\n', '')),
);
const lines = fc
  .array(fc.record({ text, stream: fc.constantFrom('stdout' as const, 'stderr' as const) }), { maxLength: 30 })
  .chain((all) =>
    fc
      .array(times, { minLength: all.length, maxLength: all.length })
      .map((ts) => ts.toSorted((a, b) => (a < b ? -1 : 1)))
      .map((ts) => all.map((line, i): Line => ({ ...line, time: ts[i] ?? '' }))),
  );
const options = fc.record(
  {
    timestamps: fc.boolean(),
    stream: fc.constantFrom('All' as const, 'Stdout' as const, 'Stderr' as const),
    tailLines: fc.integer({ min: 0, max: 35 }),
    sinceTime: times,
  },
  { requiredKeys: ['timestamps', 'stream'] },
);
const chunkSize = fc.integer({ min: 1, max: 300 });

/** Texts of lines as platforms write them. */
const forms: Record<
  string,
  { readonly decoder: () => LogDecoder; readonly line: (line: Line, split: number) => string }
> = {
  CRI: {
    decoder: criDecoder,
    line: ({ text, time, stream }, split) => {
      const characters = Array.from(text);
      const head = characters.slice(0, split).join('');
      const rest = characters.slice(split).join('');
      const parts = head === '' ? '' : `${time} ${stream} P ${head}\n`;
      return `${parts}${time} ${stream} F ${rest}\n`;
    },
  },
  'JSON lines': {
    decoder: jsonLinesDecoder,
    line: ({ text, time, stream }) => `${JSON.stringify({ log: `${text}\n`, stream, time })}\n`,
  },
};

describe('a log', () => {
  it.each(Object.entries(forms))('in the form %s is shown as its options say, however it is cut', async (_, form) => {
    await fc.assert(
      fc.asyncProperty(lines, options, fc.tuple(chunkSize, fc.nat(5)), async (all, some, [size, split]) => {
        const bytes = utf8.encode(all.map((line) => form.line(line, split)).join(''));
        const wanted = expected(all, { ...plain, ...some });
        expect(await collect(bytesSource(bytes, size, form.decoder), some)).toBe(wanted);
        const file = positionSource(() => bytes, { decoder: form.decoder, chunkBytes: size });
        expect(await collect(file, some)).toBe(wanted);
        expect(await collect({ ...file, size: async () => bytes.length }, some)).toBe(wanted);
      }),
    );
  });

  it('with times before its lines is read from snapshots as from streams', async () => {
    await fc.assert(
      fc.asyncProperty(lines, options, chunkSize, async (all, some, size) => {
        const bytes = utf8.encode(all.map(({ time, text }) => `${time} ${text}\n`).join(''));
        const stdout = all.map((line) => ({ ...line, stream: 'stdout' as const }));
        const wanted = expected(stdout, { ...plain, ...some });
        expect(await collect(bytesSource(bytes, size, timedTextDecoder), some)).toBe(wanted);
        const snapshots: LogSource = {
          kind: 'snapshots',
          decoder: timedTextDecoder,
          read: async () => ({ bytes, ended: true }),
        };
        expect(await collect(snapshots, { ...some, follow: true })).toBe(wanted);
      }),
    );
  });

  it('of raw bytes passes unchanged, also what is no text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), chunkSize, async (bytes, size) => {
        const parts: Uint8Array[] = [];
        const { signal } = new AbortController();
        const reading = { clock: new ManualClock(), signal };
        for await (const part of readLog(bytesSource(bytes, size, textDecoder), plain, reading)) parts.push(part);
        expect([...Buffer.concat(parts)]).toEqual([...bytes]);
      }),
    );
  });

  it('is never cut inside a character, neither by its pieces nor by the limit', async () => {
    const whole = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme' }),
        chunkSize,
        fc.integer({ min: 1, max: 100 }),
        async (words, size, limitBytes) => {
          const bytes = utf8.encode(words);
          const decoder = textDecoder();
          for await (const chunk of chunksOf(bytes, size)) for (const piece of decoder.push(chunk)) whole(piece.bytes);
          const shown = await collect(bytesSource(bytes, size, textDecoder), { limitBytes });
          expect(words.startsWith(shown)).toBe(true);
          const { length } = utf8.encode(shown);
          expect(length).toBeLessThanOrEqual(limitBytes);
          expect(length).toBeGreaterThan(Math.min(limitBytes, bytes.length) - 4);
        },
      ),
    );
  });
});

describe('a decoder', () => {
  const shown = (decoder: LogDecoder, text: string) =>
    [...decoder.push(utf8.encode(text)), ...decoder.end()].map((piece) => ({
      ...piece,
      bytes: new TextDecoder().decode(piece.bytes),
    }));
  const time = '2026-01-01T00:00:00.000000000Z';

  it('of container runtimes reads tags, empty records, and what is no record as text', () => {
    expect(shown(criDecoder(), `${time} stderr P:x a\n${time} stderr F\n${time} stdout X text\nF\n`)).toEqual([
      { bytes: 'a', ends: false, time, stream: 'stderr' },
      { bytes: '', ends: true, time, stream: 'stderr' },
      { bytes: `${time} stdout X text`, ends: true },
      { bytes: 'F', ends: true },
    ]);
  });

  it('of times gives a time without text, and does not wait for ever for a time', () => {
    expect(shown(timedTextDecoder(), `${time}\n`)).toEqual([{ bytes: '', ends: true, time }]);
    const long = 'x'.repeat(300);
    expect(timedTextDecoder().push(utf8.encode(long))).toHaveLength(1);
  });

  it('of JSON lines gives other lines as they are', () => {
    expect(shown(jsonLinesDecoder(), '{"log":"a"}\n[1]\nnull\nplain').map(({ bytes }) => bytes)).toEqual([
      'a',
      '[1]',
      'null',
      'plain',
    ]);
  });
});

describe('a line in parts', () => {
  it('is shown or left out as a whole, by the time of its beginning', async () => {
    const [early, late] = ['2026-01-01T00:00:00.000000000Z', '2026-01-01T00:00:09.000000000Z'];
    const bytes = utf8.encode(`${early} stdout P be\n${late} stdout F gin\n${late} stdout F next\n`);
    const sinceTime = '2026-01-01T00:00:05Z';
    expect(await collect(bytesSource(bytes, 7, criDecoder), { sinceTime })).toBe('next\n');
    expect(await collect(bytesSource(bytes, 7, criDecoder), { timestamps: true })).toBe(
      `${early} begin\n${late} next\n`,
    );
  });
});

describe('a tail', () => {
  it('of a large file with parts of lines begins with a whole line', async () => {
    const head = '2026-01-01T00:00:00.000000000Z stdout';
    const records = Array.from({ length: 100 }, (_, i) => {
      const filler = 'x'.repeat((i * 397) % 1_500);
      return `${head} P ${i}${filler}\n${head} P ${filler}\n${head} F end\n`;
    });
    const bytes = utf8.encode(records.join(''));
    const source = positionSource(() => bytes, { decoder: criDecoder, size: async () => bytes.length });
    for (let count = 1; count < 100; count += 1) {
      const text = await collect(source, { tailLines: count });
      expect(text.split('\n')).toHaveLength(count + 1);
      expect(text.startsWith(String(100 - count))).toBe(true);
    }
  });

  it('lets earlier lines go when it would hold too much', () => {
    const buffer = tailBuffer(10, 100);
    const line = (size: number) => ({ bytes: new Uint8Array(size), ends: true });
    buffer.push([line(60), line(30), line(50)]);
    expect(buffer.pieces().map(({ bytes }) => bytes.length)).toEqual([30, 50]);
    buffer.push([line(500)]);
    expect(buffer.pieces().map(({ bytes }) => bytes.length)).toEqual([500]);
  });

  const numbered = utf8.encode(Array.from({ length: 100_000 }, (_, i) => `line ${i}\n`).join(''));

  it('reads the end of a file of known size only', async () => {
    let read = 0;
    const source = positionSource(() => numbered, {
      size: async () => numbered.length,
      read: async ({ from, length }) => {
        const bytes = numbered.slice(from, from + length);
        read += bytes.length;
        return { bytes, ended: true };
      },
    });
    expect(await collect(source, { tailLines: 2 })).toBe('line 99998\nline 99999\n');
    expect(read).toBeLessThan(200_000);
    expect((await collect(source, { tailLines: 50_000 })).split('\n')).toHaveLength(50_001);
  });

  it('counts a line without an end, and finds the beginning of one longer than any window', async () => {
    const bytes = utf8.encode(`first\n${'x'.repeat(500_000)}\nlast`);
    const source = positionSource(() => bytes, { size: async () => bytes.length });
    expect(await collect(source, { tailLines: 1 })).toBe('last');
    expect(await collect(source, { tailLines: 2 })).toBe(`${'x'.repeat(500_000)}\nlast`);
    expect(await collect(source, { tailLines: 3 })).toHaveLength(bytes.length);
  });
});

/** A reader that runs beside the test: what it has printed, and whether it ended. */
function following(source: LogSource, clock: ManualClock, more: Partial<LogOptions> = {}) {
  const gone = new AbortController();
  const state = { text: '', ended: false };
  const run = async (): Promise<void> => {
    const reading = { clock, signal: gone.signal };
    for await (const chunk of readLog(source, { ...plain, follow: true, ...more }, reading))
      state.text += new TextDecoder().decode(chunk);
    state.ended = true;
  };
  return { state, gone, done: run() };
}

/** A log that grows while it is read. */
function growing(more: Partial<PositionSource> = {}) {
  const log = { text: '', ended: false, incarnation: 'a', reads: 0, failure: [] as Error[] };
  const source = positionSource(() => utf8.encode(log.text), {
    read: async ({ from, length }) => {
      log.reads += 1;
      const failure = log.failure.shift();
      if (failure) throw failure;
      const { ended, incarnation } = log;
      return { bytes: utf8.encode(log.text).slice(from, from + length), ended, incarnation };
    },
    ...more,
  });
  return { log, source };
}

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

describe('a merged log', () => {
  it('keeps lines whole, tells the streams apart and ends with the last of them', async () => {
    const clock = new ManualClock();
    const [out, err] = [
      growing({ decoder: () => textDecoder('stdout') }),
      growing({ decoder: () => textDecoder('stderr') }),
    ];
    const merged = mergedSource([out.source, err.source], { clock });
    out.log.text = 'o1\n';
    err.log.text = 'e1\n';
    const both = following(merged, clock);
    const errors = following(merged, clock, { stream: 'Stderr' });
    await clock.settle();
    out.log.text += 'o2 ';
    await clock.advance(1_000);
    err.log.text += 'e2\n';
    await clock.advance(5_000);
    out.log.text += 'goes on\n';
    out.log.ended = true;
    await clock.advance(10_000);
    expect(both.state.ended).toBe(false);
    err.log.ended = true;
    await clock.advance(10_000);
    await Promise.all([both.done, errors.done]);
    expect(both.state.text).toBe('o1\ne1\ne2\no2 goes on\n');
    expect(errors.state.text).toBe('e1\ne2\n');
    expect(clock.pending).toBe(0);
  });

  it('ends the last line of a history, since the next is of another source', async () => {
    const whole = (text: string): LogSource => bytesSource(utf8.encode(text), 3, textDecoder);
    const clock = new ManualClock();
    expect(await collect(mergedSource([whole('no end'), whole('other\n')], { clock }))).toBe('no end\nother\n');
  });

  it('does not hold a line back that is too long', async () => {
    const clock = new ManualClock();
    const [out, err] = [growing(), growing()];
    const { state, gone, done } = following(mergedSource([out.source, err.source], { clock }), clock);
    await clock.settle();
    out.log.text = 'x'.repeat(1_000);
    await clock.advance(10_000);
    expect(state.text).toBe('');
    out.log.text += 'x'.repeat(70_000);
    await clock.advance(10_000);
    expect(state.text).toHaveLength(71_000);
    gone.abort();
    await done;
  });

  it('ends its silent sources when its limit is reached', async () => {
    const clock = new ManualClock();
    const [out, err] = [growing(), growing()];
    const { state, done } = following(mergedSource([out.source, err.source], { clock }), clock, { limitBytes: 4 });
    await clock.settle();
    out.log.text = 'enough\n';
    await clock.advance(1_000);
    await done;
    expect(state.text).toBe('enou');
    expect(clock.pending).toBe(0);
  });
});

describe('a time of a log', () => {
  it.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000000000Z'],
    ['2026-01-02T03:04:05.123456789Z', '2026-01-02T03:04:05.123456789Z'],
    ['2026-01-02T03:04:05.1234567891Z', '2026-01-02T03:04:05.123456789Z'],
    ['2026-01-02T03:04:05.12+02:00', '2026-01-02T01:04:05.120000000Z'],
    ['yesterday', undefined],
    ['2026-02-30T03:04:05Z', undefined],
  ])('%s is %s', (text, time) => {
    expect(parseLogTime(text)).toBe(time);
  });

  it('of milliseconds has nine digits', () => {
    expect(logTime(1_500.25)).toBe('1970-01-01T00:00:01.500250000Z');
  });
});
