import type { Scenario, Step, Tree } from './scenario.js';
import { patchTypes } from './scenario.js';

/** Where definitions are. */
export const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** A group that only the scenario has. */
export const group = '{ns}.example.com';

/** A schema with what most kinds of fields need. */
export const widgetSchema: Tree = {
  type: 'object',
  description: 'A widget.',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 1, maximum: 10, description: 'How large it is.' },
        color: { type: 'string', enum: ['red', 'green'], default: 'red' },
        name: { type: 'string', pattern: '^[a-z]+$', maxLength: 8 },
        note: { type: 'string', nullable: true },
        port: { 'x-kubernetes-int-or-string': true },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { a: { type: 'string' } } },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
        parts: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string' }, count: { type: 'integer', default: 1 }, kind: { type: 'string' } },
          },
        },
        plain: { type: 'array', maxItems: 3, items: { type: 'object', properties: { x: { type: 'integer' } } } },
        template: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          'x-kubernetes-preserve-unknown-fields': true,
        },
        replicas: { type: 'integer' },
        either: {
          type: 'object',
          properties: { a: { type: 'string' }, b: { type: 'string' } },
          oneOf: [{ required: ['a'] }, { required: ['b'] }],
        },
        since: { type: 'string', format: 'date-time' },
      },
    },
    status: {
      type: 'object',
      properties: {
        phase: { type: 'string' },
        replicas: { type: 'integer' },
        selector: { type: 'string' },
        since: { type: 'string', format: 'date-time' },
        conditions: {
          type: 'array',
          items: { type: 'object', properties: { type: { type: 'string' }, status: { type: 'string' } } },
        },
      },
    },
  },
};

/** A version with everything that one can have. */
export const widgetVersion: Tree = {
  name: 'v1',
  served: true,
  storage: true,
  schema: { openAPIV3Schema: widgetSchema },
  subresources: {
    status: {},
    scale: {
      specReplicasPath: '.spec.replicas',
      statusReplicasPath: '.status.replicas',
      labelSelectorPath: '.status.selector',
    },
  },
  selectableFields: [{ jsonPath: '.spec.color' }],
  additionalPrinterColumns: [
    { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Since', type: 'date', jsonPath: '.status.since' },
    { name: 'Tags', type: 'string', jsonPath: '.spec.tags', priority: 1 },
    { name: 'First', type: 'string', jsonPath: '.spec.tags[0]', priority: 1 },
    { name: 'Label', type: 'string', jsonPath: ".metadata.labels['a/b']", priority: 1 },
  ],
};

/** A version with nothing that a version need not have. */
const plainVersion = { name: 'v2', served: true, storage: false, schema: { openAPIV3Schema: { type: 'object' } } };

/** A definition of widgets, changed in places. */
export function definition(plural: string, kind: string, changes: Tree = {}): Tree {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope: 'Namespaced', names: { plural, kind }, versions: [widgetVersion], ...changes },
  };
}

/** Whether the names of a definition were looked at. */
export function isLookedAt(answer: Tree): boolean {
  const { conditions } = (answer['status'] ?? {}) as { readonly conditions?: readonly { readonly reason: string }[] };
  return conditions?.some(({ reason }) => /^(InitialNamesAccepted|NotAccepted)$/.test(reason)) === true;
}

function post(title: string, body: Tree, query = ''): Step {
  return { title, method: 'POST', path: definitions + query, body };
}

function settled(title: string, plural: string): Step {
  return { title, method: 'GET', path: `${definitions}/${plural}.${group}`, until: isLookedAt };
}

function withSchema(schema: Tree, more: Tree = {}): Tree {
  const root = { type: 'object', properties: { spec: schema } };
  return definition('wrongs', 'Wrong', {
    // With two versions messages name the fields as they were sent.
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: root }, ...more }, plainVersion],
  });
}

