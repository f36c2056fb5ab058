/** From the body of a write to an object: right kind, right place. */
import { typeOfKind } from '@virtual-kubelet/kubernetes/internal';
import { invalidValue } from './field-error.js';
import type { Json } from './json.js';
import { isJson, json, text } from './json.js';
import type { DraftObject } from './object.js';
import { withMeta } from './object.js';
import type { Refusal } from './refusal.js';
import { badRequest, invalid } from './refusal.js';
import type { ResourceRequest } from './request.js';
import { normalise, SchemaError } from './schema.js';

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

/** How unknown fields are taken. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** A draft in the form of its type, with what a client should be warned of. */
export interface Typed {
  readonly draft: DraftObject;
  readonly warnings: readonly string[];
}

/** Brings a draft into the form of its type; kinds without one stay as they are. Throws a Refusal. */
export function typed(draft: DraftObject, validation: FieldValidation): Typed {
  return typedOr(draft, validation, (why) => cannotHandle(draft, why));
}

/** As {@link typed}, for what a patch made: the patch is at fault then. */
export function typedPatch(draft: DraftObject, validation: FieldValidation): Typed {
  const none = { group: '', name: '', kind: '' };
  return typedOr(draft, validation, (why) => invalid(none, '', [invalidValue('patch', JSON.stringify(draft), why)]));
}

function typedOr(draft: DraftObject, validation: FieldValidation, refusal: (why: string) => Refusal): Typed {
  const { kind, apiVersion } = draft;
  const type = typeOfKind(apiVersion, kind);
  if (type === undefined) return { draft, warnings: [] };
  const { object, unknown } = normalised(draft, type, refusal);
  const faults = unknown.map((path) => `unknown field ${quote(path)}`);
  if (faults.length > 0 && validation === 'Strict') throw refusal(`strict decoding error: ${faults.join(', ')}`);
  const made = { ...object, kind, apiVersion, metadata: json(object, 'metadata') };
  return { draft: made, warnings: validation === 'Warn' ? faults : [] };
}

function normalised(draft: DraftObject, type: string, refusal: (why: string) => Refusal): ReturnType<typeof normalise> {
  try {
    return normalise(draft, type);
  } catch (error) {
    if (error instanceof SchemaError) throw refusal(error.message);
    throw error;
  }
}

function cannotHandle({ kind, apiVersion }: DraftObject, why: string): Refusal {
  return badRequest(`${kind} in version ${quote(apiVersion)} cannot be handled as a ${kind}: ${why}`);
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
