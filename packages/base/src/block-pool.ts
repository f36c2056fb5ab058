/**
 * Bytes of a block. Whole, so that what streams send leaves in few writes, and used again: memory outside of the heap makes
 * the collector of garbage run by its mere amount, which costs more than copying into a block does.
 */
export const blockSize: number = 64 * 1024 + 256;

/** Blocks kept for later: enough for the streams that send in one moment. */
const most = 64;
const free: Buffer[] = [];

/** Less than this is worth a copy rather than a whole block for as long as a slow reader takes. */
const fewBytes = 16 * 1024;

/** A block of memory with anything in it. */
export function takeBlock(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(blockSize);
}

/** Gives a block back that nobody looks at any more. */
export function giveBlock(block: Buffer): void {
  if (free.length < most) free.push(block);
}

/**
 * Hands the first bytes of a block over to be written; it comes back when they are.
 * @param write takes the bytes, and calls back when it does not need them any more
 */
export function writeBlock(
  block: Buffer,
  length: number,
  write: (bytes: Buffer, done: (error?: Error | null) => void) => void,
): void {
  if (length < fewBytes) {
    const bytes = Buffer.from(block.subarray(0, length));
    giveBlock(block);
    return write(bytes, () => undefined);
  }
  write(block.subarray(0, length), (error) => {
    // Of a connection that broke nobody knows who still looks at it.
    if (!error) giveBlock(block);
  });
}
