/** Chooses pods by the node they are bound to, from the bytes of a watch line. */

const name = Buffer.from('"nodeName"');
const colon = 0x3a;
const quote = 0x22;

/**
 * Makes a test whether a line may be about a pod of one of these nodes. It looks at every `"nodeName"`, since a label
 * may have that name, too, so it can say yes too often but never no to a pod of ours. A text in an unusual form counts
 * as yes.
 */
export function acceptNodes(isOurs: (node: string) => boolean): (line: Uint8Array) => boolean {
  return (line) => {
    const bytes = Buffer.from(line.buffer, line.byteOffset, line.length);
    for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + name.length)) {
      const value = at + name.length;
      if (bytes[value] !== colon || bytes[value + 1] !== quote) return true;
      const end = bytes.indexOf(quote, value + 2);
      if (end < 0 || isOurs(bytes.toString('latin1', value + 2, end))) return true;
    }
    return false;
  };
}
