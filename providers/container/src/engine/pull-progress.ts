/** How far a pull has come, from the lines an engine writes meanwhile. Pure but for what they remember of one pull. */
import type { PullProgress } from '@virtual-kubelet/pod-runtime';
import { fields, number, text } from './wire.js';

/** Takes the next line of a pull; gives the progress when the line tells of one. */
export type ProgressReader = (line: unknown) => PullProgress | undefined;

/** Reads Podman's own words, which name each layer as it is begun, and count nothing. */
export function podmanProgress(): ProgressReader {
  const layers = new Set<string>();
  return (line) => {
    const [, digest] = /^Copying blob (\S+)/.exec(text(fields(line)['stream'])) ?? [];
    if (digest === undefined) return undefined;
    layers.add(digest);
    return { layers: layers.size };
  };
}

/** What is known of one layer. */
interface Layer {
  readonly got: number;
  readonly all: number;
}

/** Words of Docker about a layer that is there as a whole. */
const complete = ['Download complete', 'Verifying Checksum', 'Extracting', 'Pull complete', 'Already exists'];

/** Reads Docker's status lines, which count bytes of each layer by its short id. */
export function dockerProgress(): ProgressReader {
  const layers = new Map<string, Layer>();
  return (line) => {
    const row = fields(line);
    const id = text(row['id']);
    const status = text(row['status']);
    // Lines of the image as a whole carry its tag for an id.
    if (status.startsWith('Pulling from') || id === '') return undefined;
    const before = layers.get(id) ?? { got: 0, all: 0 };
    const { current, total } = fields(row['progressDetail']);
    if (status === 'Downloading') layers.set(id, { got: number(current) ?? 0, all: number(total) ?? before.all });
    else layers.set(id, complete.includes(status) ? { ...before, got: before.all } : before);
    const known = [...layers.values()];
    const all = known.reduce((sum, layer) => sum + layer.all, 0);
    const got = known.reduce((sum, layer) => sum + layer.got, 0);
    return { layers: layers.size, ...(all > 0 ? { bytes: { got, all } } : {}) };
  };
}
