import { apiPath } from '@virtual-kubelet/kubernetes';
import type { ApiObject, ObjectName, Resource } from './api.js';

/** Path of all objects of a kind, in one namespace or (without one) in all. */
export function collectionPath(resource: Resource<ApiObject>, namespace?: string): string {
  const { group, version, plural } = resource;
  const scope = resource.namespaced && namespace !== undefined ? { namespace } : {};
  return apiPath({ group, version, resource: plural, ...scope });
}

/** Path of one object or of one of its subresources. A namespaced kind needs a namespace. */
export function resourcePath(resource: Resource<ApiObject>, where: ObjectName, subresource?: string): string {
  const { group, version, plural, namespaced } = resource;
  if (namespaced && where.namespace === undefined) throw new TypeError(`${plural} "${where.name}" needs a namespace`);
  return apiPath({
    group,
    version,
    resource: plural,
    name: where.name,
    ...(namespaced && where.namespace !== undefined ? { namespace: where.namespace } : {}),
    ...(subresource === undefined ? {} : { subresource }),
  });
}

/** A query string with its question mark, or nothing. Absent values are left out. */
export function queryString(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const pairs = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
