/** What is wrong with the schema of a definition (apiextensions-apiserver:pkg/apiserver/schema). */
import type { FieldError } from '../field-error.js';
import { forbiddenField, invalidValue, required, unsupportedValue } from '../field-error.js';
import { below } from '../field-path.js';
import type { Json } from '../json.js';
import { field, isJson, json, list, text, texts } from '../json.js';
import { pruned } from './shape-value.js';
import { regularExpression } from './regular-expression.js';
import { structuralSchema } from './structural-schema.js';
import { valueErrors } from './validate-value.js';

type Errors = readonly FieldError[];

/** What is wrong with the schema of whole objects. */
export function schemaErrors(schema: Json, path: string): Errors {
  const ofType =
    text(schema, 'type') === 'object'
      ? []
      : [invalidValue(`${path}.type`, schema['type'], 'must be object at the root')];
  const nullable =
    schema['nullable'] === true ? [forbiddenField(`${path}.nullable`, 'nullable cannot be true at the root')] : [];
  return [
    ...(text(schema, 'type') === '' ? [required(`${path}.type`, 'must not be empty at the root')] : ofType),
    ...nullable,
    ...metadataErrors(schema, path),
    ...nodeErrors(schema, path),
  ];
}

/** Of metadata only the name can be restricted. */
function metadataErrors(schema: Json, path: string): Errors {
  const names = Object.keys(json(schema, 'properties', 'metadata', 'properties'));
  return names
    .filter((name) => name !== 'name' && name !== 'generateName')
    .map(() =>
      forbiddenField(
        `${path}.properties[metadata]`,
        'must not specify anything other than name and generateName, but metadata is implicitly specified',
      ),
    );
}

const types: readonly string[] = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const refused: readonly string[] = [
  '$ref',
  'additionalItems',
  'definitions',
  'dependencies',
  'id',
  'patternProperties',
];

function nodeErrors(schema: Json, path: string): Errors {
  return [
    ...typeErrors(schema, path),
    ...refused
      .filter((word) => field(schema, word) !== undefined)
      .map((word) => forbiddenField(`${path}.${word}`, `${word} is not supported`)),
    ...(schema['uniqueItems'] === true
      ? [
          forbiddenField(
            `${path}.uniqueItems`,
            'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
          ),
        ]
      : []),
    ...fieldsErrors(schema, path),
    ...listTypeErrors(schema, path),
    ...extensionErrors(schema, path),
    ...patternErrors(schema, path),
    ...combinedErrors(schema, path),
    ...defaultErrors(schema, path),
    ...partErrors(schema, path, nodeErrors),
  ];
}

function typeErrors(schema: Json, path: string): Errors {
  const type = text(schema, 'type');
  const isAny =
    schema['x-kubernetes-preserve-unknown-fields'] === true || schema['x-kubernetes-int-or-string'] === true;
  if (type === '') return isAny ? [] : [required(`${path}.type`, 'must not be empty for specified object fields')];
  return types.includes(type) ? [] : [unsupportedValue(`${path}.type`, type, types)];
}

