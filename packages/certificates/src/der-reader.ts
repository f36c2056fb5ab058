/** Reading DER: just enough to take a certificate request apart. */

/** One element: its tag, its contents, and all its bytes. */
export interface DerElement {
  readonly tag: number;
  readonly contents: Uint8Array;
  readonly bytes: Uint8Array;
}

function lengthAt(bytes: Uint8Array, at: number): { readonly length: number; readonly start: number } {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return { length: first, start: at + 1 };
  const size = first & 0x7f;
  if (size === 0 || size > 4) throw new RangeError('length of a DER element is not definite or too long');
  let length = 0;
  for (let index = 1; index <= size; index += 1) length = length * 256 + (bytes[at + index] ?? 0);
  return { length, start: at + 1 + size };
}

/** The elements of a sequence of elements, in order. Throws a RangeError when they do not fill the bytes exactly. */
export function readElements(bytes: Uint8Array): DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length;) {
    const { length, start } = lengthAt(bytes, at + 1);
    const end = start + length;
    if (end > bytes.length) throw new RangeError('a DER element ends after its surroundings');
    elements.push({
      tag: bytes[at] ?? 0,
      contents: bytes.subarray(start, end),
      bytes: bytes.subarray(at, end),
    });
    at = end;
  }
  return elements;
}

/** The only element of that tag at a position. Throws a RangeError for another. */
export function elementAt(elements: readonly DerElement[], index: number, tag: number): DerElement {
  const found = elements[index];
  if (found?.tag !== tag) throw new RangeError(`expected a DER element with tag ${tag} at position ${index}`);
  return found;
}
