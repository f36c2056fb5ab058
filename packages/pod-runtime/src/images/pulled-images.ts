/** An image this node has pulled. Those that were there before, or came by other hands, are nobody's to remove. */
export interface PulledImage {
  readonly id: string;
  /** As the pod's spec named it. */
  readonly name: string;
  /** Wall times of the pull and of the last look that found it in use, milliseconds. */
  readonly pulledAt: number;
  readonly usedAt: number;
}

/** Reads what was saved. @throws SyntaxError for anything else */
export function decodeImages(text: string): readonly PulledImage[] {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) throw new SyntaxError('not a list of images');
  return value as readonly PulledImage[];
}
