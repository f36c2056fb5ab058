import { definition, definitions, group, isLookedAt, widgetVersion } from './definitions.js';
import type { Scenario, Step, Tree } from './scenario.js';
import { patchTypes } from './scenario.js';

const widgets = `/apis/${group}/v1/namespaces/{ns}/widgets`;
const asTable = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

/** The steps that everything begins with. */
function defined(body: Tree, path = widgets): readonly Step[] {
  const { name } = body['metadata'] as { readonly name: string };
  return [
    { title: 'define', method: 'POST', path: definitions, body },
    { title: 'defined', method: 'GET', path: `${definitions}/${name}`, until: isLookedAt },
    { title: 'nothing yet', method: 'GET', path, until: (answer) => String(answer['kind']).endsWith('List') },
  ];
}

function widget(name: string, spec: Tree, more: Tree = {}): Tree {
  return { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name }, spec, ...more };
}

function post(title: string, body: Tree, query = ''): Step {
  return { title, method: 'POST', path: widgets + query, body };
}

function get(title: string, path: string, accept?: string): Step {
  return { title, method: 'GET', path, ...(accept === undefined ? {} : { accept }) };
}

function merge(title: string, path: string, body: Tree): Step {
  return { title, method: 'PATCH', path, body };
}

function apply(title: string, { manager = 'one', query = '', ...body }: Tree): Step {
  const path = `${widgets}/applied?fieldManager=${String(manager)}${String(query)}`;
  const whole = { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'applied' }, ...body };
  return { title, method: 'PATCH', path, type: patchTypes.apply, body: whole };
}

const wrongs: readonly (readonly [string, Tree])[] = [
  ['nothing required', {}],
  ['wrong type', { size: 'x' }],
  ['too small', { size: 0 }],
  ['too large', { size: 11 }],
  ['no whole number', { size: 1.5 }],
  ['not of the words', { size: 1, color: 'blue' }],
  ['not of the pattern', { size: 1, name: 'A' }],
  ['too long', { size: 1, name: 'abcdefghi' }],
  ['neither number nor text', { size: 1, port: true }],
  ['wrong type in a map', { size: 1, labels: { a: 1 } }],
  ['twice in a set', { size: 1, tags: ['a', 'a'] }],
  ['twice in a map', { size: 1, parts: [{ name: 'a' }, { name: 'a' }] }],
  ['no key', { size: 1, parts: [{}] }],
  ['too many', { size: 1, plain: [{}, {}, {}, {}] }],
  ['wrong type in a list', { size: 1, plain: [{ x: 'y' }] }],
  ['null in a list', { size: 1, plain: [null] }],
  ['no kind in it', { size: 1, template: { spec: {} } }],
  ['both of one', { size: 1, either: { a: '', b: '' } }],
  ['no time', { size: 1, since: 'yesterday' }],
  ['a list for an object', { size: 1, free: [] }],
];

const whole = {
  size: 3,
  note: null,
  port: 'http',
  free: { a: 'b', c: { d: [1, null] } },
  labels: { x: 'y', __proto__x: 'z' },
  tags: ['b', 'a'],
  parts: [{ name: 'a' }, { name: 'b', count: 2, foo: 1 }],
  plain: [{ x: 1, y: 2 }],
  template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', foo: 1 }, spec: { any: 'thing' } },
  foo: { bar: 1 },
};

