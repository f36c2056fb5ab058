/** The end of an object: at once, gracefully, or when finalizers let go. */
import { formatTime, parseTime, semanticEqual } from '@virtual-kubelet/kubernetes';
import type { Call } from './call.js';
import type { DraftObject, StoredObject } from './object.js';
import { keyOf, withMeta } from './object.js';
import type { DeleteOptions } from './options.js';
import { conflict } from './refusal.js';

/** What became of an object that was to be deleted. */
export type Deletion =
  | { readonly is: 'gone'; readonly object: StoredObject }
  | { readonly is: 'waiting'; readonly object: StoredObject };

/** Deletes an object with all rules, or begins to. Throws a Refusal. */
export function removeObject(call: Call, object: StoredObject, asked: DeleteOptions): Deletion {
  const options = asked.grace !== undefined && asked.grace < 0 ? { ...asked, grace: 1 } : asked;
  const { rules } = call.request.resource;
  checkPreconditions(call, object, options);
  rules.beforeDelete?.(object, call);
  const graceful = rules.grace === undefined ? 'none' : gracefully(call, object, options);
  if (graceful === 'pending') return { is: 'waiting', object };
  const marked = withFinalizers(graceful === 'none' ? object : graceful, options);
  const isHeld = (marked.metadata.finalizers ?? []).length > 0 || rules.hasOwnFinalizers?.(marked) === true;
  const next = graceful === 'none' && isHeld ? markDeleting(call, marked) : marked;
  const isOver = !isHeld && (next.metadata.deletionGracePeriodSeconds ?? 0) === 0;
  if (options.dryRun) return { is: isOver ? 'gone' : 'waiting', object: next as StoredObject };
  return settle(call, { object, next, isOver, isMarked: graceful !== 'none' || isHeld });
}

interface Settlement {
  readonly object: StoredObject;
  readonly next: DraftObject;
  readonly isOver: boolean;
  /** Whether the object shows that it is being deleted. */
  readonly isMarked: boolean;
}

/** A graceful deletion that is over at once is still seen as a change before the end, as upstream has it. */
function settle(call: Call, { object, next, isOver, isMarked }: Settlement): Deletion {
  const { storage } = call.request.resource;
  const stored = isMarked && !semanticEqual(next, object) ? call.state.put(storage, next) : object;
  if (!isOver) return { is: 'waiting', object: stored };
  return { is: 'gone', object: call.state.remove(storage, keyOf(object.metadata)) ?? stored };
}

function checkPreconditions(call: Call, object: StoredObject, options: DeleteOptions): void {
  const { resource } = call.request;
  const { uid, resourceVersion, name } = object.metadata;
  if (options.uid !== undefined && options.uid !== uid)
    throw conflict(
      { ...resource, name: resource.kind },
      name,
      `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  const wanted = options.resourceVersion;
  if (wanted !== undefined && wanted !== resourceVersion)
    throw conflict(
      { ...resource, name: resource.kind },
      name,
      `the ResourceVersion in the precondition (${wanted}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
}

/** Propagation that is not in the background is a finalizer for the garbage collector. */
function withFinalizers(object: DraftObject, options: DeleteOptions): DraftObject {
  if (options.propagation === undefined) return object;
  const others = (object.metadata.finalizers ?? []).filter((one) => one !== 'orphan' && one !== 'foregroundDeletion');
  const own = { Orphan: ['orphan'], Foreground: ['foregroundDeletion'], Background: [] }[options.propagation];
  const finalizers = [...others, ...own];
  return withMeta(object, { finalizers: finalizers.length === 0 ? undefined : finalizers });
}

/**
 * The object with its deletion under way; `pending` where the request changes nothing because it is under way
 * already, `none` where nothing is left to wait for.
 */
function gracefully(call: Call, object: StoredObject, options: DeleteOptions): DraftObject | 'pending' | 'none' {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = object.metadata;
  if (deletionTimestamp === undefined) {
    const grace = call.request.resource.rules.grace?.(object, options.grace) ?? 0;
    return begun(call, object, grace);
  }
  if (deletionGracePeriodSeconds === 0) return 'none';
  if (options.grace === undefined || options.grace >= deletionGracePeriodSeconds) return 'pending';
  return shortened(call, object, options.grace);
}

function begun(call: Call, object: DraftObject, grace: number): DraftObject {
  const { generation } = object.metadata;
  return withMeta(object, {
    deletionTimestamp: formatTime(call.context.now + grace * 1000),
    deletionGracePeriodSeconds: grace,
    ...(generation === undefined ? {} : { generation: generation + 1 }),
  });
}

/** The end moves forward, counted from where the deletion began, but not into the past. */
function shortened(call: Call, object: StoredObject, grace: number): DraftObject {
  const { now } = call.context;
  const { deletionTimestamp = '', deletionGracePeriodSeconds = 0 } = object.metadata;
  const end = parseTime(deletionTimestamp) + (grace - deletionGracePeriodSeconds) * 1000;
  const isPast = end < now;
  return withMeta(object as DraftObject, {
    deletionTimestamp: formatTime(isPast ? now : end),
    deletionGracePeriodSeconds: isPast && grace !== 0 ? 1 : grace,
  });
}

/** An object without graceful deletion that finalizers hold. */
function markDeleting(call: Call, object: DraftObject): DraftObject {
  const { deletionTimestamp } = object.metadata;
  const { markDeleted } = call.request.resource.rules;
  const marked =
    deletionTimestamp === undefined ? begun(call, object, 0) : withMeta(object, { deletionGracePeriodSeconds: 0 });
  return markDeleted?.(marked) ?? marked;
}
