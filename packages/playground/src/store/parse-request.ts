/** Reads requests from what HTTP carries: the path, the verb, the body. */
import { badRequest, methodNotAllowed, noSuchPath, notFound, unsupportedPatchType } from './refusal.js';
import { mediaType, parseBody } from './parse-body.js';
import { representationOf } from './representation.js';
import type { ApiRequest, HttpMessage, PatchType, Query, ResourceRequest, Verb } from './request.js';
import { isTrue } from './request.js';
import type { ServedResource } from './resource.js';
import type { Served } from './served.js';

const patchTypes: ReadonlyMap<string, PatchType> = new Map([
  ['application/json-patch+json', 'json'],
  ['application/merge-patch+json', 'merge'],
  ['application/strategic-merge-patch+json', 'strategic'],
  ['application/apply-patch+yaml', 'apply'],
]);

/** What a path names; `group` and `version` are not looked up yet. */
interface ResourcePath {
  readonly apiVersion: string;
  readonly namespace?: string;
  readonly resource: string;
  readonly name?: string;
  readonly subresource?: string;
  /** The legacy form `/api/v1/watch/...`. */
  readonly isWatch: boolean;
}

/** What reading a request needs beside it. */
export interface RequestParts {
  readonly served: Served;
  readonly readYaml?: ((text: string) => unknown) | undefined;
}

/** Reads a request. Throws a Refusal for what no resource can answer. */
export function parseRequest(message: HttpMessage, parts: RequestParts): ApiRequest {
  const mark = message.target.indexOf('?');
  const path = mark < 0 ? message.target : message.target.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : message.target.slice(mark + 1));
  const found = parsePath(path);
  if (found !== undefined) return { about: 'resource', request: resourceRequest(message, found, { ...parts, query }) };
  const { method, user } = message;
  const accept = message.headers['accept'] ?? '';
  return { about: 'path', request: { method, path, query, accept, user } };
}

interface Surroundings extends RequestParts {
  readonly query: Query;
}

function resourceRequest(message: HttpMessage, path: ResourcePath, around: Surroundings): ResourceRequest {
  const { query, served } = around;
  const resource = served.find(path.apiVersion, path.resource);
  if (resource === undefined) throw noSuchPath();
  const verb = verbOf(message.method, path, query);
  checkVerb(resource, verb, path);
  const { namespace, name, subresource } = path;
  if (isConnection(subresource)) return connectionRequest(message, { verb, resource, query, path });
  const patchType = verb === 'patch' ? patchTypeOf(message) : undefined;
  const body = parseBody(message, resource, around.readYaml);
  return {
    verb,
    resource,
    query,
    user: message.user,
    agent: agentOf(message.headers['user-agent'] ?? ''),
    representation: representationOf(message.headers['accept'] ?? ''),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
    ...(body === undefined ? {} : { body }),
    ...(patchType === undefined ? {} : { patchType }),
  };
}

/** Whether a subresource connects to something else, which alone understands bodies and the forms of answers. */
function isConnection(subresource = ''): boolean {
  return /^(attach|exec|log|portforward|proxy)($|\/)/.test(subresource);
}

type Connection = Pick<ResourceRequest, 'verb' | 'resource' | 'query'> & { readonly path: ResourcePath };

function connectionRequest({ target, user }: HttpMessage, { path, ...request }: Connection): ResourceRequest {
  const { namespace, name, subresource } = path;
  const passedOn = /\/proxy(?=$|[/?])(.*)$/.exec(target)?.[1];
  return {
    ...request,
    user,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
    ...(passedOn === undefined ? {} : { passedOn }),
  };
}

/** `kubectl/v1.37 (linux)` is `kubectl`. */
function agentOf(userAgent: string): string {
  return userAgent.split('/')[0]?.slice(0, 128) || 'unknown';
}

/** Undefined where the path is not that of a resource. */
function parsePath(path: string): ResourcePath | undefined {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const group = parts[0] === 'api' ? '' : parts[0] === 'apis' ? parts[1] : undefined;
  if (group === undefined) return undefined;
  const prefix = group === '' ? 2 : 3;
  const version = parts[prefix - 1];
  const isWatch = parts[prefix] === 'watch' && parts.length > prefix + 1;
  const rest = parts.slice(isWatch ? prefix + 1 : prefix);
  if (version === undefined || rest.length === 0) return undefined;
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return { apiVersion, isWatch, ...parseRest(rest) };
}

/** `/namespaces/x/pods/...` is in a namespace; `/namespaces/x`, `/namespaces/x/status` is one. */
function parseRest(rest: readonly string[]): Omit<ResourcePath, 'apiVersion' | 'isWatch'> {
  const [first = '', second, third = ''] = rest;
  const isNamespaced = first === 'namespaces' && rest.length > 2 && third !== 'status' && third !== 'finalize';
  const [resource = '', name, ...sub] = isNamespaced ? rest.slice(2) : rest;
  return {
    resource,
    ...(isNamespaced && second !== undefined ? { namespace: second } : {}),
    ...(name === undefined ? {} : { name }),
    ...(sub.length === 0 ? {} : { subresource: sub.join('/') }),
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badRequest(`the path has an invalid escape in ${JSON.stringify(part)}`);
  }
}

function verbOf(method: string, path: ResourcePath, query: Query): Verb {
  const isCollection = path.name === undefined;
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (path.isWatch || (isCollection && isTrue(query.get('watch')))) return 'watch';
      return isCollection ? 'list' : 'get';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return isCollection ? 'deletecollection' : 'delete';
    default:
      throw methodNotAllowed();
  }
}

/** A resource that does not offer a verb answers 405, one that is not there at this place 404. */
function checkVerb(resource: ServedResource, verb: Verb, path: ResourcePath): void {
  if (path.subresource !== undefined) return checkSubresource(resource, verb, path);
  const isAcrossNamespaces = resource.namespaced && path.namespace === undefined;
  if (!resource.namespaced && path.namespace !== undefined) throw noSuchPath();
  if (isAcrossNamespaces && path.name !== undefined) throw noSuchPath();
  if (verb === 'create' && path.name !== undefined) throw methodNotAllowed();
  if (isAcrossNamespaces && verb !== 'list' && verb !== 'watch') throw methodNotAllowed();
  const isWhole = path.name === undefined && (verb === 'update' || verb === 'patch');
  if (isWhole || !resource.verbs.includes(verb)) throw methodNotAllowed();
}

function checkSubresource(resource: ServedResource, verb: Verb, path: ResourcePath): void {
  const { subresource: name = '' } = path;
  const head = name.split('/')[0];
  const found = resource.subresources.find((each) => each.name === name || each.name === head);
  if (found === undefined || (found.name !== name && found.name !== 'proxy'))
    throw resource.isCustom === true ? notFound(resource, path.name ?? '') : noSuchPath();
  if (!found.verbs.includes(verb)) throw methodNotAllowed();
}

function patchTypeOf(message: HttpMessage): PatchType {
  const found = patchTypes.get(mediaType(message));
  if (found === undefined) throw unsupportedPatchType([...patchTypes.keys()]);
  return found;
}
