/** Definitions of custom resources as what they define: resources like those of the API, with form, rules and columns. */
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '@virtual-kubelet/kubernetes';
import type { ApiSubresource } from '@virtual-kubelet/kubernetes/internal';
import type { StoredObject } from '../object.js';
import type { ServedResource } from '../resource.js';
import { conditionOf } from '../conditions.js';
import { customRules } from './custom-rules.js';
import { isEstablished } from './names.js';
import { printerColumns } from './printer-columns.js';
import { schemaForm } from './schema-form.js';
import { versionSchema } from './structural-schema.js';
import { compareVersions } from './versions.js';

/** Where definitions are kept. */
export const definitionStorage = 'apiextensions.k8s.io/customresourcedefinitions';

/** Definitions do not change, they are replaced: each is read once. */
const known = new WeakMap<StoredObject, readonly ServedResource[]>();

/** The resources that definitions define, by group, each in the order of its versions. */
export function customResourcesOf(definitions: readonly StoredObject[]): readonly ServedResource[] {
  return definitions
    .flatMap((object) => {
      const found = known.get(object) ?? resourcesOf(object as unknown as CustomResourceDefinition);
      known.set(object, found);
      return found;
    })
    .toSorted((a, b) => (a.group === b.group ? 0 : a.group < b.group ? -1 : 1));
}

function resourcesOf(definition: CustomResourceDefinition): readonly ServedResource[] {
  if (!isEstablished(definition)) return [];
  return definition.spec.versions
    .filter(({ served }) => served)
    .toSorted((a, b) => compareVersions(a.name, b.name))
    .map((version) => resourceOf(definition, version));
}

const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'] as const;
const endingVerbs = ['delete', 'deletecollection', 'get', 'list', 'watch'] as const;

function resourceOf(definition: CustomResourceDefinition, version: CustomResourceDefinitionVersion): ServedResource {
  const { group, scope, names: asked } = definition.spec;
  const {
    plural,
    kind,
    singular = '',
    listKind = '',
    shortNames = [],
    categories = [],
  } = definition.status?.acceptedNames ?? asked;
  const isEnding = conditionOf(definition.status?.conditions, 'Terminating')?.status === 'True';
  return {
    group,
    version: version.name,
    apiVersion: `${group}/${version.name}`,
    name: plural,
    singularName: singular,
    kind,
    listKind,
    isCustom: true,
    namespaced: scope === 'Namespaced',
    verbs: isEnding ? endingVerbs : verbs,
    shortNames,
    categories,
    subresources: subresourcesOf(version, { group, kind }),
    storage: `${group}/${plural}`,
    form: schemaForm(schemaName(group, version.name, kind), versionSchema(version)),
    rules: customRules(definition, version),
    ...(version.deprecated === true ? { deprecation: deprecationOf(version, { group, kind }) } : {}),
    columns: printerColumns(version.additionalPrinterColumns ?? []),
  };
}

function deprecationOf(
  { name, deprecationWarning }: CustomResourceDefinitionVersion,
  { group, kind }: { readonly group: string; readonly kind: string },
): string {
  return deprecationWarning ?? `${group}/${name} ${kind} is deprecated`;
}

/** `com.example.v1.Widget`: no type of the API is called so. */
function schemaName(group: string, version: string, kind: string): string {
  return [...group.split('.').toReversed(), version, kind].join('.');
}

const viewVerbs = ['get', 'patch', 'update'] as const;

function subresourcesOf(
  { name, subresources }: CustomResourceDefinitionVersion,
  { group, kind }: { readonly group: string; readonly kind: string },
): readonly ApiSubresource[] {
  const status = { name: 'status', group, version: name, kind, verbs: viewVerbs };
  const scale = { name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: viewVerbs };
  return [
    ...(subresources?.status === undefined ? [] : [status]),
    ...(subresources?.scale === undefined ? [] : [scale]),
  ];
}
