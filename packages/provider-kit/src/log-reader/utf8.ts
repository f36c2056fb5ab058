/** Bytes a character has that starts with this byte; 1 for what starts none. */
function lengthOf(first: number): number {
  if (first >= 0xf0 && first <= 0xf4) return 4;
  if (first >= 0xe0) return first < 0xf0 ? 3 : 1;
  return first >= 0xc2 ? 2 : 1;
}

/** How many bytes at the end are the beginning of a character that is not complete: 0 to 3, and 0 for what is no UTF-8. */
export function unfinishedCharacter(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    const continues = (byte & 0xc0) === 0x80;
    if (!continues) return lengthOf(byte) > back ? back : 0;
  }
  return 0;
}
