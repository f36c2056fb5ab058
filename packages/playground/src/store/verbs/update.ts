/** PUT and PATCH, of objects and of their views. */
import type { ObjectMeta } from '@virtual-kubelet/kubernetes';
import { semanticEqual } from '@virtual-kubelet/kubernetes';
import { applied } from '../apply/server-side-apply.js';
import { tracked } from '../apply/tracking.js';
import type { Answer } from '../answer.js';
import { answer } from '../answer.js';
import type { Call } from '../call.js';
import { decodeObject, named, placed, typed, typedPatch } from '../decode.js';
import type { FieldError } from '../field-error.js';
import { required } from '../field-error.js';
import { change, field } from '../json.js';
import type { Json } from '../json.js';
import { keepMeta, metaChangeErrors, metaErrors } from '../meta-rules.js';
import type { DraftObject, StoredObject } from '../object.js';
import { keyOf, storageKey, withFields, withMeta } from '../object.js';
import type { WriteOptions } from '../options.js';
import { writeOptions } from '../options.js';
import { patched } from '../patch.js';
import { conflict, invalid, methodNotAllowed, modified, notFound } from '../refusal.js';
import type { Qualified } from '../refusal.js';
import type { KindRules } from '../rules/kind-rules.js';
import { insert, storedAs } from './create.js';
import { asServed, currentObject } from '../current-object.js';

/** Answers a PUT. */
export function replaceObject(call: Call): Answer {
  const { request, state } = call;
  const { resource, name = '', subresource } = request;
  const options = writeOptions(request.query, 'UpdateOptions');
  const { draft: decoded, warnings } = typed(call, decodeObject(request.body, viewKind(call)), options.fieldValidation);
  const draft = named(placed(decoded, request), name);
  const old = state.collection(resource.storage).get(storageKey(request.namespace, name));
  if (old === undefined) {
    if (subresource !== undefined || resource.rules.createsOnUpdate !== true) throw notFound(resource, name);
    const made = insert(call, withMeta(draft, { resourceVersion: undefined }), options.dryRun);
    return answer(201, asServed(call, made), [...warnings, ...warningsOf(call, made)]);
  }
  checkUid(call, draft, old);
  checkVersion(call, draft, old);
  const stored = write(call, { draft, old, dryRun: options.dryRun });
  return answer(200, viewOf(call, stored), [...warnings, ...warningsOf(call, stored)]);
}

/** Answers a PATCH. */
export function patchObject(call: Call): Answer {
  const { request } = call;
  const { name = '' } = request;
  const options = writeOptions(request.query, 'PatchOptions');
  if (request.patchType === 'apply') return applyObject(call, options);
  const old = currentObject(call);
  const { draft: made, warnings } = typedPatch(call, patched(call, viewOf(call, old)), options.fieldValidation);
  const draft = named(placed(made, request), name);
  checkVersion(call, draft, old);
  const stored = write(call, { draft, old, dryRun: options.dryRun });
  return answer(200, viewOf(call, stored), [...warnings, ...warningsOf(call, stored)]);
}

/** Answers a PATCH with a configuration to apply. It creates what is not there. */
function applyObject(call: Call, options: WriteOptions): Answer {
  const { request, state } = call;
  const { resource, name = '' } = request;
  const known = state.collection(resource.storage).get(storageKey(request.namespace, name));
  const isCreate = known === undefined && request.subresource === undefined;
  const old = isCreate ? undefined : (known ?? currentObject(call));
  const { draft: made, warnings } = typed(call, applied(call, options, old), options.fieldValidation);
  const draft = named(placed(made, request), name);
  if (old === undefined) {
    const made = insert(call, draft, options.dryRun);
    return answer(201, asServed(call, made), [...warnings, ...warningsOf(call, made)]);
  }
  checkVersion(call, draft, old);
  const stored = write(call, { draft, old, dryRun: options.dryRun });
  return answer(200, viewOf(call, stored), [...warnings, ...warningsOf(call, stored)]);
}

function warningsOf({ request }: Call, written: StoredObject): readonly string[] {
  return request.subresource === undefined ? (request.resource.rules.warnings?.(written) ?? []) : [];
}

function viewOf(call: Call, object: StoredObject): Json {
  const { resource, subresource = '' } = call.request;
  const view = resource.rules.subresources?.[subresource];
  return view?.is === 'view' && view.read !== undefined ? view.read(object) : asServed(call, object);
}

function viewKind(call: Call): { readonly apiVersion: string; readonly kind: string } {
  const { resource, subresource } = call.request;
  const view = resource.subresources.find((each) => each.name === subresource);
  if (view === undefined) return resource;
  return { kind: view.kind, apiVersion: view.group === '' ? view.version : `${view.group}/${view.version}` };
}

function checkUid(call: Call, draft: DraftObject, old: StoredObject): void {
  const asked = draft.metadata.uid ?? '';
  if (asked === '' || asked === old.metadata.uid) return;
  const why = `Precondition failed: UID in precondition: ${asked}, UID in object meta: ${old.metadata.uid}`;
  throw conflict(call.request.resource, old.metadata.name, why);
}

function checkVersion(call: Call, draft: DraftObject, old: StoredObject): void {
  const { resource } = call.request;
  const asked = draft.metadata.resourceVersion ?? '';
  if (asked !== '' && asked !== '0' && asked !== old.metadata.resourceVersion)
    throw modified(resource, old.metadata.name);
  if (asked !== '' || resource.rules.allowsUnconditionalUpdate !== false) return;
  throw invalid({ ...resource, kind: resource.name }, old.metadata.name, [
    {
      ...required('metadata.resourceVersion'),
      reason: 'FieldValueInvalid',
      value: 0,
      detail: 'must be specified for an update',
    },
  ]);
}

