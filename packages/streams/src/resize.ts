import { itemQueue } from './item-queue.js';
import type { TerminalSize } from './remote-command.js';

/** Takes the bytes of the resize channel. */
export interface ResizeChannel {
  readonly sizes: AsyncIterable<TerminalSize>;
  push(bytes: Uint8Array): void;
  end(): void;
}

/**
 * Sizes kept for a late reader. More than one: `kubectl attach` sends a wrong size and then the right one, so that the
 * program redraws. Not many: only the last one matters in the end.
 */
const kept = 16;

const largest = 65_535;

function dimension(value: unknown): number | undefined {
  const usable = typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= largest;
  return usable ? value : undefined;
}

function parse(document: string): TerminalSize | undefined {
  try {
    const fields: unknown = JSON.parse(document);
    if (typeof fields !== 'object' || fields === null) return undefined;
    const lower = new Map(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]));
    const width = dimension(lower.get('width'));
    const height = dimension(lower.get('height'));
    return width && height ? { width, height } : undefined;
  } catch {
    return undefined;
  }
}

/** Cuts a run of flat JSON objects apart. Sizes that are none are skipped, as is a document longer than `limit`. */
export function resizeChannel(limit: number): ResizeChannel {
  const sizes = itemQueue<TerminalSize>(kept);
  let text = '';
  const push = (bytes: Uint8Array): void => {
    text += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    for (let end = text.indexOf('}'); end >= 0; end = text.indexOf('}')) {
      const size = parse(text.slice(0, end + 1));
      text = text.slice(end + 1);
      if (size) sizes.push(size);
    }
    if (text.length > limit) text = '';
  };
  return { sizes, push, end: () => sizes.end() };
}
