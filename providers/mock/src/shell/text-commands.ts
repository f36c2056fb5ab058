import { createHash } from 'node:crypto';
import type { LineSplitter } from '@virtual-kubelet/base';
import { lineSplitter } from '@virtual-kubelet/base';
import type { Command, CommandCall } from './command.js';
import { CommandError, countOf, inputOf, optionsOf, pathOf, say } from './command.js';

const echo: Command = async ({ args, stdout }) => {
  const bare = args[0] === '-n';
  await say(stdout, `${args.slice(bare ? 1 : 0).join(' ')}${bare ? '' : '\n'}`);
  return 0;
};

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '0': '\0', e: '\u001b' };

const printf: Command = async ({ args, signal, stdout }) => {
  const [format = '', ...values] = args;
  let used = 0;
  const once = (): string =>
    format.replace(/\\(.)|%([sd%])/g, (whole, escaped: string | undefined, kind: string | undefined) => {
      if (escaped !== undefined) return escapes[escaped] ?? whole;
      if (kind === '%') return '%';
      used += 1;
      const value = values[used - 1] ?? '';
      return kind === 'd' ? String(Math.trunc(Number(value))) : value;
    });
  await say(stdout, once());
  const rounds = used === 0 ? 1 : Math.ceil(values.length / used);
  for (let round = 1; round < rounds; round += 1) {
    signal.throwIfAborted();
    await say(stdout, once());
  }
  return 0;
};

const cat: Command = async (call) => {
  for await (const bytes of inputOf(call, call.args)) await call.stdout.write(bytes);
  return 0;
};

/** Longest line, bytes: clients do not decide how much memory they take. */
const longestLine = 1024 * 1024;

/** Lines of the input with their newlines; the last may have none. */
async function* linesOf(call: CommandCall, paths: readonly string[]): AsyncGenerator<Uint8Array> {
  const splitter: LineSplitter = lineSplitter(longestLine);
  for await (const bytes of inputOf(call, paths)) for (const line of splitter.push(bytes)) yield withNewline(line);
  const last = splitter.end();
  if (last) yield last;
}

function withNewline(line: Uint8Array): Uint8Array {
  const whole = new Uint8Array(line.length + 1);
  whole.set(line);
  whole[line.length] = 10;
  return whole;
}

async function headBytes(call: CommandCall, paths: readonly string[], count: number): Promise<void> {
  let left = count;
  if (left === 0) return;
  for await (const bytes of inputOf(call, paths)) {
    const part = bytes.subarray(0, left);
    left -= part.length;
    await call.stdout.write(part);
    if (left === 0) return;
  }
}

const head: Command = async (call) => {
  const { options, rest } = optionsOf(call.args, 'cn');
  const bytes = options.get('c');
  if (bytes !== undefined) {
    await headBytes(call, rest, countOf(bytes));
    return 0;
  }
  let left = countOf(options.get('n') ?? '10');
  if (left === 0) return 0;
  for await (const line of linesOf(call, rest)) {
    await call.stdout.write(line);
    left -= 1;
    if (left === 0) break;
  }
  return 0;
};

/** The part from a byte on, counted from 1. */
async function tailFrom(call: CommandCall, paths: readonly string[], first: number): Promise<void> {
  let skip = Math.max(first - 1, 0);
  for await (const bytes of inputOf(call, paths)) {
    const part = bytes.subarray(Math.min(skip, bytes.length));
    skip -= bytes.length - part.length;
    if (part.length > 0) await call.stdout.write(part);
  }
}

/** Bytes a tail may hold. */
const mostKept = 1024 * 1024;
/** What a line costs beside its text. */
const lineCost = 64;

async function lastLines(call: CommandCall, paths: readonly string[], count: number): Promise<void> {
  const kept: Uint8Array[] = [];
  let size = 0;
  for await (const line of linesOf(call, paths)) {
    kept.push(line);
    size += line.length + lineCost;
    if (kept.length > count) size -= (kept.shift()?.length ?? 0) + lineCost;
    if (size > mostKept) throw new CommandError('out of memory');
  }
  for (const line of kept) await call.stdout.write(line);
}