/** A change of an object, with its preconditions already checked. */
export interface Change {
  /** The object, or the view of it that the request names, as it shall be. */
  readonly draft: DraftObject;
  readonly old: StoredObject;
  readonly dryRun: boolean;
}

/** Writes a change with all rules; writes nothing where nothing changed. Throws a Refusal. */
export function write(call: Call, { draft, old, dryRun }: Change): StoredObject {
  const { request, state } = call;
  const scopedDraft = scoped(call, keepMeta(draft, old), old);
  const isApply = request.patchType === 'apply';
  const managedFields = isApply ? draft.metadata.managedFields : managersAfter(call, draft, old);
  const { rules } = request.resource;
  const checked = withMeta(counted(scopedDraft, old, rules), { managedFields });
  const errors = changeErrors(call, checked, old);
  if (errors.length > 0) throw invalid(subjectOf(call, checked), old.metadata.name, errors);
  const next = rules.beforeStored?.(checked) ?? checked;
  if (dryRun) return next as StoredObject;
  if (isFinished(next, rules)) {
    state.remove(request.resource.storage, keyOf(old.metadata));
    return next as StoredObject;
  }
  if (semanticEqual(next, old)) return old;
  return state.put(request.resource.storage, isApply ? next : tracked(call, next, old));
}

/** Managers can be changed by hand, through the main resource only; saying nothing of them keeps them. */
function managersAfter(call: Call, draft: DraftObject, old: StoredObject): ObjectMeta['managedFields'] {
  const { managedFields = [] } = draft.metadata;
  const isByHand = call.request.subresource === undefined && managedFields.length > 0;
  return isByHand ? managedFields : old.metadata.managedFields;
}

/** What messages name: the object, or the view of another kind that was at fault. */
function subjectOf(call: Call, next: DraftObject): Qualified {
  const { resource, subresource } = call.request;
  const view = resource.subresources.find((each) => each.name === subresource);
  const isOther = view !== undefined && view.kind !== resource.kind;
  return isOther ? { group: view.group, name: view.name, kind: view.kind } : storedAs(resource, next);
}

/** Only what the request's path may change comes from the draft. */
function scoped(call: Call, draft: DraftObject, old: StoredObject): DraftObject {
  const { subresource, resource } = call.request;
  const { rules } = resource;
  if (subresource === undefined) {
    const stored = rules.toStored?.(draft) ?? draft;
    const filled = rules.defaults?.(stored) ?? stored;
    return rules.update?.(filled, old, call) ?? withOldStatus(call, filled, old);
  }
  if (subresource === 'status') {
    const filled = rules.defaults?.(draft) ?? draft;
    return rules.updateStatus?.(filled, old, call) ?? statusOnly(filled, old);
  }
  const view = rules.subresources?.[subresource];
  if (view?.is !== 'view') throw methodNotAllowed();
  const isObject = draft.kind === resource.kind;
  return view.write(isObject ? (rules.defaults?.(draft) ?? draft) : draft, old, call);
}

function withOldStatus(call: Call, draft: DraftObject, old: StoredObject): DraftObject {
  const hasStatus = call.request.resource.subresources.some((each) => each.name === 'status');
  return hasStatus ? withFields(draft, { status: field(old, 'status') }) : draft;
}

/** The draft's metadata and status on the old rest. */
export function statusOnly(draft: DraftObject, old: StoredObject): DraftObject {
  return withFields(old as DraftObject, { metadata: draft.metadata, status: field(draft, 'status') });
}

/** Counts the generation up where anything but metadata and status changed. */
function counted(draft: DraftObject, old: StoredObject, rules: KindRules): DraftObject {
  if (rules.hasGeneration !== true) return draft;
  const uncounted = { metadata: undefined, ...(rules.countsStatus === true ? {} : { status: undefined }) };
  const without = (object: Json): Json => change(object, uncounted);
  const labels = rules.countsLabels !== true || semanticEqual(draft.metadata.labels, old.metadata.labels);
  if (labels && semanticEqual(without(draft), without(old))) return draft;
  return withMeta(draft, { generation: (old.metadata.generation ?? 0) + 1 });
}

function changeErrors(call: Call, next: DraftObject, old: StoredObject): readonly FieldError[] {
  const { subresource, resource } = call.request;
  const { rules } = resource;
  const common = [...metaErrors(next.metadata, resource), ...metaChangeErrors(next.metadata, old.metadata)];
  if (subresource === undefined)
    return [...common, ...(rules.validate?.(next) ?? []), ...(rules.validateUpdate?.(next, old) ?? [])];
  if (subresource === 'status') return [...common, ...(rules.validateStatus?.(next, old) ?? [])];
  const view = rules.subresources?.[subresource];
  return [...common, ...(view?.is === 'view' ? (view.validate?.(next, old) ?? []) : [])];
}

/** A deletion that waited only for finalizers is over when the last is gone. */
function isFinished(object: DraftObject, rules: KindRules): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  const waits = finalizers.length > 0 || rules.hasOwnFinalizers?.(object) === true;
  return deletionTimestamp !== undefined && deletionGracePeriodSeconds === 0 && !waits;
}
