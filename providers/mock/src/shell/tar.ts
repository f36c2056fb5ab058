// The POSIX ustar archive, as far as `kubectl cp` needs it, with the two usual forms of long names. One format, one file.

/** A file or folder of an archive. */
export interface TarEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other';
  readonly mode: number;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

const block = 512;
const utf8 = new TextEncoder();
const text = new TextDecoder();

/** What is read is no archive. */
export class TarError extends Error {
  override readonly name = 'TarError';
}

function octal(value: number, length: number): string {
  return `${Math.floor(value)
    .toString(8)
    .padStart(length - 1, '0')}\0`;
}

function put(target: Uint8Array, at: number, value: string): void {
  target.set(utf8.encode(value), at);
}

function checksum(header: Uint8Array): number {
  return header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 32 : byte), 0);
}

function header(entry: TarEntry, type: string, name: string): Uint8Array {
  const bytes = new Uint8Array(block);
  put(bytes, 0, name);
  put(bytes, 100, octal(entry.mode, 8));
  put(bytes, 108, octal(0, 8));
  put(bytes, 116, octal(0, 8));
  put(bytes, 124, octal(entry.size, 12));
  put(bytes, 136, octal(entry.time / 1_000, 12));
  put(bytes, 156, type);
  put(bytes, 257, 'ustar\x0000');
  put(bytes, 148, `${octal(checksum(bytes), 7)} `);
  return bytes;
}

/** Zeros up to the next block. */
export function tarPadding(size: number): Uint8Array {
  return new Uint8Array((block - (size % block)) % block);
}

/** Header of an entry; its content and {@link tarPadding} follow. */
export function* tarHeader(entry: TarEntry): Generator<Uint8Array> {
  const type = entry.kind === 'folder' ? '5' : '0';
  const name = utf8.encode(entry.name);
  if (name.length > 100) {
    const size = name.length + 1;
    yield header({ ...entry, size }, 'L', '././@LongLink');
    const content = new Uint8Array(size + tarPadding(size).length);
    content.set(name);
    yield content;
  }
  yield header(entry, type, text.decode(name.subarray(0, 100)));
}

/** What ends an archive. */
export function tarEnd(): Uint8Array {
  return new Uint8Array(2 * block);
}

function field(bytes: Uint8Array, at: number, length: number): string {
  const part = bytes.subarray(at, at + length);
  const end = part.indexOf(0);
  return text.decode(end < 0 ? part : part.subarray(0, end));
}

/** Octal digits, or the big-endian number GNU writes for what does not fit. */
function number(bytes: Uint8Array, at: number, length: number): number {
  if (((bytes[at] ?? 0) & 0x80) === 0) return Number.parseInt(field(bytes, at, length).trim() || '0', 8);
  return bytes.subarray(at + 1, at + length).reduce((sum, byte) => sum * 256 + byte, 0);
}

interface RawHeader {
  readonly type: string;
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  readonly time: number;
}

function readHeader(bytes: Uint8Array): RawHeader {
  if (number(bytes, 148, 8) !== checksum(bytes)) throw new TarError('This does not look like a tar archive');
  const prefix = field(bytes, 257, 5) === 'ustar' ? field(bytes, 345, 155) : '';
  const name = field(bytes, 0, 100);
  const size = number(bytes, 124, 12);
  if (!Number.isSafeInteger(size) || size < 0) throw new TarError('A member has no size');
  return {
    type: field(bytes, 156, 1) || '0',
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: number(bytes, 100, 8) & 0o7777,
    size,
    time: number(bytes, 136, 12) * 1_000,
  };
}

/** Records `length key=value` of a POSIX extended header. */
function paxRecords(bytes: Uint8Array): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const length = Number.parseInt(text.decode(bytes.subarray(at, at + 20)), 10);
    if (!(length > 0)) break;
    const [key = '', ...value] = text
      .decode(bytes.subarray(at, at + length - 1))
      .replace(/^\d+ /, '')
      .split('=');
    records.set(key, value.join('='));
    at += length;
  }
  return records;
}

/** Takes bytes off a stream in sizes of its own. */
class Taker {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Up to `most` bytes; empty at the end. */
  async some(most: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return new Uint8Array(0);
      this.#rest = value;
    }
    const bytes = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(bytes.length);
    return bytes;
  }

  /** Exactly so many, or fewer at the end. For small numbers. */
  async exactly(count: number): Promise<Uint8Array> {
    const whole = new Uint8Array(count);
    let at = 0;
    while (at < count) {
      const bytes = await this.some(count - at);
      if (bytes.length === 0) return whole.subarray(0, at);
      whole.set(bytes, at);
      at += bytes.length;
    }
    return whole;
  }
}

/** Longest header of names that is read, bytes. */
const longestNames = 64 * 1024;

async function* content(taker: Taker, size: number): AsyncGenerator<Uint8Array> {
  for (let left = size; left > 0;) {
    const bytes = await taker.some(left);
    if (bytes.length === 0) throw new TarError('Unexpected EOF in archive');
    left -= bytes.length;
    yield bytes.slice();
  }
  await taker.exactly(tarPadding(size).length);
}

async function names(taker: Taker, { size }: RawHeader): Promise<Uint8Array> {
  if (size > longestNames) throw new TarError('A name is too long');
  const bytes = await taker.exactly(size);
  await taker.exactly(tarPadding(size).length);
  return bytes;
}

function kindOf(type: string): TarEntry['kind'] {
  if (type === '5') return 'folder';
  return type === '0' || type === '7' ? 'file' : 'other';
}

/** A member with its content, to be read before the next. */
export interface TarMember {
  readonly entry: TarEntry;
  readonly content: AsyncIterable<Uint8Array>;
}

/** Reads the members of an archive. What is left of a content is passed over. */
export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TarMember> {
  const taker = new Taker(chunks);
  let longName: string | undefined;
  for (;;) {
    const bytes = await taker.exactly(block);
    if (bytes.length < block || bytes.every((byte) => byte === 0)) return;
    const raw = readHeader(bytes);
    if (raw.type === 'L') longName = field(await names(taker, raw), 0, raw.size);
    else if (raw.type === 'x') longName = paxRecords(await names(taker, raw)).get('path') ?? longName;
    else if (raw.type === 'g' || raw.type === 'K') await names(taker, raw);
    else {
      const { type, name, mode, size, time } = raw;
      const body = content(taker, size);
      yield { entry: { name: longName ?? name, kind: kindOf(type), mode, size, time }, content: body };
      for await (const _ of body);
      longName = undefined;
    }
  }
}
