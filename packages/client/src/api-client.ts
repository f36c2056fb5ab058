import { formatApiVersion } from '@virtual-kubelet/kubernetes';
import type {
  ApiClient,
  ApiObject,
  DeleteOptions,
  ListOptions,
  ObjectList,
  ObjectName,
  PatchOptions,
  Resource,
} from './api.js';
import { createCaller, parseAnswer } from './call.js';
import type { Call, CallerOptions } from './call.js';
import { clientError } from './errors.js';
import { dropManagedFields } from './managed-fields.js';
import { readObjectPrefix } from './object-prefix.js';
import { patchRequest } from './patch-request.js';
import { collectionPath, queryString, resourcePath } from './resource-path.js';

/** What {@link createApiClient} needs. */
export type ApiClientOptions = CallerOptions;

/** Makes servers answer with metadata only; those that cannot answer with the whole. */
const metadataOnly = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';

function nameOf(object: ApiObject, resource: Resource<ApiObject>): ObjectName {
  const { namespace, name } = object.metadata ?? {};
  if (name === undefined) throw new TypeError(`a ${resource.kind} without a name cannot be replaced`);
  return { name, ...(namespace === undefined ? {} : { namespace }) };
}

function creationPath(resource: Resource<ApiObject>, object: ApiObject): string {
  const namespace = object.metadata?.namespace;
  if (resource.namespaced && namespace === undefined)
    throw new TypeError(`a ${resource.kind} cannot be created without a namespace`);
  return collectionPath(resource, namespace);
}

function kindName(resource: Resource<ApiObject>, subresource?: string): string {
  return subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
}

function listCall(resource: Resource<ApiObject>, options: ListOptions): Call {
  const { namespace, labelSelector, fieldSelector, limit, resourceVersion } = options;
  const page = { limit, continue: options.continue, resourceVersion };
  const query = queryString({ labelSelector, fieldSelector, ...page });
  const path = `${collectionPath(resource, namespace)}${query}`;
  return { verb: 'list', resource: resource.plural, path, repeatable: true, options };
}

interface ListAnswer {
  readonly metadata?: { readonly resourceVersion?: unknown; readonly continue?: unknown } | null;
  readonly items?: unknown;
}

/** Items of a list do not say what they are; those of a watch do. Cached objects must not depend on the way they came. */
function completeItems(items: readonly unknown[], resource: Resource<ApiObject>): readonly unknown[] {
  const apiVersion = formatApiVersion(resource);
  for (const item of items as { kind?: string; apiVersion?: string }[]) {
    dropManagedFields(item);
    item.kind ??= resource.kind;
    item.apiVersion ??= apiVersion;
  }
  return items;
}

function readList<T>(answer: unknown, call: Call, resource: Resource<ApiObject>): ObjectList<T> {
  const { metadata, items } = (answer ?? {}) as ListAnswer;
  const version = metadata?.resourceVersion;
  const isList = Array.isArray(items) || items === null;
  if (!isList || typeof version !== 'string' || version === '')
    throw clientError('VK_API_MALFORMED', { call: `${call.verb} ${call.resource}` });
  const token = metadata?.continue;
  return {
    items: completeItems((items as readonly unknown[] | null) ?? [], resource) as readonly T[],
    resourceVersion: version,
    ...(typeof token === 'string' && token !== '' ? { continue: token } : {}),
  };
}

function patchCall(resource: Resource<ApiObject>, name: ObjectName, options: PatchOptions): Call {
  const { query, contentType, body, repeatable } = patchRequest(options.patch);
  const path = `${resourcePath(resource, name, options.subresource)}${query}`;
  const kind = kindName(resource, options.subresource);
  return { verb: 'patch', resource: kind, path, contentType, body, repeatable, options };
}

/** Parameters instead of a body: some connections do not survive a DELETE that has one. */
function deleteCall(resource: Resource<ApiObject>, name: ObjectName, options: DeleteOptions): Call {
  const { uid, gracePeriodSeconds } = options;
  return {
    verb: 'delete',
    resource: resource.plural,
    path: `${resourcePath(resource, name)}${queryString({ gracePeriodSeconds, uid })}`,
    accept: metadataOnly,
    repeatable: uid !== undefined,
    options,
  };
}

/** The version in an answer of metadata, from its first bytes where possible. */
function readVersion(body: Uint8Array, call: Call): string {
  const prefix = readObjectPrefix(body);
  if (prefix) return prefix.resourceVersion;
  const { metadata } = (parseAnswer(body, call) ?? {}) as ApiObject;
  if (metadata?.resourceVersion === undefined)
    throw clientError('VK_API_MALFORMED', { call: `${call.verb} ${call.resource}` });
  return metadata.resourceVersion;
}

/** Makes an {@link ApiClient} that talks through a transport. It keeps no state and no connections of its own. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const call = createCaller(options);
  const parsed = async <T>(request: Call): Promise<T> => parseAnswer(await call(request), request) as T;

  return {
    async get(resource, name, at = {}) {
      return parsed({
        verb: 'get',
        resource: kindName(resource, at.subresource),
        path: resourcePath(resource, name, at.subresource),
        repeatable: true,
        options: at,
      });
    },

    async list(resource, at = {}) {
      const request = listCall(resource, at);
      return readList(await parsed(request), request, resource);
    },

    async create(resource, object, at) {
      const body = JSON.stringify(object);
      const path = creationPath(resource, object);
      return parsed({ verb: 'create', resource: resource.plural, path, body, repeatable: false, options: at });
    },

    async createSubresource(resource, name, at) {
      return parsed({
        verb: 'create',
        resource: kindName(resource, at.subresource),
        path: resourcePath(resource, name, at.subresource),
        body: JSON.stringify(at.body),
        repeatable: false,
        options: at,
      });
    },

    async replace(resource, object, at = {}) {
      return parsed({
        verb: 'update',
        resource: kindName(resource, at.subresource),
        path: resourcePath(resource, nameOf(object, resource), at.subresource),
        body: JSON.stringify(object),
        repeatable: false,
        options: at,
      });
    },

    async patch(resource, name, at) {
      return parsed(patchCall(resource, name, at));
    },

    async patchQuietly(resource, name, at) {
      const request = { accept: metadataOnly, ...patchCall(resource, name, at) };
      return { resourceVersion: readVersion(await call(request), request) };
    },

    async delete(resource, name, at = {}) {
      await call(deleteCall(resource, name, at));
    },
  };
}
