import { isUtf8 } from 'node:buffer';
import { closeCode, opcode } from './frame.js';
import type { Role } from './frame.js';
import { applyMask, maskKey } from './mask.js';
import { Violation } from './violation.js';

/** What arrives. A message comes in pieces as they come, whatever its frames; `last` tells its end. */
export type Arrival =
  | { readonly type: 'piece'; readonly isText: boolean; readonly bytes: Buffer; readonly last: boolean }
  | { readonly type: 'ping' | 'pong'; readonly bytes: Buffer }
  | { readonly type: 'close'; readonly code: number | undefined };

/** Takes bytes as they arrive and yields what is in them. */
export interface FrameReader {
  /** The bytes are unmasked in place: the pieces are views of them. Throws a {@link Violation}. */
  read(chunk: Buffer): Generator<Arrival>;
}

interface Head {
  readonly code: number;
  readonly fin: boolean;
  readonly length: number;
  readonly key: number;
  /** Where the payload begins. */
  readonly end: number;
}

interface Frame {
  readonly fin: boolean;
  readonly key: number;
  readonly length: number;
  left: number;
}

/** The message that has begun: its kind, and what its frames announced so far. */
interface Message {
  readonly isText: boolean;
  announced: number;
}

const noBytes = Buffer.alloc(0);
const longestControl = 125;

function isControl(code: number): boolean {
  return code >= opcode.close;
}

/** What the first two bytes of a frame may be: RFC 6455, section 5.2, without extensions. */
function checkStart(first: number, second: number, { role, inMessage }: { role: Role; inMessage: boolean }): void {
  const code = first & 0x0f;
  if ((first & 0x70) !== 0) throw new Violation('reserved bits are set');
  if (((second & 0x80) !== 0) !== (role === 'server'))
    throw new Violation('a frame of a client is masked, others are not');
  if (isControl(code)) {
    if (code > opcode.pong) throw new Violation(`opcode ${code}`);
    if ((first & 0x80) === 0) throw new Violation('a control frame in fragments');
    if ((second & 0x7f) > longestControl) throw new Violation('a control frame of more than 125 bytes');
    return;
  }
  if (code > opcode.binary) throw new Violation(`opcode ${code}`);
  if (inMessage !== (code === opcode.continuation)) throw new Violation(`opcode ${code} where it does not belong`);
}

/** The head that begins at `at`; undefined when more bytes are needed to read it. */
function readHead(buffer: Buffer, at: number, state: { role: Role; inMessage: boolean }): Head | undefined {
  if (buffer.length - at < 2) return undefined;
  const [first, second] = [buffer[at] as number, buffer[at + 1] as number];
  checkStart(first, second, state);
  const short = second & 0x7f;
  const mask = at + (short === 126 ? 4 : short === 127 ? 10 : 2);
  const end = state.role === 'server' ? mask + 4 : mask;
  if (buffer.length < end) return undefined;
  const long = (): number => buffer.readUInt32BE(at + 2) * 2 ** 32 + buffer.readUInt32BE(at + 6);
  const length = short === 126 ? buffer.readUInt16BE(at + 2) : short === 127 ? long() : short;
  const key = state.role === 'server' ? maskKey(buffer, mask) : 0;
  return { code: first & 0x0f, fin: (first & 0x80) !== 0, length, key, end };
}

/** Codes that may be sent (RFC 6455, section 7.4, and the registry it opens). */
function mayBeSent(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
}

function closeOf(bytes: Buffer): Arrival {
  if (bytes.length === 0) return { type: 'close', code: undefined };
  if (bytes.length === 1) throw new Violation('half a code to close with');
  const code = bytes.readUInt16BE(0);
  if (!mayBeSent(code)) throw new Violation(`code ${code} to close with`);
  if (!isUtf8(bytes.subarray(2))) throw new Violation('a reason that is no text', closeCode.notText);
  return { type: 'close', code };
}

function controlOf(code: number, bytes: Buffer): Arrival {
  if (code === opcode.close) return closeOf(bytes);
  // A copy: a view would keep the whole chunk in memory.
  return { type: code === opcode.ping ? 'ping' : 'pong', bytes: Buffer.from(bytes) };
}

/**
 * Makes a {@link FrameReader} for one side; nothing is read behind the goodbye of the other.
 * @param limit bytes of a message, over all its frames
 */
export function frameReader(role: Role, limit: number): FrameReader {
  let rest: Buffer = noBytes;
  let frame: Frame | undefined;
  let message: Message | undefined;
  let isOver = false;

  const begin = ({ code, fin, length, key }: Head): void => {
    message ??= { isText: code === opcode.text, announced: 0 };
    message.announced += length;
    if (message.announced > limit) throw new Violation(`a message of more than ${limit} bytes`, closeCode.tooBig);
    frame = { fin, key, length, left: length };
  };
  const take = (current: Frame, bytes: Buffer): Arrival | undefined => {
    applyMask(bytes, current.key, current.length - current.left);
    current.left -= bytes.length;
    const last = current.left === 0 && current.fin;
    const isText = message?.isText === true;
    if (current.left === 0) frame = undefined;
    if (last) message = undefined;
    return bytes.length > 0 || last ? { type: 'piece', isText, bytes, last } : undefined;
  };

  return {
    *read(chunk) {
      const buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      rest = noBytes;
      for (let at = 0; !isOver;) {
        if (frame) {
          const bytes = buffer.subarray(at, at + frame.left);
          if (bytes.length === 0 && frame.left > 0) return;
          at += bytes.length;
          const piece = take(frame, bytes);
          if (piece) yield piece;
          continue;
        }
        const head = readHead(buffer, at, { role, inMessage: message !== undefined });
        if (head && !isControl(head.code)) {
          begin(head);
          at = head.end;
          continue;
        }
        if (!head || buffer.length < head.end + head.length) {
          // A copy: a view would keep the whole chunk in memory.
          rest = Buffer.from(buffer.subarray(at));
          return;
        }
        const bytes = buffer.subarray(head.end, head.end + head.length);
        at = head.end + head.length;
        applyMask(bytes, head.key, 0);
        isOver = head.code === opcode.close;
        yield controlOf(head.code, bytes);
      }
    },
  };
}
