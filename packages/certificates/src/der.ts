/**
 * The part of DER (ITU-T X.690) that certificates need, as functions from values to bytes.
 * Every function returns a whole element: tag, length, contents.
 */
import { joinBytes } from '@virtual-kubelet/base';

function lengthBytes(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.of(0x80 | bytes.length, ...bytes);
}

/** An element with any tag below 31. */
export function element(tag: number, contents: Uint8Array): Uint8Array {
  return joinBytes([Uint8Array.of(tag), lengthBytes(contents.length), contents]);
}

/** SEQUENCE. */
export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return element(0x30, joinBytes(parts));
}

/** SET of one element. With more, DER would want them sorted; certificates made here never have more. */
export function setOfOne(part: Uint8Array): Uint8Array {
  return element(0x31, part);
}

/** A non-negative INTEGER from its big-endian bytes. */
export function integer(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const significant = bytes.subarray(start);
  const negative = (significant[0] ?? 0) >= 0x80;
  return element(
    0x02,
    joinBytes([negative || significant.length === 0 ? Uint8Array.of(0) : new Uint8Array(), significant]),
  );
}

/** BOOLEAN TRUE. DER leaves out FALSE wherever it is the default, which it always is here. */
export const booleanTrue: Uint8Array = Uint8Array.of(0x01, 0x01, 0xff);

/** OCTET STRING. */
export function octetString(contents: Uint8Array): Uint8Array {
  return element(0x04, contents);
}

/** BIT STRING of whole bytes, or with `unused` bits at its end. */
export function bitString(contents: Uint8Array, unused = 0): Uint8Array {
  return element(0x03, joinBytes([Uint8Array.of(unused), contents]));
}

/** BIT STRING with named bits: the bits that are set, numbered from the first; trailing zeros are cut as DER demands. */
export function namedBits(bits: readonly number[]): Uint8Array {
  const last = Math.max(...bits);
  const bytes = new Uint8Array(Math.floor(last / 8) + 1);
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit % 8));
  return bitString(bytes, 7 - (last % 8));
}

/** UTF8String. */
export function utf8String(text: string): Uint8Array {
  return element(0x0c, new TextEncoder().encode(text));
}

function arcBytes(arc: number): number[] {
  const bytes = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(0x80 | (rest % 128));
  return bytes;
}

/** OBJECT IDENTIFIER from its dotted form. */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(arcBytes)));
}

/** Context-specific tag around a whole element (EXPLICIT) or, primitive, in place of its own tag (IMPLICIT). */
export function contextTag(number: number, kind: 'constructed' | 'primitive', contents: Uint8Array): Uint8Array {
  return element((kind === 'constructed' ? 0xa0 : 0x80) | number, contents);
}

/**
 * A Time of RFC 5280 section 4.1.2.5: UTCTime for 1950 to 2049, GeneralizedTime otherwise.
 * `ms` is milliseconds since the epoch; certificates know whole seconds only.
 */
export function time(ms: number): Uint8Array {
  const digits = `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
  const year = Number(digits.slice(0, 4));
  const short = year >= 1950 && year < 2050;
  return element(short ? 0x17 : 0x18, new TextEncoder().encode(short ? digits.slice(2) : digits));
}
