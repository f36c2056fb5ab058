import type { LinesSource, LogFlow, LogPiece, LogRequest } from '@virtual-kubelet/provider-kit';
import { logTime, parseLogTime } from '@virtual-kubelet/provider-kit';
import type { Span } from './runs.js';
import type { StreamScript } from './stream-script.js';

/** The log of one run: what it says at any time follows from this. */
export interface RunLog {
  /** What its lines say they are of. */
  readonly title: string;
  readonly span: Span;
  readonly script: StreamScript;
}

/** How the log of a run goes on. */
export interface RunWatch {
  /** Milliseconds since 1970. */
  now(): number;
  /** The run as it is now. */
  span(): Span;
  /** Waits so long, or until the run ended. Rejects when the reader is gone. */
  wait(ms: number): Promise<void>;
}

/** Lines made at once, at most, and bytes that a reader should not wait for longer than that. */
const batch = { lines: 500, bytes: 56 * 1024 };
/** Shortest pause between batches, milliseconds: beyond a hundred lines a second they come in lots. */
const shortestPause = 10;

const utf8 = new TextEncoder();

function timeOf({ span, script }: RunLog, index: number): number {
  return span.start + (index * 1_000) / script.logRate;
}

/** How many lines are written by a time; the first is written at the start. */
export function linesBy(log: RunLog, time: number): number {
  const { span, script } = log;
  const until = Math.min(time, span.end ?? time);
  if (script.logRate === 0 || until < span.start) return 0;
  // A run that ended at the moment of a line did not write it any more.
  const steps = ((until - span.start) * script.logRate) / 1_000;
  const count = span.end === undefined || time < span.end ? Math.floor(steps) + 1 : Math.ceil(steps);
  return Math.min(count, script.logLines ?? Infinity);
}

/** A blank and digits, as many as any line was filled up with: all lines share them, since nobody writes to them. */
let digits: Uint8Array = new Uint8Array(0);

function filler(length: number): Uint8Array {
  if (length > digits.length) digits = utf8.encode(` ${'0123456789'.repeat(Math.ceil(length / 10))}`);
  return digits.subarray(0, length);
}

/** The pieces of one line; `index` counts from 0. */
function lineAt(log: RunLog, index: number): readonly LogPiece[] {
  const { title, script } = log;
  const bytes = utf8.encode(`${title} line ${index + 1}`);
  const isError = script.stderrEvery > 0 && (index + 1) % script.stderrEvery === 0;
  const more = { time: logTime(timeOf(log, index)), stream: isError ? ('stderr' as const) : ('stdout' as const) };
  const missing = script.logLineBytes - bytes.length;
  // A blank alone fills nothing up.
  if (missing < 2) return [{ bytes, ends: true, ...more }];
  return [
    { bytes, ends: false, ...more },
    { bytes: filler(missing), ends: true, ...more },
  ];
}

/** The first line that is wanted: earlier ones need not be made. */
function firstWanted(log: RunLog, request: LogRequest, count: number): number {
  const tail = count - Math.min(request.tailLines ?? count, count);
  const since = request.sinceTime === undefined ? undefined : parseLogTime(request.sinceTime);
  if (since === undefined || count === 0) return tail;
  const steps = ((Date.parse(since) - log.span.start) * log.script.logRate) / 1_000;
  // One too many is left out by the reader, which compares exactly.
  return Math.max(tail, Math.min(Math.floor(steps), count));
}

function* linesBetween(log: RunLog, from: number, to: number): Generator<readonly LogPiece[]> {
  const most = Math.min(batch.lines, Math.ceil(batch.bytes / (log.script.logLineBytes + 1)));
  for (let at = from; at < to; at += most) {
    const length = Math.min(most, to - at);
    yield Array.from({ length }, (_, i) => lineAt(log, at + i)).flat();
  }
}

async function* liveLines(log: RunLog, written: number, watch: RunWatch): AsyncGenerator<readonly LogPiece[]> {
  for (let at = written; ;) {
    const present = { ...log, span: watch.span() };
    const to = linesBy(present, watch.now());
    yield* linesBetween(present, at, to);
    at = Math.max(at, to);
    if (present.span.end !== undefined) return;
    const more = log.script.logRate > 0 && at < (log.script.logLines ?? Infinity);
    await watch.wait(more ? Math.max(timeOf(log, at) - watch.now(), shortestPause) : Infinity);
  }
}

/** The log of a run as a source for the log reader. */
export function runLogSource(log: RunLog, watch: RunWatch): LinesSource {
  return {
    kind: 'lines',
    open(request): LogFlow<readonly LogPiece[]> {
      const count = linesBy(log, watch.now());
      const history = async function* (): AsyncGenerator<readonly LogPiece[]> {
        yield* linesBetween(log, firstWanted(log, request, count), count);
      };
      return request.follow ? { history: history(), live: liveLines(log, count, watch) } : { history: history() };
    },
  };
}
