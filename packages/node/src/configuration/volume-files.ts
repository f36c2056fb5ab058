/** The files of a volume, gathered from its sources; later sources win, as with a kubelet's projected volumes. */
import { createHash } from 'node:crypto';
import { Sensitive } from '@virtual-kubelet/base';
import type { ContentVolume, VolumeFile } from '@virtual-kubelet/provider';
import type { Found } from './config-event.js';
import type { VolumeOwner } from './volume-owner.js';
import { ownedMode } from './volume-owner.js';

/** Longest path and file name a kubelet writes (kubernetes/kubernetes:pkg/volume/util/atomic_writer.go). */
const longestPath = 4_096;
const longestName = 255;

/** On any platform. */
function isAbsolute(path: string): boolean {
  return /^[/\\]|^[A-Za-z]:[\\/]/.test(path);
}

/**
 * A path in canonical form, or why no file may be written there. Backslashes are separators on some platforms, so they
 * do not hide a `..` either; names that begin with `..` are kept for the links a volume is swapped by.
 */
export function safePath(path: string): Found<string> {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  const refused = (why: string): Found<string> => ({ problem: `path ${JSON.stringify(path.slice(0, 200))} ${why}` });
  if (names.length === 0 || path.includes('\0')) return refused('names no file');
  const canonical = names.join('/');
  if ([path, canonical].some(isAbsolute)) return refused('is not relative to the volume');
  if (path.split(/[\\/]/).includes('..')) return refused('leads out of the volume');
  if (names[0]?.startsWith('..')) return refused('begins with two dots');
  const tooLong = path.length > longestPath || names.some((name) => Buffer.byteLength(name) > longestName);
  return tooLong ? refused('is too long') : { found: canonical };
}

/** A file and whether it came from a Secret or a token. */
export interface GatheredFile {
  readonly path: string;
  /** Base64. */
  readonly content: string | Sensitive;
  readonly mode: number;
  readonly secret: boolean;
  /** Owner. @default root */
  readonly uid?: number;
}

function conflict(paths: readonly string[]): string | undefined {
  const files = new Set(paths);
  for (const path of paths) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      if (files.has(path.slice(0, at))) return `${path.slice(0, at)} is both a file and the folder of ${path}`;
    }
  }
  return undefined;
}

function hidden(content: string | Sensitive): Sensitive {
  return content instanceof Sensitive ? content : new Sensitive(content);
}

/**
 * Names the contents without telling them: it is salted with the pod, so that equal secrets of two pods do not show as
 * such, and each field is preceded by its length, so that no two sets of files look alike.
 */
function revisionOf(files: readonly VolumeFile[], salt: string): string {
  const fields = ({ path, mode, uid = 0, content }: VolumeFile): string[] => [path, `${mode}/${uid}`, content.reveal()];
  const texts = [salt, ...files.flatMap(fields)].map((text) => `${text.length}:${text}`);
  return createHash('sha256').update(texts.join('')).digest('hex').slice(0, 32);
}

/** What a volume is made of beside its files. */
export interface VolumeFrame {
  readonly name: string;
  /** The pod's UID. */
  readonly salt: string;
  readonly renewAt?: number;
  readonly owner: VolumeOwner;
}

/** Makes the volume, or says why its files cannot stand beside each other. */
export function contentVolume(gathered: readonly GatheredFile[], frame: VolumeFrame): Found<ContentVolume> {
  const byPath = new Map<string, GatheredFile>();
  for (const file of gathered) {
    const path = safePath(file.path);
    if ('problem' in path) return path;
    byPath.set(path.found, file);
  }
  const paths = [...byPath.keys()].toSorted();
  const clash = conflict(paths);
  if (clash !== undefined) return { problem: clash };
  const files = paths.flatMap((path): VolumeFile[] => {
    const file = byPath.get(path);
    if (!file) return [];
    const mode = ownedMode(file.mode, frame.owner);
    return [{ path, content: hidden(file.content), mode, ...(file.uid === undefined ? {} : { uid: file.uid }) }];
  });
  const { name, salt, renewAt, owner } = frame;
  return {
    found: {
      kind: 'contents',
      name,
      files,
      sensitive: [...byPath.values()].some((file) => file.secret),
      revision: revisionOf(files, salt),
      ...(renewAt === undefined ? {} : { renewAt }),
      ...(owner.group === undefined ? {} : { gid: owner.group }),
    },
  };
}
