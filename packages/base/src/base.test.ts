import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MetricRegistry } from './index.js';
import {
  ManualClock,
  Sensitive,
  backoffDelay,
  errorsOf,
  lineSplitter,
  limiter,
  messageOf,
  metricRegistry,
  seededIds,
  seededRandom,
  systemClock,
  untilAborted,
} from './index.js';

const text = new TextEncoder();

describe('a line splitter', () => {
  it('gives the same lines however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' }).map((s) => s.replaceAll('\n', ' '))),
        fc.array(fc.nat(40)),
        (lines, cuts) => {
          const bytes = text.encode(lines.map((line) => `${line}\n`).join(''));
          const splitter = lineSplitter();
          const out: string[] = [];
          let at = 0;
          for (const cut of [...cuts, bytes.length]) {
            out.push(...splitter.push(bytes.subarray(at, at + cut)).map((line) => new TextDecoder().decode(line)));
            at += cut;
          }
          out.push(...splitter.push(bytes.subarray(at)).map((line) => new TextDecoder().decode(line)));
          expect(out).toEqual(lines);
          expect(splitter.end()).toBeUndefined();
        },
      ),
    );
  });

  it('keeps what follows the last newline for the end', () => {
    const splitter = lineSplitter();
    expect(splitter.push(text.encode('a\nb'))).toHaveLength(1);
    expect(new TextDecoder().decode(splitter.end())).toBe('b');
  });

  it('refuses a line beyond its limit', () => {
    const splitter = lineSplitter(4);
    splitter.push(text.encode('abcd'));
    expect(() => splitter.push(text.encode('e'))).toThrow(RangeError);
  });
});

describe('a sensitive value', () => {
  it('shows itself nowhere but by reveal', () => {
    const secret = new Sensitive('canary-7');
    const shown = [
      `${secret}`,
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ deep: { secret } }, { depth: 9 }),
      String(secret),
    ];
    expect(shown.join()).not.toContain('canary-7');
    expect(secret.reveal()).toBe('canary-7');
  });
});

describe('coded errors', () => {
  const fail = errorsOf({
    VK_TEST_GONE: { message: '{what} is gone', remedy: 'bring {what} back', cause: 'somebody took it', exit: 4 },
  });

  it('carry code, filled message, remedy, exit status and cause', () => {
    const error = fail('VK_TEST_GONE', { what: 'the file' }, new Error('ENOENT'));
    expect(error).toMatchObject({
      code: 'VK_TEST_GONE',
      message: 'the file is gone',
      remedy: 'bring the file back',
      exit: 4,
    });
    expect(messageOf(error)).toBe('the file is gone: ENOENT');
    const quoting = fail('VK_TEST_GONE', { what: 'no: ENOENT' }, new Error('no: ENOENT is gone'));
    expect(messageOf(quoting)).toBe('no: ENOENT is gone');
  });

  it('describe anything that was thrown', () => {
    expect([messageOf(undefined), messageOf('plain'), messageOf({ a: 1 })]).toEqual([
      'threw undefined',
      'plain',
      'threw {"a":1}',
    ]);
  });
});

describe('back-off', () => {
  it('grows to its limit and never beyond', () => {
    const random = seededRandom(3);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (failures) => {
        const delay = backoffDelay({ first: 100, most: 5_000, jitter: 0.5 }, failures, random);
        const full = Math.min(100 * 2 ** Math.min(failures - 1, 40), 5_000);
        expect(delay).toBeGreaterThanOrEqual(full / 2);
        expect(delay).toBeLessThanOrEqual(full);
      }),
    );
  });
});

describe('a limiter', () => {
  it('runs waiting tasks in order and lets an aborted one go', async () => {
    const clock = new ManualClock();
    const places = limiter(1);
    const seen: string[] = [];
    const stop = new AbortController();
    const task = (name: string) => async () => {
      await clock.sleep(10);
      seen.push(name);
    };
    void places.run(task('a'));
    const gone = places.run(task('b'), stop.signal);
    void places.run(task('c'));
    stop.abort(new Error('not any more'));
    await expect(gone).rejects.toThrow('not any more');
    await clock.advance(20);
    expect(seen).toEqual(['a', 'c']);
    expect(places.running).toBe(0);
  });
});

