import { constants, inflateRawSync } from 'node:zlib';
import { streamError } from '../errors.js';
import { dictionary, dictionaryId } from './dictionary.js';

/** Names (lower case) and values of one header block. */
export type Headers = ReadonlyMap<string, string>;

/** Distance that deflate can look back. */
const windowSize = 32 * 1024;

const zlibHead = 6;

function malformed(why: string, cause?: unknown): Error {
  return streamError('VK_STREAMS_PROTOCOL', { why: `header block ${why}` }, cause);
}

function withoutZlibHead(block: Buffer): Buffer {
  const deflate = block.length >= zlibHead && (block.readUInt8(0) & 0x0f) === 8;
  const checked = deflate && block.readUInt16BE(0) % 31 === 0 && (block.readUInt8(1) & 0x20) !== 0;
  if (!checked || block.readUInt32BE(2) !== dictionaryId) throw malformed('without the dictionary of SPDY/3');
  return block.subarray(zlibHead);
}

function inflate(block: Buffer, window: Buffer, limit: number): Buffer {
  try {
    return inflateRawSync(block, {
      dictionary: window,
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: limit,
      chunkSize: 4096,
    });
  } catch (cause) {
    throw malformed(`cannot be decompressed to at most ${limit} bytes`, cause);
  }
}

/** Walks over the length-prefixed texts of a block. */
function textReader(plain: Buffer): () => string {
  let at = 4;
  return () => {
    if (at + 4 > plain.length) throw malformed('ends early');
    const end = at + 4 + plain.readUInt32BE(at);
    if (end > plain.length) throw malformed('ends early');
    const text = plain.toString('utf8', at + 4, end);
    at = end;
    return text;
  };
}

function parse(plain: Buffer): Headers {
  if (plain.length < 4) throw malformed('ends early');
  const next = textReader(plain);
  const headers = new Map<string, string>();
  for (let left = plain.readUInt32BE(0); left > 0; left -= 1) headers.set(next().toLowerCase(), next());
  return headers;
}

/**
 * Reads the header blocks of one direction of a connection, in the order of their arrival: all of them are one zlib
 * stream. Each block ends with a sync flush, so a block can be decompressed alone, given the bytes before it as its
 * dictionary: no zlib handle lives as long as the connection, and nothing waits.
 * @param limit size of a block after decompression, in bytes
 */
export function headerReader(limit: number): (block: Buffer) => Headers {
  let window: Buffer = dictionary;
  let first = true;
  return (block) => {
    const deflated = first ? withoutZlibHead(block) : block;
    first = false;
    const plain = inflate(deflated, window, limit);
    window = Buffer.concat([window, plain]).subarray(-windowSize);
    return parse(plain);
  };
}

function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function encode(headers: Headers): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(headers.size);
  return Buffer.concat([count, ...[...headers].flatMap(([name, value]) => [encodeText(name), encodeText(value)])]);
}

// CMF 0x78, FLG 0x20 (a dictionary follows), and its identifier; RFC 1950 section 2.2.
const head = Buffer.from([0x78, 0x20, 0xe3, 0xc6, 0xa7, 0xc2]);

/** An empty stored block: what a sync flush leaves, and what makes Go's reader hand out what it has. */
const flush = Buffer.from([0x00, 0x00, 0x00, 0xff, 0xff]);

function stored(plain: Buffer): Buffer {
  const intro = Buffer.alloc(5);
  intro.writeUInt16LE(plain.length, 1);
  intro.writeUInt16LE(plain.length ^ 0xffff, 3);
  return Buffer.concat([intro, plain, flush]);
}

/** Writes the header blocks of one direction. They are small and mostly empty, so they are stored, not compressed. */
export function headerWriter(): (headers: Headers) => Buffer {
  let first = true;
  return (headers) => {
    const block = stored(encode(headers));
    const whole = first ? Buffer.concat([head, block]) : block;
    first = false;
    return whole;
  };
}
