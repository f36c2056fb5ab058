import { posix } from 'node:path';

/** A file operation that cannot be done; the message is the one users know. */
export class FileError extends Error {
  override readonly name = 'FileError';

  constructor(path: string, what: string) {
    super(`${path}: ${what}`);
  }
}

/** A file or folder. */
export type FileNode =
  | { readonly kind: 'folder'; readonly mode: number; readonly time: number }
  | { readonly kind: 'file'; readonly mode: number; readonly time: number; readonly size: number };

type Kept =
  | { readonly kind: 'folder'; mode: number; time: number }
  | { readonly kind: 'file'; mode: number; time: number; chunks: Uint8Array[]; size: number }
  /** Content that is made when it is read: volumes, whose content nobody should hold in the open. */
  | { readonly kind: 'made'; mode: number; time: number; read: () => Uint8Array };

/** The files of one container, in memory. Paths are absolute. */
export interface Files {
  stat(path: string): FileNode | undefined;
  /** Names in a folder, sorted. */
  list(path: string): readonly string[];
  read(path: string): AsyncIterable<Uint8Array>;
  /** Begins a file, or goes on with one. Chunks are kept as they are. */
  open(path: string, options: { readonly append: boolean; readonly mode?: number }): (chunk: Uint8Array) => void;
  makeFolder(path: string, options?: { readonly parents: boolean }): void;
  remove(path: string, options?: { readonly recursive: boolean }): void;
  /** A file whose content is made at each reading. */
  mount(path: string, read: () => Uint8Array, mode: number): void;
}

const absent = 'No such file or directory';
const noSpace = 'No space left on device';
const chunkSize = 64 * 1024;

/** Bytes that are the same in every run: Marsaglia's xorshift. */
function* scrambled(): Generator<Uint8Array> {
  let x = 2_463_534_242;
  for (;;) {
    const words = new Uint32Array(chunkSize / 4);
    for (let i = 0; i < words.length; i += 1) {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      words[i] = x;
    }
    yield new Uint8Array(words.buffer);
  }
}

function* zeros(): Generator<Uint8Array> {
  for (;;) yield new Uint8Array(chunkSize);
}

const devices: ReadonlyMap<string, () => Generator<Uint8Array>> = new Map([
  ['/dev/null', function* (): Generator<Uint8Array> {}],
  ['/dev/zero', zeros],
  ['/dev/urandom', scrambled],
  ['/dev/random', scrambled],
]);

/** Bytes that may be kept, shared by containers, so that copying into many pods does not end the process. */
export interface Quota {
  left: number;
}

/** Most files and folders of one container. */
const mostNodes = 10_000;

/** Makes an empty container's files. */
export function createFiles(options: { readonly now: () => number; readonly quota: Quota }): Files & { clear(): void } {
  const { now, quota } = options;
  const nodes = new Map<string, Kept>([['/', { kind: 'folder', mode: 0o755, time: now() }]]);

  const parentOf = (path: string): void => {
    const parent = nodes.get(posix.dirname(path));
    if (!parent) throw new FileError(path, absent);
    if (parent.kind !== 'folder') throw new FileError(path, 'Not a directory');
    if (nodes.size >= mostNodes) throw new FileError(path, noSpace);
  };

  const makeFolder: Files['makeFolder'] = (path, { parents } = { parents: false }) => {
    const there = nodes.get(path);
    if (there?.kind === 'folder' && parents) return;
    if (there) throw new FileError(path, 'File exists');
    if (parents && path !== '/') makeFolder(posix.dirname(path), { parents });
    parentOf(path);
    nodes.set(path, { kind: 'folder', mode: 0o755, time: now() });
  };

  const drop = (path: string): void => {
    const node = nodes.get(path);
    if (node?.kind === 'file') quota.left += node.size;
    nodes.delete(path);
  };

  const fileAt = (path: string, mode: number, append: boolean): Extract<Kept, { kind: 'file' }> => {
    const there = nodes.get(path);
    if (there?.kind === 'folder') throw new FileError(path, 'Is a directory');
    if (there?.kind === 'made') throw new FileError(path, 'Read-only file system');
    parentOf(path);
    if (append && there) return there;
    drop(path);
    const file = { kind: 'file' as const, mode, time: now(), chunks: [], size: 0 };
    nodes.set(path, file);
    return file;
  };

  return {
    stat(path) {
      const node = nodes.get(path);
      if (!node) return devices.has(path) ? { kind: 'file', mode: 0o666, time: 0, size: 0 } : undefined;
      const { kind, mode, time } = node;
      if (kind === 'folder') return { kind, mode, time };
      return { kind: 'file', mode, time, size: kind === 'file' ? node.size : node.read().length };
    },
    list(path) {
      const start = path === '/' ? '/' : `${path}/`;
      return [...nodes.keys()]
        .filter((one) => one.startsWith(start) && one !== path && !one.slice(start.length).includes('/'))
        .map((one) => one.slice(start.length))
        .toSorted();
    },
    async *read(path) {
      const node = nodes.get(path);
      if (node?.kind === 'folder') throw new FileError(path, 'Is a directory');
      const device = devices.get(path);
      if (!node && !device) throw new FileError(path, absent);
      if (node?.kind === 'made') yield node.read();
      // Copies: the receiver owns what it gets.
      else if (node) for (const chunk of node.chunks) yield chunk.slice();
      else if (device) yield* device();
    },
    open(path, { append, mode = 0o644 }) {
      if (devices.has(path)) return () => undefined;
      const file = fileAt(path, mode, append);
      return (chunk) => {
        if (chunk.length > quota.left || nodes.get(path) !== file) throw new FileError(path, noSpace);
        quota.left -= chunk.length;
        file.chunks.push(chunk);
        file.size += chunk.length;
        file.time = now();
      };
    },
    makeFolder,
    remove(path, { recursive } = { recursive: false }) {
      const node = nodes.get(path);
      if (!node) throw new FileError(path, absent);
      const inside = [...nodes.keys()].filter((one) => one.startsWith(`${path === '/' ? '' : path}/`));
      if (node.kind === 'folder' && !recursive) throw new FileError(path, 'Is a directory');
      for (const one of [...inside, path]) if (one !== '/') drop(one);
    },
    mount(path, read, mode) {
      makeFolder(posix.dirname(path), { parents: true });
      nodes.set(path, { kind: 'made', mode, time: now(), read });
    },
    clear() {
      for (const path of nodes.keys()) drop(path);
    },
  };
}
