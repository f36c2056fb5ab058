/** The schemas of what a server serves. */
import type { Json } from '../json.js';
import type { ServedResource } from '../resource.js';
import type { ReferencePrefix } from './type-schemas.js';

/** The schemas of all types that some resources lead to, by name. */
export function schemasOf(resources: readonly ServedResource[], prefix: ReferencePrefix): Json {
  const kinds = new Map<string, Json[]>();
  const schemas = new Map<string, Json>();
  for (const { form, group, version, kind } of resources) {
    if (form === undefined) continue;
    kinds.set(form.name, [...(kinds.get(form.name) ?? []), { group, version, kind }]);
    for (const [name, schema] of form.schemas(prefix)) schemas.set(name, schema);
  }
  const names = [...schemas.keys()].toSorted();
  return Object.fromEntries(
    names.map((name) => {
      const own = kinds.get(name);
      const extension = own === undefined ? {} : { 'x-kubernetes-group-version-kind': own };
      return [name, { ...schemas.get(name), ...extension }];
    }),
  );
}
