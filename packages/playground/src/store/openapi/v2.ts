/** OpenAPI v2: everything in one document, for older and for generic clients. */
import type { Json } from '../json.js';
import type { ServedResource } from '../resource.js';
import type { Operation, ResourcePath } from './paths.js';
import { kindExtension, parameterTypes, pathParameters, pathsOf } from './paths.js';
import { schemasOf } from './schemas.js';

/** The document in JSON. */
export function swaggerDocument(resources: readonly ServedResource[]): Json {
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: 'v1.37.2+playground' },
    paths: Object.fromEntries(resources.flatMap(pathsOf).map((path) => [path.path, pathItem(path)])),
    definitions: schemasOf(resources, '#/definitions/'),
  };
}

function pathItem(path: ResourcePath): Json {
  const parameters = pathParameters(path.path).map((name) => ({ name, in: 'path', required: true, type: 'string' }));
  return {
    ...Object.fromEntries(path.operations.map((operation) => [operation.method, operationOf(path, operation)])),
    ...(parameters.length === 0 ? {} : { parameters }),
  };
}

function operationOf({ resource, type }: ResourcePath, operation: Operation): Json {
  const schema = type === undefined ? { type: 'object' } : { $ref: `#/definitions/${type}` };
  const takesBody = operation.method === 'post' || operation.method === 'put';
  const isObject = operation.action !== 'list' && operation.action !== 'deletecollection';
  const query = operation.parameters.map((name) => ({
    name,
    in: 'query',
    type: parameterTypes.get(name) ?? 'string',
  }));
  return {
    consumes: ['application/json'],
    produces: ['application/json'],
    parameters: [...(takesBody ? [{ name: 'body', in: 'body', required: true, schema }] : []), ...query],
    responses: { '200': { description: 'OK', ...(isObject ? { schema } : {}) } },
    'x-kubernetes-action': operation.action,
    ...kindExtension(resource),
  };
}
