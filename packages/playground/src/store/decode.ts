/** From the body of a write to an object: right kind, right place. */
import { isJson, text } from './json.js';
import type { Json } from './json.js';
import type { DraftObject } from './object.js';
import { withMeta } from './object.js';
import { badRequest } from './refusal.js';
import type { ResourceRequest } from './request.js';

/** A kind that a body must have. */
export interface ExpectedKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Reads a body as an object of a kind; kind and apiVersion may be left out. Throws a Refusal. */
export function decodeObject(body: unknown, expected: ExpectedKind): DraftObject {
  const { kind, apiVersion } = expected;
  if (!isJson(body)) throw badRequest(`the object provided is unrecognized (must be of type ${kind}): not an object`);
  const found = { kind: text(body, 'kind') || kind, apiVersion: text(body, 'apiVersion') || apiVersion };
  if (found.kind !== kind || found.apiVersion !== apiVersion)
    throw badRequest(`${found.kind} in version ${quote(found.apiVersion)} cannot be handled as a ${kind}`);
  const { metadata } = body;
  if (metadata !== undefined && metadata !== null && !isJson(metadata))
    throw badRequest(
      `${kind} in version ${quote(apiVersion)} cannot be handled as a ${kind}: metadata is not an object`,
    );
  return { ...body, kind, apiVersion, metadata: metadata ?? {} };
}

function quote(value: string): string {
  return JSON.stringify(value);
}

/** Puts an object where the path says; a namespace of its own must be the same. Throws a Refusal. */
export function placed(draft: DraftObject, request: ResourceRequest): DraftObject {
  const { namespace, resource } = request;
  const own = draft.metadata.namespace ?? '';
  if (!resource.namespaced) return own === '' ? draft : withMeta(draft, { namespace: undefined });
  if (own !== '' && own !== namespace && namespace !== undefined)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  return own === namespace ? draft : withMeta(draft, { namespace: namespace ?? own });
}

/** Takes the name from the path; a name of its own must be the same. Throws a Refusal. */
export function named(draft: DraftObject, name: string): DraftObject {
  const own = draft.metadata.name ?? '';
  if (own === name) return draft;
  if (own === '') throw badRequest('name must be provided');
  throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`);
}

/** A body that must be a JSON object of any kind. Throws a Refusal. */
export function decodeBody(body: unknown): Json {
  if (isJson(body)) return body;
  throw badRequest('the body of the request is not an object');
}