/** Objects of custom resources. */
export const customResourceScenarios: readonly Scenario[] = [
  {
    name: 'custom resources',
    steps: [
      ...defined(definition('widgets', 'Widget')),
      post('create', widget('a', { size: 1 }, { status: { phase: 'New' } })),
      post('create again', widget('a', { size: 1 })),
      post('create with everything', widget('b', whole)),
      post('unknown fields, strict', widget('c', whole), '?fieldValidation=Strict'),
      post('another kind', { ...widget('c', { size: 1 }), kind: 'Gadget' }),
      post('another version', { ...widget('c', { size: 1 }), apiVersion: `${group}/v2` }),
      post('without a kind', { metadata: { name: 'c' }, spec: { size: 1 } }),
      post('bad name', widget('C_', { size: 1 })),
      post('bad label', widget('c', { size: 1 }, { metadata: { name: 'c', labels: { '-': '/' } } })),
      post('null for what has a default', widget('d', { size: 1, color: null, name: null })),
      post('dry run', widget('e', { size: 1 }), '?dryRun=All'),
      get('get', `${widgets}/a`),
      get('get what is not there', `${widgets}/z`),
      get('list', widgets),
      get('list everywhere', `/apis/${group}/v1/widgets?fieldSelector=metadata.namespace={ns}`),
      get('by a field', `${widgets}?fieldSelector=spec.color=red`),
      get('by a field that is not known', `${widgets}?fieldSelector=spec.size=1`),
      get('as table', widgets, asTable),
      get('one as table', `${widgets}/b?includeObject=Object`, asTable),
      { title: 'update without version', method: 'PUT', path: `${widgets}/a`, body: widget('a', { size: 2 }) },
      {
        title: 'update',
        method: 'PUT',
        path: `${widgets}/a`,
        body: (seen: { object(title: string): Tree }) => ({
          ...seen.object('get'),
          spec: { size: 2 },
          status: { phase: 'Old' },
        }),
      },
      merge('merge', `${widgets}/a`, { spec: { labels: { a: 'b' }, tags: ['x'] }, metadata: { labels: { a: 'b' } } }),
      merge('merge nothing', `${widgets}/a`, { spec: { labels: { a: 'b' } } }),
      merge('merge an unknown field', `${widgets}/a?fieldValidation=Strict`, { spec: { foo: 1 } }),
      merge('merge what is wrong', `${widgets}/a`, { spec: { size: 100 } }),
      {
        title: 'json patch',
        method: 'PATCH',
        path: `${widgets}/a`,
        type: patchTypes.json,
        body: [{ op: 'replace', path: '/spec/size', value: 5 }],
      },
      {
        title: 'strategic patch',
        method: 'PATCH',
        path: `${widgets}/a`,
        type: patchTypes.strategic,
        body: { spec: { size: 6 } },
      },
      merge('status', `${widgets}/a/status`, {
        metadata: { labels: { never: 'seen' } },
        spec: { size: 9 },
        status: {
          phase: 'Ready',
          replicas: 2,
          selector: 'a=b',
          foo: 1,
          since: '2001-01-01T00:00:00Z',
          conditions: [{ type: 'Ready', status: 'True' }],
        },
      }),
      merge('wrong status', `${widgets}/a/status`, { status: { phase: 1 } }),
      get('get status', `${widgets}/a/status`),
      get('table with status', `${widgets}/a`, asTable),
      get('scale of none', `${widgets}/a/scale`),
      merge('replicas', `${widgets}/a`, { spec: { replicas: 3 } }),
      get('scale', `${widgets}/a/scale`),
      merge('scale up', `${widgets}/a/scale`, { spec: { replicas: 4 } }),
      merge('scale below zero', `${widgets}/a/scale`, { spec: { replicas: -1 } }),
      get('after scale', `${widgets}/a`),
      get('other subresource', `${widgets}/a/log`),
      merge('finalizer', `${widgets}/b`, { metadata: { finalizers: ['example.com/wait'] } }),
      { title: 'delete with finalizer', method: 'DELETE', path: `${widgets}/b` },
      merge('let go', `${widgets}/b`, { metadata: { finalizers: null } }),
      { title: 'delete', method: 'DELETE', path: `${widgets}/a` },
      { title: 'delete all', method: 'DELETE', path: widgets },
      get('watch', `${widgets}?watch=true&resourceVersion=0&timeoutSeconds=1`),
      { title: 'remove the definition', method: 'DELETE', path: `${definitions}/widgets.${group}` },
    ],
  },
  {
    name: 'custom resources that are refused',
    steps: [
      ...defined(definition('widgets', 'Widget')),
      ...wrongs.map(([title, spec]) => post(title, widget('a', spec))),
      { title: 'remove the definition', method: 'DELETE', path: `${definitions}/widgets.${group}` },
    ],
  },
  {
    name: 'apply to custom resources',
    steps: [
      ...defined(definition('widgets', 'Widget')),
      apply('create', { spec: { size: 1, tags: ['a'], parts: [{ name: 'a', kind: 'x' }], plain: [{ x: 1 }] } }),
      apply('again', { spec: { size: 1, tags: ['a'], parts: [{ name: 'a', kind: 'x' }], plain: [{ x: 1 }] } }),
      apply('second manager adds', { manager: 'two', spec: { tags: ['b'], parts: [{ name: 'b' }] } }),
      apply('second manager conflicts', { manager: 'two', spec: { size: 2, plain: [{ x: 2 }] } }),
      apply('second manager forces', { manager: 'two', query: '&force=true', spec: { size: 2, tags: ['b'] } }),
      apply('first manager lets go', { spec: { tags: ['a'], parts: [] } }),
      apply('unknown field', { spec: { foo: 1 } }),
      apply('unknown field, strict', { query: '&fieldValidation=Strict', spec: { foo: 1 } }),
      apply('what is wrong', { spec: { size: 100 }, query: '&force=true' }),
      get('get', `${widgets}/applied`),
      { title: 'remove the definition', method: 'DELETE', path: `${definitions}/widgets.${group}` },
    ],
  },
  {
    name: 'versions of custom resources',
    steps: [
      ...defined(
        definition('widgets', 'Widget', {
          scope: 'Cluster',
          versions: [
            { ...widgetVersion, subresources: undefined, additionalPrinterColumns: undefined },
            {
              name: 'v1beta1',
              served: true,
              storage: false,
              schema: {
                openAPIV3Schema: {
                  type: 'object',
                  properties: {
                    spec: {
                      type: 'object',
                      properties: { size: { type: 'integer' }, old: { type: 'string', default: 'o' } },
                    },
                  },
                },
              },
            },
          ],
        }),
        `/apis/${group}/v1/widgets`,
      ),
      get('group', `/apis/${group}`),
      {
        title: 'create',
        method: 'POST',
        path: `/apis/${group}/v1/widgets`,
        body: widget('a', { size: 1 }, { status: { phase: 'New' } }),
      },
      get('in the other version', `/apis/${group}/v1beta1/widgets/a`),
      get('list of the other version', `/apis/${group}/v1beta1/widgets`),
      {
        title: 'create in the other version',
        method: 'POST',
        path: `/apis/${group}/v1beta1/widgets`,
        body: {
          apiVersion: `${group}/v1beta1`,
          kind: 'Widget',
          metadata: { name: 'b' },
          spec: { size: 20, old: 'x', color: 'blue' },
        },
      },
      get('in the version that is stored', `/apis/${group}/v1/widgets/b`),
      merge('change in the other version', `/apis/${group}/v1beta1/widgets/a`, { spec: { size: 2 } }),
      get('after that', `/apis/${group}/v1/widgets/a`),
      merge('status counts', `/apis/${group}/v1/widgets/a`, { status: { phase: 'Later' } }),
      get('no status', `/apis/${group}/v1/widgets/a/status`),
      get('plain columns', `/apis/${group}/v1/widgets`, asTable),
      get('watch', `/apis/${group}/v1beta1/widgets?watch=true&resourceVersion=0&timeoutSeconds=1`),
      { title: 'remove the definition', method: 'DELETE', path: `${definitions}/widgets.${group}` },
    ],
  },
];
