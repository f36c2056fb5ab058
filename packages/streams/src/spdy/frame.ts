/** Frames of SPDY/3.1, "SPDY Protocol - Draft 3.1", section 2.2 and 2.6; all numbers are big-endian. */

/** A frame as it is read. A DATA frame may come in several pieces, of which only the last can carry `fin`. */
export type Frame =
  | { readonly type: 'data'; readonly id: number; readonly fin: boolean; readonly payload: Buffer }
  | { readonly type: 'synStream'; readonly id: number; readonly flags: number; readonly block: Buffer }
  | { readonly type: 'synReply'; readonly id: number; readonly fin: boolean; readonly block: Buffer }
  | { readonly type: 'rstStream'; readonly id: number; readonly status: number }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'goAway'; readonly lastGoodId: number; readonly status: number }
  | { readonly type: 'headers'; readonly id: number; readonly fin: boolean; readonly block: Buffer }
  | { readonly type: 'ignored' };

/** Types of control frames. */
export const controlType = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goAway: 7, headers: 8 } as const;

/** The sender will send nothing more on the stream. */
export const flagFin = 1;

/** Reasons of RST_STREAM that Kubernetes peers use. */
export const resetStatus = { protocolError: 1, refusedStream: 3, cancel: 5 } as const;

/** Bytes before the payload of any frame. */
export const frameHead = 8;

function control(type: number, flags: number, payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(frameHead + payload.length);
  frame.writeUInt32BE((0x80030000 | type) >>> 0, 0);
  frame.writeUInt32BE(((flags << 24) | payload.length) >>> 0, 4);
  payload.copy(frame, frameHead);
  return frame;
}

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4));
  return bytes;
}

/** Head of a DATA frame; its payload follows on the wire. */
export function dataHead(id: number, length: number, fin: boolean): Buffer {
  return numbers(id, ((fin ? flagFin << 24 : 0) | length) >>> 0);
}

/** Opens a stream of the highest priority, with no associated stream. */
export function synStream(id: number, block: Buffer, flags = 0): Buffer {
  return control(controlType.synStream, flags, Buffer.concat([numbers(id, 0), Buffer.alloc(2), block]));
}

/** Accepts a stream. */
export function synReply(id: number, block: Buffer): Buffer {
  return control(controlType.synReply, 0, Buffer.concat([numbers(id), block]));
}

/** Ends a stream in both directions. */
export function rstStream(id: number, status: number): Buffer {
  return control(controlType.rstStream, 0, numbers(id, status));
}

/** Asks for the same frame back. */
export function ping(id: number): Buffer {
  return control(controlType.ping, 0, numbers(id));
}

/** Says that no further streams are wanted. */
export function goAway(lastGoodId: number): Buffer {
  return control(controlType.goAway, 0, numbers(lastGoodId, 0));
}
