/** Writes protocol buffers: only fields with a length, which is all the documents here need. */

const encoder = new TextEncoder();

/** A field with a length: a text or a message. */
export function field(number: number, content: string | Uint8Array): Uint8Array {
  const bytes = typeof content === 'string' ? encoder.encode(content) : content;
  return message(varint(number * 8 + 2), varint(bytes.length), bytes);
}

/** The parts of a message one after the other. */
export function message(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  return Uint8Array.from([...bytes, left]);
}
