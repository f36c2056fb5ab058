import fc from 'fast-check';
import { ManualClock } from '@virtual-kubelet/base';
import type { LogOptions } from '@virtual-kubelet/provider';
import { describe, expect, it } from 'vitest';
import type { LogDecoder, LogSource } from './index.js';
import { criDecoder, jsonLinesDecoder, mergedSource, readLog, textDecoder, timedTextDecoder } from './index.js';
import {
  bytesSource,
  chunksOf,
  collect,
  following,
  growing,
  plain,
  positionSource,
  utf8,
} from '../../test/log-sources.js';

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
