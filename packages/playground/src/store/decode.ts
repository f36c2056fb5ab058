/** From the body of a write to an object: right kind, right place. */
import { parseApiVersion } from '@virtual-kubelet/kubernetes';
import type { Call } from './call.js';
import { invalidValue } from './field-error.js';
import type { ObjectForm } from './form.js';
import { formOf } from './form.js';
import type { Json } from './json.js';
import { isJson, json, text } from './json.js';
import type { DraftObject } from './object.js';
import { withMeta } from './object.js';
import type { Refusal } from './refusal.js';
import { badRequest, invalid } from './refusal.js';
import type { ResourceRequest } from './request.js';
import type { Normalised } from './schema.js';
import { SchemaError } from './schema.js';

/** A kind that a body must have. */
export interface ExpectedKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** Nothing else tells what the object is. @default false */
  readonly isCustom?: boolean;
}

/** Reads a body as an object of a kind; most kinds and apiVersions may be left out. Throws a Refusal. */
export function decodeObject(body: unknown, expected: ExpectedKind): DraftObject {
  const { kind, apiVersion } = expected;
  if (expected.isCustom === true) checkCustom(body, expected);
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

function checkCustom(body: unknown, { kind, apiVersion }: ExpectedKind): void {
  const found = text(body, 'kind');
  if (found === '') throw badRequest(`Object 'Kind' is missing in ${JSON.stringify(body)}`);
  if (found === kind || text(body, 'apiVersion') !== apiVersion) return;
  const { group } = parseApiVersion(apiVersion);
  const fault = invalidValue('kind', found, `must be ${kind}`);
  throw invalid({ group, name: '', kind: found }, text(body, 'metadata', 'name'), [fault]);
}

/** How unknown fields are taken. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** A draft in the form of its type, with what a client should be warned of. */
export interface Typed {
  readonly draft: DraftObject;
  readonly warnings: readonly string[];
}

/** Brings a draft into the form of its type; kinds without one stay as they are. Throws a Refusal. */
export function typed(call: Call, draft: DraftObject, validation: FieldValidation): Typed {
  return typedOr(formIn(call, draft), validation, (why) => cannotHandle(draft, why));
}

/** As {@link typed}, for what a patch made: the patch is at fault then. */
export function typedPatch(call: Call, draft: DraftObject, validation: FieldValidation): Typed {
  const none = { group: '', name: '', kind: '' };
  return typedOr(formIn(call, draft), validation, (why) =>
    invalid(none, '', [invalidValue('patch', JSON.stringify(draft), why)]),
  );
}

interface Formed {
  readonly draft: DraftObject;
  readonly form: ObjectForm | undefined;
}

function formIn(call: Call, draft: DraftObject): Formed {
  return { draft, form: formOf(call.request.resource, draft) };
}

function typedOr({ draft, form }: Formed, validation: FieldValidation, refusal: (why: string) => Refusal): Typed {
  if (form === undefined) return { draft, warnings: [] };
  const { kind, apiVersion } = draft;
  const { object, unknown } = normalised(draft, form, refusal);
  const faults = unknown.map((path) => `unknown field ${quote(path)}`);
  if (faults.length > 0 && validation === 'Strict') throw refusal(`strict decoding error: ${faults.join(', ')}`);
  const made = { ...object, kind, apiVersion, metadata: json(object, 'metadata') };
  return { draft: made, warnings: validation === 'Warn' ? faults : [] };
}

function normalised(draft: DraftObject, form: ObjectForm, refusal: (why: string) => Refusal): Normalised {
  try {
    return form.normalise(draft);
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
