import type { Deferred } from '@virtual-kubelet/base';
import { deferred } from '@virtual-kubelet/base';
import type { Sink, TerminalSize } from '@virtual-kubelet/provider';
import type { ByteReader } from './byte-reader.js';
import { byteReader } from './byte-reader.js';
import type { ShellTerminal } from './command.js';

/** A terminal: it edits lines, shows what is typed, and knows its size. */
export interface Terminal {
  /** Finished lines. Ctrl-D at the start of a line is an end after which reading goes on. */
  readonly stdin: ByteReader;
  /** Output with the line ends of a terminal. */
  readonly stdout: Sink;
  readonly view: ShellTerminal;
  /** Takes what is typed, until the client goes. */
  run(keys: AsyncIterable<Uint8Array>, sizes: AsyncIterable<TerminalSize> | undefined): Promise<void>;
}

/** Most characters of a line, and most bytes of lines nobody has read: what is typed beyond is not heard. */
const longestLine = 4_096;
const longestQueue = 64 * 1024;

const utf8 = new TextEncoder();

/** One write after the other, newlines as terminals want them. */
function terminalOutput(sink: Sink): Sink {
  let last: Promise<void> = Promise.resolve();
  const text = new TextDecoder('latin1');
  const withReturns = (chunk: Uint8Array): Uint8Array => {
    if (!chunk.includes(10)) return chunk;
    // Latin-1 is one character a byte both ways.
    const changed = text.decode(chunk).replaceAll('\n', '\r\n');
    return Uint8Array.from(changed, (c) => c.charCodeAt(0));
  };
  return {
    write(chunk) {
      const turn = last.then(() => sink.write(withReturns(chunk)));
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

/** Lines waiting for a reader; undefined is an end. */
function lineQueue(): {
  put(line: Uint8Array | undefined): void;
  next(): Promise<Uint8Array | undefined>;
  clear(): void;
} {
  let lines: (Uint8Array | undefined)[] = [];
  let size = 0;
  let waiting: Deferred<void> | undefined;
  return {
    put(line) {
      if (size + (line?.length ?? 0) > longestQueue) return;
      size += line?.length ?? 0;
      lines.push(line);
      waiting?.resolve();
      waiting = undefined;
    },
    async next() {
      while (lines.length === 0) {
        waiting ??= deferred();
        await waiting.promise;
      }
      const line = lines.shift();
      size -= line?.length ?? 0;
      return line;
    },
    clear() {
      lines = [];
      size = 0;
    },
  };
}

/** Makes a terminal that writes to a client. */
export function createTerminal(client: Sink): Terminal {
  const stdout = terminalOutput(client);
  const queue = lineQueue();
  const foregrounds = new Set<AbortController>();
  let size: TerminalSize = { width: 80, height: 24 };
  let change: Deferred<void> = deferred();
  let line = '';
  let shown = '';
  let ended = false;

  /** What is typed at once is shown at once. */
  const echo = (text: string): void => void (shown += text);
  const flush = async (): Promise<void> => {
    const text = shown;
    shown = '';
    if (text !== '') await stdout.write(utf8.encode(text));
  };

  const interrupt = async (): Promise<void> => {
    line = '';
    queue.clear();
    echo('^C\n');
    await flush();
    if (foregrounds.size === 0) queue.put(utf8.encode('\n'));
    for (const one of foregrounds) one.abort(new DOMException('interrupted', 'AbortError'));
  };

  const enter = async (): Promise<void> => {
    echo('\n');
    await flush();
    queue.put(utf8.encode(`${line}\n`));
    line = '';
  };

  const erase = (count: number): void => {
    const characters = Array.from(line);
    const erased = Math.min(count, characters.length);
    line = characters.slice(0, characters.length - erased).join('');
    echo('\b \b'.repeat(erased));
  };

  const endOfInput = async (): Promise<void> => {
    await flush();
    queue.put(line === '' ? undefined : utf8.encode(line));
    line = '';
  };

  const key = async (character: string): Promise<void> => {
    switch (character) {
      case '\r':
      case '\n':
        return await enter();
      case '\u0003':
        return await interrupt();
      case '\u0004':
        return await endOfInput();
      case '\u0008':
      case '\u007f':
        return erase(1);
      case '\u0015':
        return erase(Infinity);
      default:
        if (character < ' ' || line.length >= longestLine) return;
        line += character;
        echo(character);
    }
  };

  const typed = async (keys: AsyncIterable<Uint8Array>): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const bytes of keys) {
      // Arrow keys and the like mean nothing here.
      const text = decoder.decode(bytes, { stream: true }).replaceAll(/\u001b(?:\[[0-9;]*[A-Za-z~]|O[A-Za-z])/g, '');
      for (const character of text) await key(character);
      await flush();
    }
  };

  const resized = async (sizes: AsyncIterable<TerminalSize>): Promise<void> => {
    for await (const next of sizes) {
      size = next;
      change.resolve();
      change = deferred();
    }
  };

  return {
    stdin: byteReader(async () => (ended ? undefined : await queue.next())),
    stdout,
    view: {
      size: () => size,
      resized: () => change.promise,
      foreground() {
        const controller = new AbortController();
        foregrounds.add(controller);
        return { signal: controller.signal, release: () => void foregrounds.delete(controller) };
      },
    },
    async run(keys, sizes) {
      const watching = sizes ? resized(sizes).catch(() => undefined) : undefined;
      try {
        await typed(keys);
      } finally {
        ended = true;
        queue.put(undefined);
      }
      await watching;
    },
  };
}
