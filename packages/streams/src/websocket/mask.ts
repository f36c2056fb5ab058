/** Fewer words than this are not worth a view of them. */
const fewWords = 8;

/** Words are read in the order of the machine, the key byte by byte. */
const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** The key as a word whose lowest byte is the one that comes first (RFC 6455, section 5.3). */
export function maskKey(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at);
}

function byByte(bytes: Uint8Array, key: number, range: { from: number; to: number; phase: number }): void {
  const { from, to, phase } = range;
  for (let at = from; at < to; at += 1) bytes[at] = (bytes[at] as number) ^ (key >>> (((phase + at) & 3) * 8));
}

/**
 * Puts a mask on bytes or takes it off, in place, four bytes at a time: byte by byte it costs more than encryption does.
 * @param phase how many bytes of the same frame came before, of which only the last two bits matter
 */
export function applyMask(bytes: Uint8Array, key: number, phase: number): void {
  const lead = Math.min(bytes.length, -bytes.byteOffset & 3);
  const words = (bytes.length - lead) >>> 2;
  if (key === 0) return;
  if (words < fewWords || !isLittleEndian) return byByte(bytes, key, { from: 0, to: bytes.length, phase });
  byByte(bytes, key, { from: 0, to: lead, phase });
  const turn = ((phase + lead) & 3) * 8;
  const word = turn === 0 ? key : (key >>> turn) | (key << (32 - turn));
  const view = new Int32Array(bytes.buffer, bytes.byteOffset + lead, words);
  for (let at = 0; at < words; at += 1) view[at] = (view[at] as number) ^ word;
  byByte(bytes, key, { from: lead + words * 4, to: bytes.length, phase });
}
