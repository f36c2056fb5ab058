import { streamError } from '../errors.js';
import { controlType, flagFin, frameHead } from './frame.js';
import type { Frame } from './frame.js';

/** Takes bytes as they arrive and yields the frames in them. */
export interface FrameReader {
  read(chunk: Buffer): Generator<Frame>;
}

const noBytes = Buffer.alloc(0);
const idMask = 0x7fffffff;

function malformed(why: string): Error {
  return streamError('VK_STREAMS_PROTOCOL', { why });
}

/** Shortest payload of each control type: the numbers before its header block, or all of it. */
const shortest: ReadonlyMap<number, number> = new Map([
  [controlType.synStream, 10],
  [controlType.synReply, 4],
  [controlType.rstStream, 8],
  [controlType.ping, 4],
  [controlType.goAway, 8],
  [controlType.headers, 4],
]);

function streamId(payload: Buffer): number {
  return payload.readUInt32BE(0) & idMask;
}

function controlFrame(type: number, flags: number, payload: Buffer): Frame {
  if (payload.length < (shortest.get(type) ?? 0)) throw malformed(`control frame ${type} of ${payload.length} bytes`);
  const fin = (flags & flagFin) !== 0;
  switch (type) {
    case controlType.synStream:
      return { type: 'synStream', id: streamId(payload), flags, block: payload.subarray(10) };
    case controlType.synReply:
      return { type: 'synReply', id: streamId(payload), fin, block: payload.subarray(4) };
    case controlType.rstStream:
      return { type: 'rstStream', id: streamId(payload), status: payload.readUInt32BE(4) };
    case controlType.ping:
      return { type: 'ping', id: payload.readUInt32BE(0) };
    case controlType.goAway:
      return { type: 'goAway', lastGoodId: streamId(payload), status: payload.readUInt32BE(4) };
    case controlType.headers:
      return { type: 'headers', id: streamId(payload), fin, block: payload.subarray(4) };
    default:
      return { type: 'ignored' };
  }
}

interface DataInProgress {
  readonly id: number;
  readonly fin: boolean;
  left: number;
}

interface Head {
  readonly first: number;
  readonly flags: number;
  readonly length: number;
}

function readHead(buffer: Buffer, at: number): Head {
  const second = buffer.readUInt32BE(at + 4);
  return { first: buffer.readUInt32BE(at), flags: second >>> 24, length: second & 0xffffff };
}

function typeOf(head: Head, limit: number): number {
  const version = (head.first >>> 16) & 0x7fff;
  if (version !== 3) throw malformed(`control frame of SPDY version ${version}`);
  if (head.length > limit) throw malformed(`control frame of ${head.length} bytes, the limit is ${limit}`);
  return head.first & 0xffff;
}

function startData(head: Head): DataInProgress {
  if (head.first === 0) throw malformed('data for stream 0');
  return { id: head.first, fin: (head.flags & flagFin) !== 0, left: head.length };
}

function takeData(data: DataInProgress, bytes: Buffer): Frame & { type: 'data' } {
  const payload = bytes.subarray(0, data.left);
  data.left -= payload.length;
  return { type: 'data', id: data.id, fin: data.fin && data.left === 0, payload };
}

/**
 * Makes a {@link FrameReader}. Payload of DATA frames passes on as it comes, whatever the length of the frame; control
 * frames are collected, up to `limit` bytes. Throws when the bytes are not SPDY/3.1: nothing after them can be read.
 */
export function frameReader(limit: number): FrameReader {
  let rest: Buffer = noBytes;
  let data: DataInProgress | undefined;
  return {
    *read(chunk) {
      const buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      rest = noBytes;
      let at = 0;
      for (;;) {
        if (data) {
          if (data.left > 0 && at === buffer.length) return;
          const frame = takeData(data, buffer.subarray(at));
          at += frame.payload.length;
          if (data.left === 0) data = undefined;
          yield frame;
          continue;
        }
        if (buffer.length - at < frameHead) break;
        const head = readHead(buffer, at);
        if (head.first < 0x80000000) {
          data = startData(head);
          at += frameHead;
          continue;
        }
        const type = typeOf(head, limit);
        if (buffer.length - at < frameHead + head.length) break;
        const payload = buffer.subarray(at + frameHead, at + frameHead + head.length);
        at += frameHead + head.length;
        yield controlFrame(type, head.flags, payload);
      }
      // A copy: a view would keep the whole chunk in memory.
      rest = Buffer.from(buffer.subarray(at));
    },
  };
}
