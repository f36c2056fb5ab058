import { randomBytes } from 'node:crypto';
import { applyMask, maskKey } from './mask.js';

/** What a frame is (RFC 6455, section 5.2). */
export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Codes with which a WebSocket is closed (RFC 6455, section 7.4.1). */
export const closeCode = { normal: 1000, protocolError: 1002, notText: 1007, tooBig: 1009 } as const;

/** Which side this is: frames of a client are masked, those of a server never. */
export type Role = 'client' | 'server';

/** The longest head of a frame, mask included, in bytes. */
export const longestHead = 14;

const final = 0x80;
const masked = 0x80;

/** Writes the head of a frame that is a message of its own so that it ends at `end`, without a mask. Gives where it begins. */
function writeHead(into: Buffer, end: number, { code, length }: { code: number; length: number }): number {
  const size = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const from = end - size;
  into[from] = final | code;
  if (size === 2) into[from + 1] = length;
  else if (size === 4) {
    into[from + 1] = 126;
    into.writeUInt16BE(length, from + 2);
  } else {
    into[from + 1] = 127;
    into.writeUInt32BE(Math.floor(length / 2 ** 32), from + 2);
    into.writeUInt32BE(length >>> 0, from + 6);
  }
  return from;
}

/**
 * Makes a frame around bytes that lie in memory already, with room for {@link longestHead} before them.
 * @returns where the frame begins
 */
export function frameAround(
  memory: Buffer,
  { from, to }: { readonly from: number; readonly to: number },
  { code, role }: { readonly code: number; readonly role: Role },
): number {
  const length = to - from;
  if (role === 'server') return writeHead(memory, from, { code, length });
  const key = randomBytes(4);
  key.copy(memory, from - 4);
  applyMask(memory.subarray(from, to), maskKey(key, 0), 0);
  const start = writeHead(memory, from - 4, { code, length });
  memory[start + 1] = (memory[start + 1] as number) | masked;
  return start;
}

/** Makes a whole frame of copied parts. */
export function frameOf(what: { readonly code: number; readonly role: Role }, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const memory = Buffer.allocUnsafe(longestHead + length);
  let at = longestHead;
  for (const part of parts) {
    memory.set(part, at);
    at += part.length;
  }
  return memory.subarray(frameAround(memory, { from: longestHead, to: at }, what));
}

/** The head of a frame of a server, and the first byte of its payload: the rest follows on the wire as it is. */
export function serverHead(code: number, first: number, length: number): Buffer {
  const memory = Buffer.allocUnsafe(11);
  memory[10] = first;
  return memory.subarray(writeHead(memory, 10, { code, length }));
}

/** Says goodbye. */
export function closeFrame(role: Role, code: number): Buffer {
  const reason = Buffer.allocUnsafe(2);
  reason.writeUInt16BE(code);
  return frameOf({ code: opcode.close, role }, reason);
}
