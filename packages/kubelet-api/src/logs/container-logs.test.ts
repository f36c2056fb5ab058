import { deferred, ManualClock } from '@virtual-kubelet/base';
import type { LogOptions, LogProvider } from '@virtual-kubelet/provider';
import { failures } from '@virtual-kubelet/provider';
import { callContext } from '@virtual-kubelet/testing';
import { describe, expect, it } from 'vitest';
import type { LogAnswer } from './index.js';
import { openContainerLogs } from './index.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const whole: LogOptions = { follow: false, previous: false, timestamps: false, stream: 'All' };

function ask(
  source: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
  options: Partial<LogOptions> = {},
  clock: ManualClock = new ManualClock(),
): { readonly answer: Promise<LogAnswer>; readonly gone: AbortController } {
  const gone = new AbortController();
  const provider: LogProvider = { getContainerLogs: (_container, _options, context) => source(context.signal) };
  const context = callContext({ signal: gone.signal });
  const container = { pod: { namespace: 'n', name: 'p', uid: 'u' }, container: 'c' };
  return {
    answer: openContainerLogs({ provider, container, options: { ...whole, ...options }, context, clock }),
    gone,
  };
}

async function* failing(error: Error): AsyncGenerator<Uint8Array> {
  yield* [];
  throw error;
}

async function textOf(answer: LogAnswer): Promise<string> {
  if (!('body' in answer)) throw new Error(answer.refusal.message);
  let text = '';
  for await (const chunk of answer.body) text += new TextDecoder().decode(chunk);
  return text;
}

describe('an opened log', () => {
  it('gives the bytes of the provider', async () => {
    const { answer } = ask(async function* () {
      yield bytes('one\n');
      yield bytes('two\n');
    });
    expect(await textOf(await answer)).toBe('one\ntwo\n');
  });

  it('leaves no timer behind', async () => {
    const clock = new ManualClock();
    await ask(async function* () {}, { follow: true }, clock).answer;
    expect(clock.pending).toBe(0);
  });

  it.each([
    [failures.notFound('no run before'), 400, 'no run before'],
    [failures.invalid('previous', 'not kept here'), 400, 'not kept here'],
    [new Error('boom'), 500, 'boom'],
  ])('that fails at once is refused: %s', async (error, status, message) => {
    const { answer } = ask(() => failing(error));
    expect(await answer).toEqual({ refusal: { status, message } });
  });

  it('answers before a silent container says anything', async () => {
    const clock = new ManualClock();
    const word = deferred<Uint8Array>();
    const { answer } = ask(
      async function* () {
        yield await word.promise;
      },
      { follow: true },
      clock,
    );
    await clock.advance(1_000);
    const text = textOf(await answer);
    word.resolve(bytes('late\n'));
    expect(await text).toBe('late\n');
  });

  it('that is not followed may take its time, so that its failure is told', async () => {
    const clock = new ManualClock();
    const { answer } = ask(
      async function* () {
        await clock.sleep(15_000);
        yield* failing(new Error('slow and broken'));
      },
      {},
      clock,
    );
    await clock.advance(15_000);
    expect(await answer).toEqual({ refusal: { status: 500, message: 'slow and broken' } });
  });

  it('that fails later fails its reader', async () => {
    const { answer } = ask(async function* () {
      yield bytes('begin\n');
      await Promise.reject(new Error('connection lost'));
    });
    await expect(textOf(await answer)).rejects.toThrow('connection lost');
  });

  it('ends at its limit of bytes whatever the provider gives, and ends the provider', async () => {
    let ended = false;
    const { answer } = ask(
      async function* () {
        try {
          for (;;) yield bytes('0123456789');
        } finally {
          ended = true;
        }
      },
      { limitBytes: 25 },
    );
    expect(await textOf(await answer)).toBe('0123456789012345678901234');
    expect(ended).toBe(true);
  });

  it('ends the provider when its reader goes', async () => {
    let ended = false;
    const { answer } = ask(async function* () {
      try {
        yield bytes('a');
        yield bytes('b');
      } finally {
        ended = true;
      }
    });
    const opened = await answer;
    if ('body' in opened) for await (const chunk of opened.body) if (chunk.length > 0) break;
    expect(ended).toBe(true);
  });
});
