/** POST: new objects, answers that are never kept, and actions on objects. */
import { parseApiVersion } from '@virtual-kubelet/kubernetes';
import { trackedNew } from '../apply/tracking.js';
import type { Answer } from '../answer.js';
import { answer } from '../answer.js';
import type { Call } from '../call.js';
import { formOf } from '../form.js';
import { decodeBody, decodeObject, placed, typed } from '../decode.js';
import { completeMeta, metaErrors } from '../meta-rules.js';
import type { DraftObject, StoredObject } from '../object.js';
import { keyOf, storageKey, withFields } from '../object.js';
import { writeOptions } from '../options.js';
import {
  alreadyExists,
  badRequest,
  forbidden,
  internalRefusal,
  invalid,
  methodNotAllowed,
  notFound,
} from '../refusal.js';
import type { Qualified } from '../refusal.js';
import type { ServedResource } from '../resource.js';
import { asServed } from '../current-object.js';

/** Answers a POST to a collection. */
export function createObject(call: Call): Answer {
  const { request } = call;
  const { resource } = request;
  const options = writeOptions(request.query, 'CreateOptions');
  const { draft: decoded, warnings } = typed(call, decodeObject(request.body, resource), options.fieldValidation);
  const draft = placed(decoded, request);
  if (resource.rules.answer !== undefined) return answer(201, resource.rules.answer(draft, call));
  if ((draft.metadata.resourceVersion ?? '') !== '')
    throw internalRefusal('resourceVersion should not be set on objects to be created');
  const stored = insert(call, draft, options.dryRun);
  return answer(201, asServed(call, stored), [...warnings, ...(resource.rules.warnings?.(stored) ?? [])]);
}

/** Makes a new object of a draft that is in its place, with all rules. Throws a Refusal. */
export function insert(call: Call, draft: DraftObject, dryRun: boolean): StoredObject {
  const { resource } = call.request;
  checkNamespace(call, draft);
  const complete = prepared(call, completeMeta(draft, resource, call.context));
  const { validate, validateCreate } = resource.rules;
  const errors = [
    ...metaErrors(complete.metadata, resource),
    ...(validate?.(complete) ?? []),
    ...(validateCreate?.(complete) ?? []),
  ];
  if (errors.length > 0) throw invalid(storedAs(resource, complete), complete.metadata.name ?? '', errors);
  const key = keyOf(complete.metadata);
  if (call.state.collection(resource.storage).get(key) !== undefined)
    throw alreadyExists(resource, complete.metadata.name ?? '');
  const last = resource.rules.beforeStored?.(complete) ?? complete;
  return dryRun ? (last as StoredObject) : call.state.put(resource.storage, last);
}

/** The resource as messages about the stored form name it: a view may belong to another group. */
export function storedAs(resource: ServedResource, draft: DraftObject): Qualified {
  return { ...resource, group: parseApiVersion(draft.apiVersion).group };
}

function prepared(call: Call, draft: DraftObject): DraftObject {
  const { rules } = call.request.resource;
  const stored = rules.toStored?.(draft) ?? draft;
  const defaulted = rules.defaults?.(stored) ?? stored;
  const filled = call.request.patchType === 'apply' ? defaulted : trackedNew(call, defaulted);
  const completed = rules.create?.(filled, call) ?? withoutStatus(filled, call.request.resource);
  return rules.admit?.(completed, call) ?? completed;
}

function withoutStatus(draft: DraftObject, resource: ServedResource): DraftObject {
  const hasStatus = resource.subresources.some((each) => each.name === 'status');
  if (!hasStatus) return draft;
  return withFields(draft, { status: formOf(resource, draft)?.newStatus });
}

/** Nothing is made in namespaces that are not there or on their way out. */
function checkNamespace(call: Call, draft: DraftObject): void {
  const { resource } = call.request;
  if (!resource.namespaced) return;
  const { namespace = '', name = '' } = draft.metadata;
  if (namespace === '') throw badRequest('the namespace of the object must be given');
  const found = call.state.collection('namespaces').get(storageKey(undefined, namespace));
  if (found === undefined) throw notFound({ group: '', name: 'namespaces', kind: 'Namespace' }, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  const message = `namespace ${namespace} is being terminated`;
  const cause = { reason: 'NamespaceTerminating', message, field: 'metadata.namespace' };
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  throw forbidden(resource, name, { why, causes: [cause] });
}

/** Answers a POST to a subresource of an object. */
export function act(call: Call): Answer {
  const { resource, subresource = '', body } = call.request;
  const found = resource.rules.subresources?.[subresource];
  if (found?.is !== 'action') throw methodNotAllowed();
  const result = found.act(decodeBody(body), call);
  return answer(result.code, result.body);
}
