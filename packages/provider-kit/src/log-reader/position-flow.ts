import type { LogDecoder } from './log-decoder.js';
import type { LogPiece } from './log-piece.js';
import type { LogFlow, LogRead, LogRequest, PositionSource } from './log-source.js';
import type { Poller } from './polling.js';
import { lineCounter, lineSkipper, tailed } from './tail.js';

/** What reading needs beside the source. */
export interface Reading {
  readonly signal: AbortSignal;
  readonly poller: Poller;
}

interface Cursor {
  at: number;
  incarnation?: string;
  decoder: LogDecoder;
}

const defaultChunk = 256 * 1024;
/** First guess at where a tail begins, bytes before the end. */
const firstWindow = 64 * 1024;

async function readAt(
  source: PositionSource,
  range: { from: number; most: number },
  signal: AbortSignal,
): Promise<LogRead> {
  const length = Math.min(source.chunkBytes ?? defaultChunk, range.most);
  return await source.read({ from: range.from, length }, signal);
}

/** Pieces between two positions, or fewer when the log ends before. Moves the cursor. */
async function* readUntil(
  source: PositionSource,
  cursor: Cursor,
  stop: { readonly at: number; readonly signal: AbortSignal },
): AsyncGenerator<readonly LogPiece[]> {
  while (cursor.at < stop.at) {
    const read = await readAt(source, { from: cursor.at, most: stop.at - cursor.at }, stop.signal);
    if (read.incarnation !== undefined) cursor.incarnation ??= read.incarnation;
    if (read.bytes.length === 0 || read.incarnation !== cursor.incarnation) return;
    cursor.at += read.bytes.length;
    yield cursor.decoder.push(read.bytes);
  }
}

/** Lines after the first newline at or behind a position: what is before may be the end of a longer line. */
function fromNextLine(pieces: AsyncIterable<readonly LogPiece[]>, from: number): AsyncIterable<readonly LogPiece[]> {
  return from === 0 ? pieces : map(pieces, lineSkipper(1));
}

async function* map<T, R>(items: AsyncIterable<T>, change: (item: T) => R): AsyncGenerator<R> {
  for await (const item of items) yield change(item);
}

async function countLines(
  source: PositionSource,
  window: { from: number; to: number },
  signal: AbortSignal,
): Promise<number> {
  const counter = lineCounter();
  const cursor: Cursor = { at: window.from, decoder: source.decoder() };
  const pieces = fromNextLine(readUntil(source, cursor, { at: window.to, signal }), window.from);
  for await (const some of pieces) counter.push(some);
  counter.push(cursor.decoder.end());
  return counter.lines;
}

/**
 * Where to begin so that `count` lines come, and how many to let pass first. Holds no text. The window holds one line
 * more than wanted, since its first may be the rest of a longer one.
 */
async function tailStart(
  source: PositionSource,
  tail: { readonly count: number; readonly size: number },
  signal: AbortSignal,
): Promise<{ readonly from: number; readonly skip: number }> {
  const { count, size } = tail;
  for (let window = firstWindow; ; window *= 4) {
    const from = Math.max(size - window, 0);
    const lines = await countLines(source, { from, to: size }, signal);
    if (lines > count || from === 0) return { from, skip: Math.max(lines - count, 0) };
  }
}

async function* tailBySize(
  source: PositionSource,
  cursor: Cursor,
  tail: { readonly count: number; readonly size: number; readonly signal: AbortSignal },
): AsyncGenerator<readonly LogPiece[]> {
  const { size, signal } = tail;
  if (tail.count === 0) {
    cursor.at = size;
    return;
  }
  const start = await tailStart(source, tail, signal);
  cursor.at = start.from;
  const pieces = fromNextLine(readUntil(source, cursor, { at: size, signal }), start.from);
  yield* map(pieces, lineSkipper(start.skip));
}

async function* historyOf(
  source: PositionSource,
  cursor: Cursor,
  call: { readonly request: LogRequest; readonly signal: AbortSignal },
): AsyncGenerator<readonly LogPiece[]> {
  const { tailLines } = call.request;
  const size = await source.size?.(call.signal);
  if (size !== undefined && tailLines !== undefined)
    return yield* tailBySize(source, cursor, { count: tailLines, size, signal: call.signal });
  yield* tailed(readUntil(source, cursor, { at: size ?? Infinity, signal: call.signal }), tailLines);
}

/** Begins at 0 again; what the old log left unfinished is given first. */
function beginAnew(source: PositionSource, cursor: Cursor, incarnation: string | undefined): readonly LogPiece[] {
  const rest = cursor.decoder.end();
  cursor.at = 0;
  cursor.decoder = source.decoder();
  if (incarnation !== undefined) cursor.incarnation = incarnation;
  return rest;
}

async function wasCut(source: PositionSource, cursor: Cursor, { poller, signal }: Reading): Promise<boolean> {
  if (!source.size) return false;
  const size = await poller.poll(async () => await source.size?.(signal));
  return size !== undefined && size < cursor.at;
}

async function* liveOf(source: PositionSource, cursor: Cursor, reading: Reading): AsyncGenerator<readonly LogPiece[]> {
  const { poller, signal } = reading;
  for (;;) {
    const read = await poller.poll(() => readAt(source, { from: cursor.at, most: Infinity }, signal));
    if (!read) return;
    const { bytes, ended, incarnation } = read;
    if (incarnation !== undefined && incarnation !== (cursor.incarnation ?? incarnation)) {
      poller.news();
      yield beginAnew(source, cursor, incarnation);
    } else if (bytes.length > 0) {
      if (incarnation !== undefined) cursor.incarnation = incarnation;
      cursor.at += bytes.length;
      poller.news();
      yield cursor.decoder.push(bytes);
    } else if (incarnation === undefined && (await wasCut(source, cursor, reading))) {
      yield beginAnew(source, cursor, incarnation);
    } else {
      if (ended) return;
      await poller.pause();
    }
  }
}

async function* closed(
  pieces: AsyncIterable<readonly LogPiece[]>,
  cursor: Cursor,
): AsyncGenerator<readonly LogPiece[]> {
  yield* pieces;
  yield cursor.decoder.end();
}

/** The flow of a {@link PositionSource}, its tail already cut. */
export function positionFlow(
  source: PositionSource,
  request: LogRequest,
  reading: Reading,
): LogFlow<readonly LogPiece[]> {
  const cursor: Cursor = { at: 0, decoder: source.decoder() };
  const history = historyOf(source, cursor, { request, signal: reading.signal });
  if (!request.follow) return { history: closed(history, cursor) };
  return { history, live: closed(liveOf(source, cursor, reading), cursor) };
}