const refusals: readonly (readonly [string, Tree])[] = [
  ['another name', { ...definition('wrongs', 'Wrong'), metadata: { name: 'wrongs' } }],
  ['no versions', definition('wrongs', 'Wrong', { versions: [] })],
  ['no storage', definition('wrongs', 'Wrong', { versions: [{ ...widgetVersion, storage: false }] })],
  ['two stored', definition('wrongs', 'Wrong', { versions: [widgetVersion, { ...widgetVersion, name: 'v2' }] })],
  ['no schema', definition('wrongs', 'Wrong', { versions: [{ name: 'v1', served: true, storage: true }] })],
  ['bad scope', definition('wrongs', 'Wrong', { scope: 'Somewhere' })],
  ['no kind', definition('wrongs', '')],
  ['preserved at large', definition('wrongs', 'Wrong', { preserveUnknownFields: true })],
  ['bad conversion', definition('wrongs', 'Wrong', { conversion: { strategy: 'Magic' } })],
  ['no type', withSchema({ properties: { a: { type: 'string' } } })],
  ['unknown type', withSchema({ type: 'text' })],
  [
    'both kinds of fields',
    withSchema({ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: { type: 'string' } }),
  ],
  ['no items', withSchema({ type: 'array' })],
  ['unique items', withSchema({ type: 'array', items: { type: 'string' }, uniqueItems: true })],
  ['reference', withSchema({ type: 'object', $ref: '#/x' })],
  [
    'map without keys',
    withSchema({ type: 'array', items: { type: 'object', properties: {} }, 'x-kubernetes-list-type': 'map' }),
  ],
  [
    'map with an optional key',
    withSchema({
      type: 'array',
      items: { type: 'object', properties: { a: { type: 'string' } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['a'],
    }),
  ],
  ['list type of an object', withSchema({ type: 'object', 'x-kubernetes-list-type': 'set' })],
  ['bad pattern', withSchema({ type: 'string', pattern: '(' })],
  ['bad default', withSchema({ type: 'string', default: 1 })],
  [
    'default that would be pruned',
    withSchema({ type: 'object', properties: { a: { type: 'string' } }, default: { b: 1 } }),
  ],
  ['shape in a check', withSchema({ type: 'object', anyOf: [{ type: 'object' }, { nullable: true }] })],
  ['number or text with a type', withSchema({ type: 'integer', 'x-kubernetes-int-or-string': true })],
  ['embedded without fields', withSchema({ type: 'object', 'x-kubernetes-embedded-resource': true })],
  [
    'bad column',
    withSchema({ type: 'object' }, { additionalPrinterColumns: [{ name: 'A', type: 'text', jsonPath: 'spec' }] }),
  ],
  [
    'bad scale',
    withSchema(
      { type: 'object' },
      { subresources: { scale: { specReplicasPath: '.replicas', statusReplicasPath: '' } } },
    ),
  ],
];

/** Definitions of custom resources. */
export const definitionScenarios: readonly Scenario[] = [
  {
    name: 'definitions',
    steps: [
      post(
        'create',
        definition('widgets', 'Widget', {
          names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'], categories: ['all'] },
        }),
      ),
      settled('established', 'widgets'),
      post('create again', definition('widgets', 'Widget')),
      post('unknown field, strict', { ...definition('others', 'Other'), foo: 1 }, '?fieldValidation=Strict'),
      {
        title: 'group',
        method: 'GET',
        path: `/apis/${group}`,
        until: (answer) => answer['kind'] === 'APIGroup',
      },
      {
        title: 'resources',
        method: 'GET',
        path: `/apis/${group}/v1`,
        until: (answer) => answer['kind'] === 'APIResourceList',
      },
      post(
        'conflicting names',
        definition('gadgets', 'Gadget', {
          names: {
            plural: 'gadgets',
            kind: 'Widget',
            singular: 'gadget',
            listKind: 'GadgetList',
            shortNames: ['wd', 'gd'],
          },
        }),
      ),
      settled('not established', 'gadgets'),
      { title: 'list of what is not established', method: 'GET', path: `/apis/${group}/v1/gadgets` },
      {
        title: 'no version',
        method: 'PUT',
        path: `${definitions}/widgets.${group}`,
        body: definition('widgets', 'Widget'),
      },
      {
        title: 'another scope',
        method: 'PATCH',
        path: `${definitions}/widgets.${group}`,
        body: { spec: { scope: 'Cluster' } },
      },
      {
        title: 'labels',
        method: 'PATCH',
        path: `${definitions}/widgets.${group}`,
        body: { metadata: { labels: { a: 'b' } } },
      },
      {
        title: 'a second version',
        method: 'PATCH',
        path: `${definitions}/widgets.${group}`,
        type: patchTypes.json,
        body: [
          { op: 'replace', path: '/spec/versions/0/storage', value: false },
          { op: 'add', path: '/spec/versions/-', value: { ...plainVersion, storage: true } },
        ],
      },
      {
        title: 'without the version that was stored',
        method: 'PATCH',
        path: `${definitions}/widgets.${group}`,
        type: patchTypes.json,
        body: [{ op: 'remove', path: '/spec/versions/0' }],
      },
      { title: 'versions', method: 'GET', path: `${definitions}/widgets.${group}` },
      {
        title: 'table',
        method: 'GET',
        path: `${definitions}/widgets.${group}`,
        accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
      },
      {
        title: 'expressions',
        method: 'POST',
        path: definitions,
        body: withSchema({ type: 'object', 'x-kubernetes-validations': [{ rule: 'true' }] }),
      },
      { title: 'remove', method: 'DELETE', path: `${definitions}/widgets.${group}` },
      { title: 'remove another', method: 'DELETE', path: `${definitions}/wrongs.${group}` },
    ],
  },
  {
    name: 'definitions that are refused',
    steps: refusals.map(([title, body]) => post(title, body)),
  },
];
