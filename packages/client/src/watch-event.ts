import { isStatus } from '@virtual-kubelet/kubernetes';
import { ApiError, errorOfStatus } from './api-error.js';
import type { ApiObject } from './api.js';
import { clientError } from './errors.js';
import { dropManagedFields, textWithoutManagedFields } from './managed-fields.js';

/** How an object can change. */
export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One message of a watch, checked. */
export type WatchEvent<T> =
  | { readonly type: ChangeType; readonly object: T }
  /** The watch may go on from here. `isInitialEnd`: what came before is the whole selection. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly isInitialEnd: boolean }
  /** The last message of a watch that failed. */
  | { readonly type: 'ERROR'; readonly error: ApiError };

/** What the first bytes of a line tell. */
export interface WatchLine {
  readonly bytes: Uint8Array;
  /** Absent for bookmarks, errors and lines in an unusual form. */
  readonly change?: ChangeType;
  /** Where the object begins; 0 when unknown. */
  readonly start: number;
}

const beginning = /^\{"type":"(ADDED|MODIFIED|DELETED)","object":/;
const longestBeginning = 32;

/** Looks at the beginning of a line as API servers write it. */
export function readWatchLine(bytes: Uint8Array): WatchLine {
  const length = Math.min(bytes.length, longestBeginning);
  const found = beginning.exec(Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1'));
  return found === null ? { bytes, start: 0 } : { bytes, change: found[1] as ChangeType, start: found[0].length };
}

interface Message {
  readonly type?: unknown;
  readonly object?: unknown;
}

/** The line itself is never quoted: it may hold a Secret. */
function malformed(detail: string): Error {
  return clientError('VK_WATCH_MALFORMED', { detail });
}

function parse({ bytes, start }: WatchLine): Message {
  try {
    return (JSON.parse(textWithoutManagedFields(bytes, start)) ?? {}) as Message;
  } catch {
    throw malformed('not JSON');
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function metadataOf(object: unknown): NonNullable<ApiObject['metadata']> & Pick<Bookmark, 'annotations'> {
  const { metadata } = (object ?? {}) as ApiObject;
  if (typeof metadata !== 'object' || metadata === null) throw malformed('an object without metadata');
  if (!isText(metadata.resourceVersion)) throw malformed('an object without a version');
  return metadata;
}

interface Bookmark {
  readonly annotations?: unknown;
}

const initialEnd = 'k8s.io/initial-events-end';

function bookmark<T>(object: unknown): WatchEvent<T> {
  const { resourceVersion = '', annotations } = metadataOf(object);
  const isObject = typeof annotations === 'object' && annotations !== null;
  const mark = isObject ? (annotations as Readonly<Record<string, unknown>>)[initialEnd] : undefined;
  return { type: 'BOOKMARK', resourceVersion, isInitialEnd: mark === 'true' };
}

function failed<T>(object: unknown): WatchEvent<T> {
  const unexplained = { status: 500, reason: '', message: 'the watch failed without a reason' };
  const error = isStatus(object) ? errorOfStatus(object, 500) : new ApiError(unexplained);
  return { type: 'ERROR', error };
}

function change<T>(type: ChangeType, object: unknown): WatchEvent<T> {
  const metadata = metadataOf(object);
  if (!isText(metadata.uid) || !isText(metadata.name)) throw malformed('an object without name or UID');
  dropManagedFields(object);
  return { type, object: object as T };
}

/**
 * Reads one line of a watch. Throws VK_WATCH_MALFORMED for anything that is not an event: a lost event is lost for
 * ever, so who reads must then read everything again.
 */
export function decodeWatchLine<T>(line: WatchLine): WatchEvent<T> {
  const { type, object } = parse(line);
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return change(type, object);
    case 'BOOKMARK':
      return bookmark(object);
    case 'ERROR':
      return failed(object);
    default:
      throw malformed('an event of unknown type');
  }
}
