/**
 * Bytes of a block. Whole, so that what streams send leaves in few writes, and used again: memory outside of the heap makes
 * the collector of garbage run by its mere amount, which costs more than copying into a block does.
 */
export const blockSize: number = 64 * 1024 + 256;

/** Blocks kept for later: enough for the streams that send in one moment. */
const most = 64;
const free: Buffer[] = [];

/** A block of memory with anything in it. */
export function takeBlock(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(blockSize);
}

/** Gives a block back that nobody looks at any more. */
export function giveBlock(block: Buffer): void {
  if (free.length < most) free.push(block);
}
