/** Notes who changed which fields when an object is written without apply. */
import type { Call } from '../call.js';
import { formOf } from '../form.js';
import type { DraftObject, StoredObject } from '../object.js';
import { withMeta } from '../object.js';
import { compare, fieldsOf } from './compare.js';
import { without } from './field-set.js';
import type { Writer } from './managers.js';
import { afterUpdate, ownable, ownersOf, withOwners } from './managers.js';
import { writerOf } from './server-side-apply.js';

/** A new object whose fields belong to who makes it. */
export function trackedNew(call: Call, draft: DraftObject): DraftObject {
  const form = formOf(call.request.resource, draft);
  if (form === undefined) return withMeta(draft, { managedFields: undefined });
  const all = ownable(fieldsOf(draft, form.place));
  const hasStatus = call.request.resource.subresources.some((each) => each.name === 'status');
  const { manager, time } = updater(call);
  return withOwners(draft, [{ manager, time, fields: hasStatus ? without(all, [['f:status']]) : all }]);
}

/** A changed object in which the changed fields belong to who changed them. */
export function tracked(call: Call, next: DraftObject, old: StoredObject): DraftObject {
  const form = formOf(call.request.resource, next);
  if (form === undefined) return next;
  return withOwners(next, afterUpdate(ownersOf(next), compare(old, next, form.place), updater(call)));
}

function updater(call: Call): Writer {
  const { query, agent } = call.request;
  return writerOf(call, 'Update', query.get('fieldManager') || (agent ?? 'playground'));
}
