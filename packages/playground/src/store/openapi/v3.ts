/**
 * OpenAPI v3, one document for each group version. What PATCH takes is left out on purpose: clients that find it compute
 * patches from the schemas instead of their own types.
 */
import type { Json } from '../json.js';
import type { ServedResource } from '../resource.js';
import type { Operation, ResourcePath } from './paths.js';
import { kindExtension, parameterTypes, pathParameters, pathsOf } from './paths.js';
import { schemasOf } from './schemas.js';

/** Names of the documents: `api/v1`, `apis/apps/v1`. */
export function documentNames(resources: readonly ServedResource[]): readonly string[] {
  return [...new Set(resources.map(({ apiVersion }) => nameOf(apiVersion)))];
}

function nameOf(apiVersion: string): string {
  return `${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}`;
}

/** The list of documents. */
export function documentIndex(resources: readonly ServedResource[]): Json {
  const entries = documentNames(resources).map((name) => [name, { serverRelativeURL: `/openapi/v3/${name}` }]);
  return { paths: Object.fromEntries(entries) };
}

/** The document of a group version. */
export function groupVersionDocument(all: readonly ServedResource[], name: string): Json {
  const resources = all.filter(({ apiVersion }) => nameOf(apiVersion) === name);
  const paths = resources.flatMap(pathsOf);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.37.2+playground' },
    paths: Object.fromEntries(paths.map((path) => [path.path, pathItem(path)])),
    components: { schemas: schemasOf(resources, '#/components/schemas/') },
  };
}

function pathItem(path: ResourcePath): Json {
  const parameters = pathParameters(path.path).map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  return {
    ...Object.fromEntries(path.operations.map((operation) => [operation.method, operationOf(path, operation)])),
    ...(parameters.length === 0 ? {} : { parameters }),
  };
}

function operationOf({ resource, type }: ResourcePath, operation: Operation): Json {
  const schema = type === undefined ? { type: 'object' } : { $ref: `#/components/schemas/${type}` };
  const content = { 'application/json': { schema } };
  const takesBody = operation.method === 'post' || operation.method === 'put';
  const isObject = operation.action !== 'list' && operation.action !== 'deletecollection';
  return {
    parameters: operation.parameters.map((name) => ({
      name,
      in: 'query',
      schema: { type: parameterTypes.get(name) ?? 'string' },
    })),
    ...(takesBody ? { requestBody: { required: true, content } } : {}),
    responses: { '200': { description: 'OK', ...(isObject ? { content } : {}) } },
    'x-kubernetes-action': operation.action,
    ...kindExtension(resource),
  };
}
