import { frameOf, opcode, serverHead } from './frame.js';
import type { Role } from './frame.js';

/** How the messages of one channel protocol carry a channel number and bytes. */
export interface ChannelCodec {
  /** Whether a message can only be read as a whole. */
  readonly isText: boolean;
  /** One message as frames, to be sent one part after the other. */
  encode(role: Role, channel: number, bytes: Uint8Array): readonly Uint8Array[];
  /** Undefined for a message without a channel number. */
  decode(message: Buffer): ChannelMessage | undefined;
}

/** One message, taken apart. */
export interface ChannelMessage {
  readonly channel: number;
  readonly bytes: Buffer;
}

const zero = '0'.charCodeAt(0);

/** One byte of channel number, then the bytes. */
export const binaryCodec: ChannelCodec = {
  isText: false,
  encode(role, channel, bytes) {
    if (role === 'server') return [serverHead(opcode.binary, channel, bytes.length + 1), bytes];
    return [frameOf({ code: opcode.binary, role }, Buffer.of(channel), bytes)];
  },
  decode: (message) =>
    message.length === 0 ? undefined : { channel: message.readUInt8(0), bytes: message.subarray(1) },
};

/** One ASCII digit of channel number, then base64, in text messages. */
export const base64Codec: ChannelCodec = {
  isText: true,
  encode(role, channel, bytes) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
    return [frameOf({ code: opcode.text, role }, Buffer.of(zero + channel), Buffer.from(text, 'latin1'))];
  },
  decode(message) {
    if (message.length === 0) return undefined;
    const bytes = Buffer.from(message.toString('latin1', 1), 'base64');
    return { channel: message.readUInt8(0) - zero, bytes };
  },
};

/** The codec of a subprotocol; the binary one when no subprotocol was agreed on. */
export function codecOf(subprotocol: string | undefined): ChannelCodec {
  return subprotocol?.includes('base64') ? base64Codec : binaryCodec;
}
