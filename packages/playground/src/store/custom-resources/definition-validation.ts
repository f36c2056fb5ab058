/** What is wrong with a definition (apiextensions-apiserver:pkg/apis/apiextensions/validation). */
import { isDnsLabel, isDnsSubdomain, semanticEqual } from '@virtual-kubelet/kubernetes';
import { conditionOf } from '../conditions.js';
import type { Condition } from '../conditions.js';
import type { FieldError } from '../field-error.js';
import { invalidValue, required } from '../field-error.js';
import type { Json } from '../json.js';
import { at, field, isJson, json, list, text, texts } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { given, labelFault, oneOf, unique } from '../rules/check.js';
import { isColumnPath, columnTypes } from './printer-columns.js';
import { isSimplePath } from './json-path.js';
import { schemaErrors } from './structural-rules.js';

type Errors = readonly FieldError[];

/** What is wrong with a definition. */
export function definitionErrors(draft: DraftObject): Errors {
  const [group, plural] = [text(draft, 'spec', 'group'), text(draft, 'spec', 'names', 'plural')];
  const { name = '' } = draft.metadata;
  const isNamed = name === `${plural}.${group}`;
  return [
    ...(isNamed ? [] : [invalidValue('metadata.name', name, `must be spec.names.plural+"."+spec.group`)]),
    ...groupErrors(draft, group),
    ...given('spec.scope', text(draft, 'spec', 'scope')),
    ...oneOf('spec.scope', text(draft, 'spec', 'scope') || undefined, ['Cluster', 'Namespaced']),
    ...nameErrors(json(draft, 'spec', 'names')),
    ...oneOf('spec.conversion.strategy', at(draft, 'spec', 'conversion', 'strategy'), ['None', 'Webhook']),
    ...(at(draft, 'spec', 'preserveUnknownFields') === true
      ? [
          invalidValue(
            'spec.preserveUnknownFields',
            true,
            'cannot set to true, set x-kubernetes-preserve-unknown-fields in the schema instead',
          ),
        ]
      : []),
    ...versionsErrors(list(draft, 'spec', 'versions')),
    ...storedErrors(draft),
  ];
}

function groupErrors(draft: DraftObject, group: string): Errors {
  if (group === '') return [required('spec.group')];
  if (!isDnsSubdomain(group) || !group.includes('.'))
    return [invalidValue('spec.group', group, 'should be a domain with at least one dot')];
  const isProtected = /(^|\.)(k8s|kubernetes)\.io$/.test(group);
  const approved = draft.metadata.annotations?.['api-approved.kubernetes.io'] ?? '';
  if (!isProtected || approved !== '') return [];
  return [required('metadata.annotations[api-approved.kubernetes.io]', 'protected groups must have an approval')];
}

function nameErrors(names: Json): Errors {
  const path = 'spec.names';
  const words: readonly (readonly [string, string])[] = [
    ['plural', text(names, 'plural')],
    ['singular', text(names, 'singular')],
    ['kind', text(names, 'kind').toLowerCase()],
    ['listKind', text(names, 'listKind').toLowerCase()],
    ...texts(names, 'shortNames').map((one, index) => [`shortNames[${index}]`, one] as const),
    ...texts(names, 'categories').map((one, index) => [`categories[${index}]`, one] as const),
  ];
  const isSame = text(names, 'kind') !== '' && text(names, 'kind') === text(names, 'listKind');
  return [
    ...words.flatMap(([name, word]) => {
      if (word === '') return [required(`${path}.${name}`)];
      return isDnsLabel(word) ? [] : [invalidValue(`${path}.${name}`, word, labelFault)];
    }),
    ...(isSame
      ? [invalidValue(`${path}.listKind`, text(names, 'listKind'), 'kind and listKind may not be the same')]
      : []),
  ];
}

function versionsErrors(versions: readonly unknown[]): Errors {
  const path = 'spec.versions';
  const seen = new Set<string>();
  const kept = versions.filter((one) => field(one, 'storage') === true);
  return [
    ...versions.flatMap((one, index) => [
      ...versionErrors(one, `${path}[${index}]`),
      ...unique(`${path}[${index}].name`, text(one, 'name'), seen),
    ]),
    ...(kept.length === 1
      ? []
      : [
          invalidValue(
            path,
            versions.map((one) => text(one, 'name')),
            'must have exactly one version marked as storage version',
          ),
        ]),
  ];
}

