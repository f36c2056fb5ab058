/** What a controller can do to the server: requests as anybody could make them, and what follows from their answers. */
import type { Status } from '@virtual-kubelet/kubernetes';
import type { Json } from '../store/json.js';
import type { StoredMeta, StoredObject } from '../store/object.js';
import type { OwnRequest } from '../store/own-requests.js';

/** One request of a controller. */
export interface Write {
  readonly request: OwnRequest;
  /** Reasons of refusals that mean there is nothing left to do, such as `NotFound` for a removal. */
  readonly tolerates?: readonly string[];
  /** Writes that follow a success. */
  readonly done?: (object: StoredObject) => readonly Write[];
  /** Writes that follow a refusal, before the key is given back for another try. */
  readonly refused?: (status: Status) => readonly Write[];
}

/** An object with the parts that say where it is. */
export interface Addressed {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Pick<StoredMeta, 'name' | 'namespace' | 'uid' | 'resourceVersion'>;
}

/** Where an object is served. */
function targetOf(object: Addressed): Pick<OwnRequest, 'apiVersion' | 'resource' | 'namespace' | 'name'> {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace } = metadata;
  return { apiVersion, resource: kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** A new object. The body needs apiVersion, kind and metadata. */
export function createWrite(body: Json & { readonly apiVersion: string; readonly kind: string }): Write {
  const metadata = body.metadata as { readonly namespace?: string };
  const { namespace } = metadata;
  const { resource, apiVersion } = targetOf({ ...body, metadata: { name: '', uid: '', resourceVersion: '' } });
  const place = namespace === undefined ? {} : { namespace };
  return { request: { verb: 'create', apiVersion, resource, body, ...place } };
}

/** A new status for an object, as a whole. */
export function statusWrite(object: Addressed, status: object): Write {
  const body = { ...(object as unknown as Json), status };
  return { request: { verb: 'update', ...targetOf(object), subresource: 'status', body } };
}

/** A whole new form of an object; refused where it has changed. */
export function updateWrite(object: Addressed, changes: Json, subresource?: string): Write {
  const body = { ...(object as unknown as Json), ...changes };
  const part = subresource === undefined ? {} : { subresource };
  return { request: { verb: 'update', ...targetOf(object), body, ...part } };
}

/** Some fields of an object, by JSON merge patch. Nothing happens where it is gone. */
export function patchWrite(object: Addressed, body: Json, subresource?: string): Write {
  const part = subresource === undefined ? {} : { subresource };
  return {
    request: { verb: 'patch', patchType: 'merge', ...targetOf(object), body, ...part },
    tolerates: ['NotFound'],
  };
}

/** How to remove an object. */
export interface RemoveOptions {
  readonly grace?: number;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
}

/** The removal of this very object: another one with the same name stays. */
export function removeWrite(object: Addressed, options: RemoveOptions = {}): Write {
  const { grace, propagation } = options;
  const body = {
    preconditions: { uid: object.metadata.uid },
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
  };
  return { request: { verb: 'delete', ...targetOf(object), body }, tolerates: ['NotFound', 'Conflict'] };
}
