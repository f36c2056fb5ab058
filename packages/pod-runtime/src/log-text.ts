/** A container's log as `kubectl logs` wants it. */
import { parseTime } from '@virtual-kubelet/kubernetes';
import type { LogOptions } from '@virtual-kubelet/provider';
import type { LogFrame, LogQuery } from './backend.js';

/** What to ask the engine for; the rest is filtered here. */
export function logQuery(options: LogOptions): LogQuery {
  const since = options.sinceTime === undefined ? undefined : parseTime(options.sinceTime);
  // Last lines are those of the wanted stream, which engines do not know how to count.
  const tail = options.stream === 'All' ? options.tailLines : undefined;
  return { follow: options.follow, ...(tail === undefined ? {} : { tail }), ...(since === undefined ? {} : { since }) };
}

function rfc3339Nano(time: number): string {
  const text = new Date(time).toISOString();
  return `${text.slice(0, 23)}000000Z`;
}

const newline = 10;

async function* wanted(frames: AsyncIterable<LogFrame>, options: LogOptions): AsyncIterable<Uint8Array> {
  const since = options.sinceTime === undefined ? -Infinity : parseTime(options.sinceTime);
  const stream = options.stream.toLowerCase();
  const atStart = { stdout: true, stderr: true };
  for await (const frame of frames) {
    if (frame.time < since || (stream !== 'all' && frame.stream !== stream)) continue;
    if (options.timestamps && atStart[frame.stream]) yield new TextEncoder().encode(`${rfc3339Nano(frame.time)} `);
    atStart[frame.stream] = frame.bytes.at(-1) === newline;
    yield frame.bytes;
  }
}

/** The last lines of what is there, then what comes. Only without following: a log that goes on has no last line. */
async function* lastLines(chunks: AsyncIterable<Uint8Array>, count: number): AsyncIterable<Uint8Array> {
  const lines: Uint8Array[][] = [[]];
  for await (const chunk of chunks) {
    lines.at(-1)?.push(chunk);
    if (chunk.at(-1) === newline) lines.push([]);
    if (lines.length > count + 1) lines.shift();
  }
  if (lines.at(-1)?.length === 0) lines.pop();
  for (const line of count === 0 ? [] : lines.slice(-count)) yield* line;
}

async function* limited(chunks: AsyncIterable<Uint8Array>, most: number): AsyncIterable<Uint8Array> {
  let left = most;
  for await (const chunk of chunks) {
    yield chunk.length > left ? chunk.subarray(0, left) : chunk;
    left -= chunk.length;
    if (left <= 0) return;
  }
}

/** The bytes of a log, by the user's options. */
export function logText(frames: AsyncIterable<LogFrame>, options: LogOptions): AsyncIterable<Uint8Array> {
  let chunks = wanted(frames, options);
  if (options.tailLines !== undefined && options.stream !== 'All' && !options.follow)
    chunks = lastLines(chunks, options.tailLines);
  return options.limitBytes === undefined ? chunks : limited(chunks, options.limitBytes);
}