function versionErrors(version: unknown, path: string): Errors {
  const name = text(version, 'name');
  const schema = at(version, 'schema', 'openAPIV3Schema');
  return [
    ...(isDnsLabel(name) ? [] : [invalidValue(`${path}.name`, name, labelFault)]),
    ...(isJson(schema)
      ? schemaErrors(schema, `${path}.schema.openAPIV3Schema`)
      : [required(`${path}.schema.openAPIV3Schema`, 'schemas are required')]),
    ...list(version, 'additionalPrinterColumns').flatMap((one, index) =>
      columnErrors(one, `${path}.additionalPrinterColumns[${index}]`),
    ),
    ...list(version, 'selectableFields').flatMap((one, index) =>
      pathErrors(text(one, 'jsonPath'), `${path}.selectableFields[${index}].jsonPath`),
    ),
    ...scaleErrors(at(version, 'subresources', 'scale'), `${path}.subresources.scale`),
  ];
}

function columnErrors(column: unknown, path: string): Errors {
  const [type, jsonPath] = [text(column, 'type'), text(column, 'jsonPath')];
  return [
    ...given(`${path}.name`, text(column, 'name')),
    ...(type === ''
      ? [required(`${path}.type`)]
      : columnTypes.includes(type)
        ? []
        : [invalidValue(`${path}.type`, type, `must be one of ${columnTypes.join(',')}`)]),
    ...(jsonPath === '' ? [required(`${path}.jsonPath`)] : []),
    ...(jsonPath === '' || (jsonPath.startsWith('.') && isColumnPath(jsonPath))
      ? []
      : [invalidValue(`${path}.jsonPath`, jsonPath, 'must be a simple json path starting with .')]),
  ];
}

function scaleErrors(scale: unknown, path: string): Errors {
  if (scale === undefined) return [];
  const selector = text(scale, 'labelSelectorPath');
  return [
    ...pathErrors(text(scale, 'specReplicasPath'), `${path}.specReplicasPath`, '.spec.'),
    ...pathErrors(text(scale, 'statusReplicasPath'), `${path}.statusReplicasPath`, '.status.'),
    ...(selector === '' ? [] : pathErrors(selector, `${path}.labelSelectorPath`)),
  ];
}

function pathErrors(jsonPath: string, path: string, start = '.'): Errors {
  if (jsonPath === '') return [required(path)];
  if (!isSimplePath(jsonPath)) return [invalidValue(path, jsonPath, 'is not a simple json path of fields')];
  return jsonPath.startsWith(start)
    ? []
    : [invalidValue(path, jsonPath, `should be a json path under ${start.slice(0, -1)}`)];
}

function storedErrors(draft: DraftObject): Errors {
  const versions = list(draft, 'spec', 'versions');
  const names = versions.map((one) => text(one, 'name'));
  const stored = texts(draft, 'status', 'storedVersions');
  const kept = text(
    versions.findLast((one) => field(one, 'storage') === true),
    'name',
  );
  return [
    ...(stored.includes(kept) ? [] : [invalidValue('status.storedVersions', stored, 'must have the storage version')]),
    ...stored.flatMap((one, index) => {
      const why = 'missing from spec.versions: objects may still be kept in it';
      return names.includes(one) ? [] : [invalidValue(`status.storedVersions[${index}]`, one, why)];
    }),
  ];
}

/** What is wrong with a change of a definition. */
export function definitionChangeErrors(draft: DraftObject, old: StoredObject): Errors {
  const conditions = list(old, 'status', 'conditions') as readonly Condition[];
  const isEstablished = conditionOf(conditions, 'Established')?.status === 'True';
  const fixed = [
    ['spec', 'group'],
    ['spec', 'names', 'plural'],
    ...(isEstablished
      ? [
          ['spec', 'scope'],
          ['spec', 'names', 'kind'],
        ]
      : []),
  ];
  return fixed
    .filter((path) => !semanticEqual(at(draft, ...path), at(old, ...path)))
    .map((path) => invalidValue(path.join('.'), at(draft, ...path), 'field is immutable'));
}
