/** Byte strings one after the other. A single one is given back itself, as is the only one that is not empty: nothing is copied. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const filled = parts.length > 1 ? parts.filter(({ length }) => length > 0) : parts;
  if (filled.length === 1 && filled[0]) return filled[0];
  const whole = new Uint8Array(filled.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const part of filled) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
