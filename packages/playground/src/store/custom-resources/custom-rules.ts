/** The rules of a version of a custom kind. */
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '@virtual-kubelet/kubernetes';
import { deepEqual } from '@virtual-kubelet/kubernetes';
import type { FieldError } from '../field-error.js';
import { at, field } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { withFields, withMeta } from '../object.js';
import type { KindRules } from '../rules/kind-rules.js';
import { customScale } from './custom-scale.js';
import { simplePath } from './json-path.js';
import { defaulted, pruned } from './shape-value.js';
import type { StructuralSchema } from './structural-schema.js';
import { versionSchema } from './structural-schema.js';
import { valueErrors } from './validate-value.js';

/** The rules of a version. Objects are kept in the version that the definition says. */
export function customRules(definition: CustomResourceDefinition, version: CustomResourceDefinitionVersion): KindRules {
  const { versions, group } = definition.spec;
  const kept = versions.find(({ storage }) => storage) ?? version;
  const schema = versionSchema(version);
  const storedSchema = kept === version ? schema : versionSchema(kept);
  const { status, scale } = version.subresources ?? {};
  const validate = (draft: DraftObject): readonly FieldError[] => valueErrors(draft, schema);
  return {
    hasGeneration: true,
    takesAnyFinalizer: true,
    countsStatus: status === undefined,
    allowsUnconditionalUpdate: false,
    validate,
    validateStatus: validate,
    updateStatus: statusAlone,
    fields: new Map((version.selectableFields ?? []).map(({ jsonPath }) => selectable(jsonPath))),
    subresources: scale === undefined ? {} : { scale: customScale(scale, validate) },
    toStored: (draft) => withVersion(draft, `${group}/${kept.name}`),
    beforeStored: (draft) => (kept === version ? draft : shaped(draft, storedSchema)),
    fromStored: served({ apiVersion: `${group}/${version.name}`, schema, storedSchema }),
  };
}

function withVersion<T extends DraftObject>(object: T, apiVersion: string): T {
  return object.apiVersion === apiVersion ? object : withFields(object, { apiVersion });
}

/** The same object where the schema knows all of it. */
function shaped<T extends DraftObject>(object: T, schema: StructuralSchema): T {
  const unknown: string[] = [];
  const made = pruned(object, schema, unknown);
  return (unknown.length === 0 ? object : made) as T;
}

/** Of the metadata only who owns what is the writer's to change. */
function statusAlone(draft: DraftObject, old: StoredObject): DraftObject {
  const { managedFields } = draft.metadata;
  return withMeta(withFields(old as DraftObject, { status: field(draft, 'status') }), { managedFields });
}

function selectable(jsonPath: string): readonly [string, (object: StoredObject) => string] {
  const path = simplePath(jsonPath);
  return [
    path.join('.'),
    (object) => {
      const found = at(object, ...path);
      if (found === undefined || found === null) return '';
      return typeof found === 'string' ? found : JSON.stringify(found);
    },
  ];
}

interface View {
  readonly apiVersion: string;
  readonly schema: StructuralSchema;
  readonly storedSchema: StructuralSchema;
}

/** What is kept may be older than the schema: defaults are filled, and what the version does not have is not shown. */
function served({ apiVersion, schema, storedSchema }: View): (object: StoredObject) => StoredObject {
  const known = new WeakMap<StoredObject, StoredObject>();
  return (object) => {
    const found = known.get(object);
    if (found !== undefined) return found;
    const filled = defaulted(shaped(object, storedSchema), storedSchema);
    const shown = shaped(withVersion(filled as StoredObject, apiVersion), schema);
    const made = deepEqual(shown, object) ? object : shown;
    known.set(object, made);
    return made;
  };
}
