/** How the messages of one channel protocol carry a channel number and bytes. */
export interface ChannelCodec {
  encode(channel: number, bytes: Uint8Array): Buffer | string;
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
  encode(channel, bytes) {
    const message = Buffer.allocUnsafe(bytes.length + 1);
    message[0] = channel;
    message.set(bytes, 1);
    return message;
  },
  decode: (message) =>
    message.length === 0 ? undefined : { channel: message.readUInt8(0), bytes: message.subarray(1) },
};

/** One ASCII digit of channel number, then base64, in text messages. */
export const base64Codec: ChannelCodec = {
  encode: (channel, bytes) =>
    String.fromCharCode(zero + channel) + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
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