const tail: Command = async (call) => {
  const { options, rest } = optionsOf(call.args, 'cn');
  const bytes = options.get('c');
  if (bytes?.startsWith('+') === true) await tailFrom(call, rest, countOf(bytes.slice(1)));
  else if (bytes !== undefined) throw new CommandError('only -c +N and -n N are there');
  else await lastLines(call, rest, countOf(options.get('n') ?? '10'));
  return 0;
};

const wc: Command = async (call) => {
  const { options, rest } = optionsOf(call.args);
  let [lines, words, bytes] = [0, 0, 0];
  let inWord = false;
  for await (const chunk of inputOf(call, rest)) {
    bytes += chunk.length;
    for (const byte of chunk) {
      const isSpace = byte === 32 || (byte >= 9 && byte <= 13);
      if (byte === 10) lines += 1;
      if (inWord && isSpace) words += 1;
      inWord = !isSpace;
    }
  }
  if (inWord) words += 1;
  const counts = { l: lines, w: words, c: bytes };
  const wanted = Object.entries(counts).filter(([letter]) => options.size === 0 || options.has(letter));
  await say(call.stdout, `${[...wanted.map(([, count]) => count), ...rest].join(' ')}\n`);
  return 0;
};

function sum(algorithm: string): Command {
  return async (call) => {
    for (const path of call.args.length === 0 ? ['-'] : call.args) {
      const hash = createHash(algorithm);
      for await (const bytes of inputOf(call, [path])) hash.update(bytes);
      await say(call.stdout, `${hash.digest('hex')}  ${path}\n`);
    }
    return 0;
  };
}

const tee: Command = async (call) => {
  const { options, rest } = optionsOf(call.args);
  const { files } = call.container;
  const writers = rest.map((path) => files.open(pathOf(call, path), { append: options.has('a') }));
  for await (const bytes of inputOf(call, [])) {
    for (const write of writers) write(bytes.slice());
    await call.stdout.write(bytes);
  }
  return 0;
};

/** Plain words, no expressions: those of a client could keep the whole node busy. */
const grep: Command = async (call) => {
  const { options, rest } = optionsOf(call.args);
  const lower = (text: string): string => (options.has('i') ? text.toLowerCase() : text);
  const [pattern = '', ...paths] = rest;
  let found = 0;
  for await (const line of linesOf(call, paths)) {
    if (lower(new TextDecoder().decode(line)).includes(lower(pattern)) === options.has('v')) continue;
    found += 1;
    if (!options.has('q')) await call.stdout.write(line);
  }
  return found > 0 ? 0 : 1;
};

const seq: Command = async ({ args, container, stdout, signal }) => {
  const numbers = args.map(Number);
  if (numbers.length === 0 || numbers.some((n) => !Number.isFinite(n))) throw new CommandError('seq [FIRST] LAST');
  const [first, last] = numbers.length === 1 ? [1, numbers[0] ?? 0] : [numbers[0] ?? 0, numbers.at(-1) ?? 0];
  for (let from = first; from <= last; from += 1_000) {
    signal.throwIfAborted();
    await container.clock.turn();
    const count = Math.min(1_000, Math.floor(last - from) + 1);
    await say(stdout, Array.from({ length: count }, (_, i) => `${from + i}\n`).join(''));
  }
  return 0;
};

const yes: Command = async ({ args, container, stdout, signal }) => {
  const lot = `${args.length === 0 ? 'y' : args.join(' ')}\n`.repeat(1_000);
  for (;;) {
    signal.throwIfAborted();
    await container.clock.turn();
    await say(stdout, lot);
  }
};

/** Commands about text and bytes. */
export const textCommands: Readonly<Record<string, Command>> = {
  echo,
  printf,
  cat,
  head,
  tail,
  wc,
  sha256sum: sum('sha256'),
  md5sum: sum('md5'),
  tee,
  grep,
  seq,
  yes,
};