describe('metrics', () => {
  it('are written in the Prometheus text format', () => {
    const registry = metricRegistry();
    registry
      .counter({ name: 'calls_total', help: 'Calls.', labels: ['verb'] })('get "x"\n')
      .add(2);
    registry.gauge({ name: 'pods', help: 'Pods.' })().set(3);
    const latency = registry.histogram({ name: 'latency_seconds', help: 'Latency.', buckets: [0.1, 1] })();
    for (const value of [0.05, 0.5, 5]) latency.observe(value);
    expect(registry.render()).toBe(
      [
        '# HELP calls_total Calls.',
        '# TYPE calls_total counter',
        'calls_total{verb="get \\"x\\"\\n"} 2',
        '# HELP pods Pods.',
        '# TYPE pods gauge',
        'pods 3',
        '# HELP latency_seconds Latency.',
        '# TYPE latency_seconds histogram',
        'latency_seconds_bucket{le="0.1"} 1',
        'latency_seconds_bucket{le="1"} 2',
        'latency_seconds_bucket{le="+Inf"} 3',
        'latency_seconds_sum 5.55',
        'latency_seconds_count 3',
        '',
      ].join('\n'),
    );
  });

  it('are one family where they are declared alike', () => {
    const registry = metricRegistry();
    const options = { name: 'requests_total', help: 'Requests.', labels: ['verb'] };
    registry.counter(options)('get').add();
    registry
      .counter({ ...options })('get')
      .add(2);
    const latency = { name: 'latency_seconds', help: 'Latency.', buckets: [1] };
    registry.histogram(latency)().observe(0.5);
    registry
      .histogram({ ...latency })()
      .observe(2);
    registry.observedGauge({ name: 'streams', help: 'Streams.' }, () => 3);
    registry.observedGauge({ name: 'streams', help: 'Streams.' }, () => 4);
    const lines = registry.render().split('\n');
    expect(lines.filter((line) => /^(requests|streams|latency_seconds_count)/.test(line))).toEqual([
      'requests_total{verb="get"} 3',
      'latency_seconds_count 2',
      'streams 7',
    ]);
    expect(registry.describe().map(({ name }) => name)).toEqual(['requests_total', 'latency_seconds', 'streams']);
  });

  it.each([
    ['another text', (registry: MetricRegistry) => registry.gauge({ name: 'pods', help: 'All pods.' })],
    ['another type', (registry: MetricRegistry) => registry.counter({ name: 'pods', help: 'Pods.' })],
    ['other labels', (registry: MetricRegistry) => registry.gauge({ name: 'pods', help: 'Pods.', labels: ['phase'] })],
    ['a reader', (registry: MetricRegistry) => registry.observedGauge({ name: 'pods', help: 'Pods.' }, () => 1)],
  ])('refuse a name twice with %s', (...[, declare]) => {
    const registry = metricRegistry();
    registry.gauge({ name: 'pods', help: 'Pods.' });
    expect(() => declare(registry)).toThrow('pods is declared twice, and not alike');
  });
});

describe('seeded sources', () => {
  it('repeat themselves, and only for the same seed', () => {
    const draw = (seed: number): number[] => Array.from({ length: 5 }, seededRandom(seed).next);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(seededIds(seededRandom(1)).uuid()).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });
});

describe('the system clock', () => {
  it('ends a deadline with its parent and leaves no timer', () => {
    const parent = new AbortController();
    const { signal } = systemClock.deadline(60_000, parent.signal);
    parent.abort(new Error('over'));
    expect((signal.reason as Error).message).toBe('over');
  });

  it('resolves a turn after pending promise jobs', async () => {
    const seen: number[] = [];
    void Promise.resolve().then(() => seen.push(1));
    await systemClock.turn();
    expect(seen).toEqual([1]);
  });
});

describe('untilAborted', () => {
  it('gives the result, or the reason when the signal comes first', async () => {
    const stop = new AbortController();
    await expect(untilAborted(Promise.resolve(1), stop.signal)).resolves.toBe(1);
    const never = untilAborted(new Promise(() => undefined), stop.signal);
    stop.abort(new Error('stop'));
    await expect(never).rejects.toThrow('stop');
  });
});
