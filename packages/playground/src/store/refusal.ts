/** The ways the API server says no, each with the code, reason and message that clients tell apart. */
import type { Status, StatusCause, StatusDetails } from '@virtual-kubelet/kubernetes';
import { failureStatus } from '@virtual-kubelet/kubernetes';
import type { StatusReason } from '@virtual-kubelet/kubernetes';
import type { AccessAttributes } from './access-attributes.js';
import type { FieldError } from './field-error.js';
import { bodyOf } from './field-error.js';
import { quoted } from './quoted.js';

/** A request that was refused. Thrown by rules, caught where answers are made. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: Status;

  constructor(status: Status) {
    super(status.message);
    this.status = status;
  }
}

/** A resource as messages name it. */
export interface Qualified {
  readonly group: string;
  /** Plural. */
  readonly name: string;
  readonly kind: string;
}

function refusal(reason: StatusReason, message: string, more?: { details?: StatusDetails; code?: number }): Refusal {
  return new Refusal(failureStatus(reason, { message, ...more }));
}

/** `deployments.apps`, or `pods` in the core group. */
export function qualifiedResource(resource: Qualified): string {
  return resource.group === '' ? resource.name : `${resource.name}.${resource.group}`;
}

function qualifiedKind(resource: Qualified): string {
  return resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`;
}

/** Details as they name an object; empty parts are left out. */
export function detailsOf(resource: Qualified, name: string, more: StatusDetails = {}): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.name,
    ...more,
  };
}

/** 404: the object does not exist. */
export function notFound(resource: Qualified, name: string): Refusal {
  const message = `${qualifiedResource(resource)} ${quoted(name)} not found`;
  return refusal('NotFound', message, { details: detailsOf(resource, name) });
}

/** 404: nothing is served under this path. */
export function noSuchPath(): Refusal {
  return refusal('NotFound', 'the server could not find the requested resource', { details: {} });
}

/** 405: the path exists but not for this method. */
export function methodNotAllowed(): Refusal {
  const message = 'the server does not allow this method on the requested resource';
  return refusal('MethodNotAllowed', message, { details: {} });
}

/** 501: part of Kubernetes that this server leaves out. */
export function notImplemented(what: string): Refusal {
  const message = `the playground does not implement ${what}`;
  return new Refusal({ ...failureStatus('InternalError', { message, code: 501 }), reason: 'NotImplemented' });
}

/** 409: the name is taken. */
export function alreadyExists(resource: Qualified, name: string): Refusal {
  const message = `${qualifiedResource(resource)} ${quoted(name)} already exists`;
  return refusal('AlreadyExists', message, { details: detailsOf(resource, name) });
}

/** 409 with a reason in words. */
export function conflict(resource: Qualified, name: string, why: string): Refusal {
  const message = `Operation cannot be fulfilled on ${qualifiedResource(resource)} ${quoted(name)}: ${why}`;
  return refusal('Conflict', message, { details: detailsOf(resource, name) });
}

/** 409: somebody else wrote in between. */
export function modified(resource: Qualified, name: string): Refusal {
  const why = 'the object has been modified; please apply your changes to the latest version and try again';
  return conflict(resource, name, why);
}

/** 409: other managers own fields that server-side apply would change. */
export function applyConflict(message: string, causes: readonly StatusCause[]): Refusal {
  return refusal('Conflict', message, { details: { causes } });
}

/** 400. */
export function badRequest(message: string): Refusal {
  return refusal('BadRequest', message);
}

/** 500 in words of its own, for the few faults that upstream answers so. */
export function internalRefusal(message: string): Refusal {
  const { reason: _reason, ...status } = failureStatus('InternalError', { message });
  return new Refusal(status);
}

/** 500: what the server itself keeps is not as it needs it. */
export function internalError(why: string): Refusal {
  return refusal('InternalError', `Internal error occurred: ${why}`, { details: { causes: [{ message: why }] } });
}

/** A reason in words, and for programs. */
export interface Why {
  readonly why: string;
  readonly causes?: readonly StatusCause[];
}

/** 403 with a reason in words. */
export function forbidden(resource: Qualified, name: string, { why, causes }: Why): Refusal {
  const subject = name === '' ? qualifiedResource(resource) : `${qualifiedResource(resource)} ${quoted(name)}`;
  const details = detailsOf(resource, name, causes === undefined ? {} : { causes });
  return refusal('Forbidden', `${subject} is forbidden: ${why}`, { details });
}

/** 403: the user may not do this. */
export function accessDenied({ user, verb, path, resource }: AccessAttributes, reason: string | undefined): Refusal {
  const who = `User ${quoted(user.username)} cannot ${verb}`;
  const why = reason === undefined || reason === '' ? '' : `: ${reason}`;
  if (resource === undefined)
    return refusal('Forbidden', `forbidden: ${who} path ${quoted(path ?? '')}${why}`, { details: {} });
  const { group, resource: name, subresource, namespace, name: object } = resource;
  const what = subresource === '' ? name : `${name}/${subresource}`;
  const where = namespace === '' ? ' at the cluster scope' : ` in the namespace ${quoted(namespace)}`;
  const sentence = `${who} resource ${quoted(what)} in API group ${quoted(group)}${where}${why}`;
  return forbidden({ group, name, kind: '' }, object, { why: sentence });
}

/** 410: the version asked for is no longer known. */
export function expired(message: string): Refusal {
  return refusal('Expired', message);
}

/** 422: a patch that cannot be applied to the object, or not be read after that. */
export function patchRefused(message: string): Refusal {
  return refusal('Invalid', message, { details: {} });
}

/** 415: the type of a patch is none of those known. */
export function unsupportedPatchType(accepted: readonly string[]): Refusal {
  return refusal('UnsupportedMediaType', `415: patches are of one of the types ${accepted.join(', ')}`, {
    details: {},
  });
}

/** 415: the body's type is not understood. */
export function unsupportedMediaType(accepted: readonly string[]): Refusal {
  const types = accepted.join(', ');
  const message = `the body of the request was in an unknown format - accepted media types include: ${types}`;
  return refusal('UnsupportedMediaType', message);
}

/** 406: no acceptable way to answer. */
export function notAcceptable(accepted: readonly string[]): Refusal {
  const message = `only the following media types are accepted: ${accepted.join(', ')}`;
  return refusal('NotAcceptable', message);
}

/** 429: try again later; `seconds` also becomes the Retry-After header. */
export function tooManyRequests(message: string, details: StatusDetails): Refusal {
  return refusal('TooManyRequests', message, { details });
}

/** 504: the version asked for lies in the future. */
export function tooLargeVersion(asked: number, current: number): Refusal {
  const cause = { reason: 'ResourceVersionTooLarge', message: 'Too large resource version' };
  return refusal('Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    details: { causes: [cause], retryAfterSeconds: 1 },
  });
}

/** 422: fields are wrong. */
export function invalid(resource: Qualified, name: string, errors: readonly FieldError[]): Refusal {
  const messages = [...new Set(errors.map((error) => `${error.field}: ${bodyOf(error)}`))];
  const all = messages.length === 1 ? messages[0] : `[${messages.join(', ')}]`;
  return refusal('Invalid', `${qualifiedKind(resource)} ${quoted(name)} is invalid: ${all}`, {
    details: {
      ...(name === '' ? {} : { name }),
      ...(resource.group === '' ? {} : { group: resource.group }),
      ...(resource.kind === '' ? {} : { kind: resource.kind }),
      causes: errors.map((error) => ({
        reason: error.reason,
        message: bodyOf(error),
        field: error.field,
      })),
    },
  });
}
