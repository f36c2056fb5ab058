/** JSON Merge Patch (RFC 7386): objects merge, null removes, everything else replaces. */
import { deepEqual } from '../equality.js';
import { isJsonObject, type JsonObject, objectOf, ownField } from './json.js';
import { PatchError } from './patch-error.js';

/** Applies a patch to an object of the API; neither is changed. Throws {@link PatchError} unless both are objects. */
export function applyMergePatch(document: unknown, patch: unknown): JsonObject {
  if (!isJsonObject(document) || !isJsonObject(patch)) throw new PatchError(400, '', 'a merge patch is an object');
  return merge(document, patch);
}

function merge(before: unknown, patch: JsonObject): JsonObject {
  const fields = new Map(isJsonObject(before) ? Object.entries(before) : []);
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) fields.delete(key);
    else fields.set(key, isJsonObject(change) ? merge(fields.get(key), change) : change);
  }
  return objectOf(fields);
}

/**
 * The patch that turns `before` into `after`; empty when they are equal. Fields of `after` that are null or
 * undefined count as absent, since no patch could set them.
 */
export function createMergePatch(before: JsonObject, after: JsonObject): JsonObject {
  const patch = new Map<string, unknown>();
  for (const key of Object.keys(before)) if (isAbsent(ownField(after, key))) patch.set(key, null);
  for (const [key, value] of Object.entries(after)) {
    const old = ownField(before, key);
    if (isAbsent(value) || deepEqual(old, value)) continue;
    if (!isJsonObject(value)) patch.set(key, value);
    else if (!isJsonObject(old)) patch.set(key, withoutAbsent(value));
    else {
      const inner = createMergePatch(old, value);
      if (Object.keys(inner).length > 0) patch.set(key, inner);
    }
  }
  return objectOf(patch);
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function withoutAbsent(object: JsonObject): JsonObject {
  const present = Object.entries(object).filter(([, value]) => !isAbsent(value));
  return objectOf(present.map(([key, value]) => [key, isJsonObject(value) ? withoutAbsent(value) : value]));
}
