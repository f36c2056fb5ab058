/** Reads protocol buffers: the fields of a message, without knowing what they mean. */

/** One field as it is on the wire. */
export type WireField =
  | { readonly number: number; readonly is: 'varint'; readonly value: bigint }
  | { readonly number: number; readonly is: 'fixed64'; readonly value: number }
  | { readonly number: number; readonly is: 'bytes'; readonly value: Uint8Array };

/** The bytes are no protocol buffer. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/** The fields of a message in their order. Throws {@link ProtobufError}. */
export function* readFields(bytes: Uint8Array): Generator<WireField> {
  let at = 0;

  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw new ProtobufError('a number does not end');
  }

  function take(length: number): Uint8Array {
    if (length > bytes.length - at) throw new ProtobufError('a field is longer than its message');
    at += length;
    return bytes.subarray(at - length, at);
  }

  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    switch (tag & 7) {
      case 0:
        yield { number, is: 'varint', value: varint() };
        break;
      case 1: {
        const { buffer, byteOffset } = take(8);
        yield { number, is: 'fixed64', value: new DataView(buffer, byteOffset).getFloat64(0, true) };
        break;
      }
      case 2:
        yield { number, is: 'bytes', value: take(Number(varint())) };
        break;
      case 5:
        take(4);
        break;
      default:
        throw new ProtobufError(`field ${number} has a wire type that is not used`);
    }
  }
}