function fieldsErrors(schema: Json, path: string): Errors {
  const additional = field(schema, 'additionalProperties');
  const both = additional !== undefined && Object.keys(json(schema, 'properties')).length > 0;
  const ofType = text(schema, 'type');
  return [
    ...(both
      ? [forbiddenField(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive')]
      : []),
    ...(additional === false
      ? [forbiddenField(`${path}.additionalProperties`, 'additionalProperties cannot be set to false')]
      : []),
    ...(ofType === 'array' && field(schema, 'items') === undefined
      ? [required(`${path}.items`, 'must be specified')]
      : []),
  ];
}

function listTypeErrors(schema: Json, path: string): Errors {
  const kind = text(schema, 'x-kubernetes-list-type');
  const keys = texts(schema, 'x-kubernetes-list-map-keys');
  const at = `${path}.x-kubernetes-list-map-keys`;
  if (kind === '') return keys.length === 0 ? [] : [forbiddenField(at, 'only for lists of type map')];
  if (!['atomic', 'map', 'set'].includes(kind))
    return [unsupportedValue(`${path}.x-kubernetes-list-type`, kind, ['atomic', 'set', 'map'])];
  if (text(schema, 'type') !== 'array')
    return [invalidValue(`${path}.type`, text(schema, 'type'), 'must be array if x-kubernetes-list-type is specified')];
  if (kind !== 'map') return [];
  const properties = json(schema, 'items', 'properties');
  const needed = texts(schema, 'items', 'required');
  const unsafe = keys.filter((key) => !needed.includes(key) && field(json(properties, key), 'default') === undefined);
  return [
    ...(keys.length === 0 ? [required(at, 'must not be empty if x-kubernetes-list-type is map')] : []),
    ...keys
      .filter((key) => !Object.hasOwn(properties, key))
      .map((key) => invalidValue(at, key, 'entries must all be names of item properties')),
    ...unsafe
      .filter((key) => Object.hasOwn(properties, key))
      .map((key) =>
        required(
          `${path}.items.properties[${key}].default`,
          'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        ),
      ),
  ];
}

function extensionErrors(schema: Json, path: string): Errors {
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  const mapType = text(schema, 'x-kubernetes-map-type');
  const isOpen =
    schema['x-kubernetes-preserve-unknown-fields'] === true || Object.keys(json(schema, 'properties')).length > 0;
  return [
    ...(isEmbedded && text(schema, 'type') !== 'object'
      ? [invalidValue(`${path}.type`, text(schema, 'type'), 'must be object if x-kubernetes-embedded-resource is true')]
      : []),
    ...(isEmbedded && !isOpen
      ? [
          required(
            `${path}.properties`,
            'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
          ),
        ]
      : []),
    ...(mapType !== '' && mapType !== 'atomic' && mapType !== 'granular'
      ? [unsupportedValue(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular'])]
      : []),
  ];
}

function patternErrors(schema: Json, path: string): Errors {
  const pattern = text(schema, 'pattern');
  return pattern === '' || regularExpression(pattern) !== undefined
    ? []
    : [invalidValue(`${path}.pattern`, pattern, 'must be a valid regular expression')];
}

/** Words that say what a value is; below `allOf` and its like a schema only says what it must be. */
const shaping: readonly string[] = [
  'additionalProperties',
  'default',
  'description',
  'nullable',
  'title',
  'type',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
  'x-kubernetes-preserve-unknown-fields',
];

function combinedErrors(schema: Json, path: string): Errors {
  const isIntOrString = schema['x-kubernetes-int-or-string'] === true;
  const parts = [
    ...['allOf', 'anyOf', 'oneOf'].flatMap((word) =>
      list(schema, word).map((one, index) => [one, `${path}.${word}[${index}]`] as const),
    ),
    [field(schema, 'not'), `${path}.not`] as const,
  ];
  return parts.flatMap(([one, at]) => (isJson(one) ? onlyChecks(one, at, isIntOrString) : []));
}

function onlyChecks(schema: Json, path: string, mayHaveType: boolean): Errors {
  const wrong = shaping.filter((word) => field(schema, word) !== undefined && !(word === 'type' && mayHaveType));
  return [
    ...wrong.map((word) => forbiddenField(`${path}.${word}`, `must be empty to be structural`)),
    ...patternErrors(schema, path),
    ...partErrors(schema, path, (one, at) => onlyChecks(one, at, false)),
  ];
}

function defaultErrors(schema: Json, path: string): Errors {
  const value = field(schema, 'default');
  if (value === undefined) return [];
  const shape = structuralSchema(schema);
  const unknown: string[] = [];
  if (isJson(value) && !shape.isEmbedded)
    pruned({ value }, structuralSchema({ properties: { value: schema } }), unknown);
  const found = valueErrors(value, shape, `${path}.default`);
  return unknown.length > 0
    ? [invalidValue(`${path}.default`, value, 'must not have unknown fields'), ...found]
    : found;
}

function partErrors(schema: Json, path: string, check: (part: Json, path: string) => Errors): Errors {
  const properties = Object.entries(json(schema, 'properties'));
  const [items, additional] = [field(schema, 'items'), field(schema, 'additionalProperties')];
  return [
    ...properties.flatMap(([name, one]) =>
      isJson(one) && !isRootMeta(path, name) ? check(one, `${path}.properties[${name}]`) : [],
    ),
    ...(isJson(items) ? check(items, `${path}.items`) : []),
    ...(isJson(additional) ? check(additional, `${path}.additionalProperties`) : []),
  ];
}

/** apiVersion, kind and metadata of whole objects are of the API's own types. */
function isRootMeta(path: string, name: string): boolean {
  return path.endsWith('.openAPIV3Schema') && ['apiVersion', 'kind', 'metadata'].includes(below('', name));
}
