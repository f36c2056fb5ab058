/** GET of one object, lists in pages, and watches. */
import type { Answer } from '../answer.js';
import { answer } from '../answer.js';
import type { Call } from '../call.js';
import { asServed, currentObject } from '../current-object.js';
import type { Json } from '../json.js';
import type { StoredObject } from '../object.js';
import { storageKey } from '../object.js';
import type { ListOptions } from '../options.js';
import { listOptions, watchOptions } from '../options.js';
import { decodeContinue, encodeContinue } from '../paging.js';
import { expired, methodNotAllowed, tooLargeVersion } from '../refusal.js';
import { selection } from '../selection.js';
import { openWatch } from '../watch.js';

/** Answers a GET of one object or of a view of it. */
export function getObject(call: Call): Answer {
  const { subresource = '', resource } = call.request;
  const object = currentObject(call);
  const view = resource.rules.subresources?.[subresource];
  if (view?.is === 'action') throw methodNotAllowed();
  return answer(200, view?.read?.(object) ?? asServed(call, object));
}

/** Answers a GET of a collection. */
export function listObjects(call: Call): Answer {
  const { resource, namespace, query } = call.request;
  const options = listOptions(query, resource);
  const page = pageOf(call, options);
  const selects = selection({ resource, ...options });
  const hasSelector = options.labels.length + options.fields.length > 0;
  const after = page.after;
  const rest = after === undefined ? page.objects : page.objects.filter((object) => keyOfObject(object) > after);
  const matching = hasSelector ? rest.filter(selects) : rest;
  // A list of any version comes from the cache, which does not page.
  const limit = options.version === 0 && options.continue === '' ? 0 : options.limit;
  const cut = limit > 0 && matching.length > limit;
  const items = cut ? matching.slice(0, limit) : matching;
  const last = items.at(-1);
  const next =
    cut && last !== undefined ? encodeContinue({ version: page.version, after: keyOfObject(last) }) : undefined;
  const metadata = {
    resourceVersion: String(page.version),
    ...(next === undefined ? {} : { continue: next }),
    ...(next === undefined || hasSelector ? {} : { remainingItemCount: matching.length - items.length }),
  };
  return answer(200, listOf(call, items, metadata));

  function keyOfObject(object: StoredObject): string {
    return storageKey(namespace === undefined ? object.metadata.namespace : namespace, object.metadata.name);
  }
}

/** Objects as a list of their resource. */
export function listOf(call: Call, objects: readonly StoredObject[], metadata: Json): Json {
  const { listKind, apiVersion, isCustom = false } = call.request.resource;
  const served = objects.map((object) => asServed(call, object));
  const items = isCustom ? served : served.map(withoutKind);
  return { kind: listKind, apiVersion, metadata: isCustom ? { continue: '', ...metadata } : metadata, items };
}

/** Elements of typed lists do not repeat kind and apiVersion. */
function withoutKind(object: Json): Json {
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = object;
  return rest;
}

interface Page {
  readonly version: number;
  readonly objects: readonly StoredObject[];
  /** Key after which the page begins. */
  readonly after?: string;
}

const tooOld = 'The resourceVersion for the provided list is too old.';
const tokenTooOld =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.';

/** The objects a list is about, at the version it asks for. */
function pageOf(call: Call, options: ListOptions): Page {
  const { state, request } = call;
  const collection = state.collection(request.resource.storage);
  const { version, match } = options;
  if (version !== undefined && version > state.version) throw tooLargeVersion(version, state.version);
  if (options.continue !== '') {
    const token = decodeContinue(options.continue);
    if (token.version < collection.history.floor) throw expired(tokenTooOld);
    return { ...token, objects: collection.objectsAt(token.version, request.namespace) };
  }
  // A limit with a version is a page of exactly that version, as etcd serves it.
  const isExact = match === 'Exact' || (match === undefined && options.limit > 0 && (version ?? 0) > 0);
  if (!isExact || version === undefined)
    return { version: state.version, objects: collection.objects(request.namespace) };
  if (version < collection.history.floor) throw expired(tooOld);
  return { version, objects: collection.objectsAt(version, request.namespace) };
}

/** Answers a watch. */
export function watchObjects(call: Call): Answer {
  const { resource, query, namespace, name } = call.request;
  const options = watchOptions(query, resource);
  const place = {
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
  const selects = selection({ resource, ...options, ...place });
  return { is: 'watch', watch: openWatch({ state: call.state, resource, options, selects }) };
}
