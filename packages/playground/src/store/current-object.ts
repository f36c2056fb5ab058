/** The object that a request is about, and the form in which its resource serves it. */
import type { Call } from './call.js';
import type { Json } from './json.js';
import type { StoredObject } from './object.js';
import { storageKey } from './object.js';
import { notFound } from './refusal.js';

/** The object a request names. Throws a Refusal where there is none. */
export function currentObject(call: Call): StoredObject {
  const { resource, namespace, name = '' } = call.request;
  const found = call.state.collection(resource.storage).get(storageKey(namespace, name));
  if (found === undefined) throw notFound(resource, name);
  return found;
}

/** An object as a resource serves it. */
export function asServed(call: Call, object: StoredObject): Json {
  return call.request.resource.rules.fromStored?.(object) ?? object;
}
