/** Puts the pieces of a message together. */
export interface MessageBytes {
  add(piece: Buffer): void;
  /** The whole message; the next one begins. */
  take(): Buffer;
}

const noBytes = Buffer.alloc(0);

/** Makes a {@link MessageBytes} whose memory follows the bytes, not the number of pieces they come in. */
export function messageBytes(): MessageBytes {
  let memory: Buffer = noBytes;
  let size = 0;
  return {
    add(piece) {
      if (size + piece.length > memory.length) {
        const more = Buffer.allocUnsafe(Math.max(2 * memory.length, size + piece.length));
        memory.copy(more, 0, 0, size);
        memory = more;
      }
      size += piece.copy(memory, size);
    },
    take() {
      const message = memory.subarray(0, size);
      [memory, size] = [noBytes, 0];
      return message;
    },
  };
}
