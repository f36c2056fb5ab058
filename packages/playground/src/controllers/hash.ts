/** Short names for contents, in letters that spell nothing. */
const letters = 'bcdfghjklmnpqrstvwxz2456789';

/** Equal contents have equal hashes, whatever the order of keys: FNV-1a over 32 bits, written in safe letters. */
export function contentHash(value: unknown, salt = 0): string {
  let hash = 0x811c9dc5;
  for (const char of `${canonical(value)}${salt === 0 ? '' : salt}`) {
    hash ^= char.codePointAt(0) ?? 0;
    hash = Math.imul(hash, 0x01000193) >>> 0;
  }
  return Array.from(String(hash), (digit) => letters[Number(digit) + (hash % 17)] ?? 'x').join('');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`).join(',')}}`;
}
