/** Whose a workload is, written where a platform can keep it: in tags, labels or a name. Pure. */
import { createHash } from 'node:crypto';
import type { ListedPod, PodRef } from '@virtual-kubelet/provider';

/** Whose a workload is. */
export interface Owner {
  readonly ref: PodRef;
  readonly node: string;
  /** Absent when the cluster's identity is not known. */
  readonly cluster?: string;
  readonly attempt: number;
}

/** What a platform can keep in its tags. */
export interface TagFormat {
  /** @default vk- */
  readonly prefix?: string;
  /** Most characters of a value; longer ones go on in further tags. */
  readonly valueLength: number;
  /**
   * Characters of values that are kept as they are; others are written as `_` and two digits for each byte. Letters,
   * digits and `_` itself must be among what the platform takes.
   * @default letters, digits, dash and dot
   */
  readonly plain?: RegExp;
}

const fields = ['cluster', 'node', 'namespace', 'name', 'uid', 'attempt'] as const;
type Field = (typeof fields)[number];

const usual = /[A-Za-z0-9.-]/;

function escaped(text: string, plain: RegExp): string {
  const byte = (value: number): string => `_${value.toString(16).padStart(2, '0')}`;
  const one = (character: string): string =>
    character !== '_' && plain.test(character) ? character : [...Buffer.from(character)].map(byte).join('');
  return Array.from(text, one).join('');
}

function unescaped(text: string): string {
  const pieces = text.split(/(_[0-9a-f]{2})/).map((piece, i) => (i % 2 === 1 ? piece.slice(1) : piece));
  return Buffer.concat(pieces.map((piece, i) => Buffer.from(piece, i % 2 === 1 ? 'hex' : 'utf8'))).toString();
}

function valuesOf({ ref, node, cluster, attempt }: Owner): Readonly<Record<Field, string | undefined>> {
  return { cluster, node, namespace: ref.namespace, name: ref.name, uid: ref.uid, attempt: String(attempt) };
}

function keyOf(field: Field, part: number, { prefix = 'vk-' }: TagFormat): string {
  return `${prefix}${field}${part === 0 ? '' : `-${part + 1}`}`;
}

/** The tags of a workload: one for each fact, more where a value is too long. */
export function ownershipTags(owner: Owner, format: TagFormat): Readonly<Record<string, string>> {
  const { valueLength, plain = usual } = format;
  const tags: [string, string][] = [];
  for (const [field, value] of Object.entries(valuesOf(owner)) as [Field, string | undefined][]) {
    const text = escaped(value ?? '', plain);
    for (let part = 0; part * valueLength < text.length; part += 1) {
      tags.push([keyOf(field, part, format), text.slice(part * valueLength, (part + 1) * valueLength)]);
    }
  }
  return Object.fromEntries(tags);
}

/** Reads one tag; undefined when there is none. Keys come from strangers, so look with care. */
export type TagReader = (key: string) => string | undefined;

/** A reader of a plain dictionary. */
export function tagReader(tags: Readonly<Record<string, string>> | undefined): TagReader {
  return (key) => (tags && Object.hasOwn(tags, key) ? tags[key] : undefined);
}

function fieldOf(read: TagReader, field: Field, format: TagFormat): string {
  let text = '';
  for (let part = 0; ; part += 1) {
    const more = read(keyOf(field, part, format));
    if (more === undefined) return unescaped(text);
    text += more;
  }
}

/** Whose a workload is by its tags; undefined for one that no virtual kubelet made. */
export function ownerOf(read: TagReader, format: TagFormat): Owner | undefined {
  const [cluster, node, namespace, name, uid, attempt] = fields.map((field) => fieldOf(read, field, format));
  if (!node || !namespace || !name || !uid) return undefined;
  return {
    ref: { namespace, name, uid },
    node,
    attempt: Math.max(Number.parseInt(attempt ?? '', 10) || 1, 1),
    ...(cluster ? { cluster } : {}),
  };
}

/** The ownership part of a listing's entry. */
export function listedOwner(owner: Owner): Pick<ListedPod, 'ref' | 'node' | 'cluster' | 'attempt'> {
  const { ref, node, cluster, attempt } = owner;
  return { ref, node, attempt, ...(cluster === undefined ? {} : { cluster }) };
}

/** Whether a workload belongs to a node of a cluster: what is not, is never touched. */
export function isOwnedBy(owner: Owner | undefined, node: string, cluster: string | undefined): owner is Owner {
  return owner !== undefined && owner.node === node && owner.cluster === cluster;
}

/** What a platform takes for a name. */
export interface NameFormat {
  /** Most characters, 24 at least. */
  readonly length: number;
  /** @default vk */
  readonly prefix?: string;
}

/**
 * A name for the run of a pod that is the same whenever it is asked for and different for every other run: lower case
 * letters, digits and single dashes, starting with the prefix. Part of it is readable, the end is a digest of all facts.
 */
export function workloadName(owner: Owner, { length, prefix = 'vk' }: NameFormat): string {
  const facts = fields.map((field) => valuesOf(owner)[field] ?? '');
  const digest = digestOf(facts).slice(0, 16);
  const room = Math.max(length - prefix.length - digest.length - 2, 0);
  const readable = `${owner.ref.namespace}-${owner.ref.name}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const short = readable.slice(0, room).replace(/^-+|-+$/g, '');
  return [prefix, short, digest].filter((part) => part !== '').join('-');
}

/** A digest of texts in which no two lists of texts look alike: for tokens that a platform limits in length. Hexadecimal. */
export function digestOf(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest('hex');
}
