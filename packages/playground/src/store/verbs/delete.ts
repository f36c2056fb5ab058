/** DELETE of objects and collections. */
import { successStatus } from '@virtual-kubelet/kubernetes';
import type { Answer } from '../answer.js';
import { answer } from '../answer.js';
import type { Call } from '../call.js';
import { asServed, currentObject } from '../current-object.js';
import { removeObject } from '../deletion.js';
import { checkGrace, deleteOptions, selectorsOf } from '../options.js';
import { detailsOf } from '../refusal.js';
import { selection } from '../selection.js';
import { listOf } from './read.js';

/** Answers a DELETE of one object. */
export function deleteObject(call: Call): Answer {
  const { request } = call;
  const { resource } = request;
  const options = deleteOptions(request.body, request.query);
  checkGrace(options);
  const result = removeObject(call, currentObject(call), options);
  const { name, uid } = result.object.metadata;
  const isObject = resource.rules.returnsDeleted === true || result.is === 'waiting';
  return answer(200, isObject ? asServed(call, result.object) : successStatus(detailsOf(resource, name, { uid })));
}

/** Answers a DELETE of a collection: with what it found there. */
export function deleteCollection(call: Call): Answer {
  const { request, state } = call;
  const { resource, namespace } = request;
  const options = deleteOptions(request.body, request.query);
  const selects = selection({ resource, ...selectorsOf(request.query, resource) });
  const found = state.collection(resource.storage).objects(namespace).filter(selects);
  const body = listOf(call, found, { resourceVersion: String(state.version) });
  for (const object of found) removeObject(call, object, options);
  return answer(200, body);
}
