// Custom resources, as clients meet them. What a real API server answers to the same is compared end to end.
import { ManualClock, seededIds, seededRandom } from '@virtual-kubelet/base';
import { describe, expect, it } from 'vitest';
import { createPlayground } from '../../index.js';
import { adminUser } from '../../store.js';
import type { Json } from '../../store.js';

/** Any part of an answer: tests look only at what they expect to be there. */
interface Tree {
  readonly metadata: Tree;
  readonly spec: Tree;
  readonly status: Tree;
  readonly details: Tree;
  readonly components: Tree;
  readonly schemas: Tree;
  readonly definitions: Tree;
  readonly [name: string]: unknown;
}

interface Answered {
  readonly code: number;
  readonly body: Tree;
  readonly warnings: readonly string[];
}

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const widgets = '/apis/example.com/v1/namespaces/default/widgets';
const patchTypes = { merge: 'merge-patch+json', strategic: 'strategic-merge-patch+json', apply: 'apply-patch+yaml' };

function open() {
  const random = seededRandom(1);
  const { server } = createPlayground({ clock: new ManualClock(), random, ids: seededIds(random) });
  const send = (method: string, target: string, body?: Json, more: Readonly<Record<string, string>> = {}): Answered => {
    const headers = { 'content-type': 'application/json', ...more };
    const text = body === undefined ? '' : JSON.stringify(body);
    const answer = server.handle({ method, target, headers, body: text, user: adminUser });
    if (answer.is === 'document')
      return { code: 200, body: JSON.parse(String(answer.content.bytes)) as Tree, warnings: [] };
    if (answer.is !== 'object') throw new Error(answer.is);
    return { code: answer.code, body: answer.body as unknown as Tree, warnings: answer.warnings ?? [] };
  };
  const patch = (type: keyof typeof patchTypes, target: string, body: Json): Answered =>
    send('PATCH', target, body, { 'content-type': `application/${patchTypes[type]}` });
  return { server, send, patch };
}

function version(spec: Json, more: Json = {}): Json {
  const schema = {
    type: 'object',
    properties: { spec, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
  };
  return { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...more };
}

function definition(versions: readonly Json[], more: Json = {}, kind = 'Widget'): Json {
  const plural = `${kind.toLowerCase()}s`;
  const spec = { group: 'example.com', scope: 'Namespaced', names: { kind, plural }, versions, ...more };
  return { metadata: { name: `${plural}.example.com` }, spec };
}

/** A server with widgets of a schema. */
function defined(spec: Json, more: Json = {}) {
  const opened = open();
  expect(opened.send('POST', definitions, definition([version(spec, more)])).code).toBe(201);
  return opened;
}

function widget(spec: Json, name = 'a'): Json {
  return { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name }, spec };
}

const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const one = (schema: Json): Json => ({ type: 'object', properties: { x: schema } });

describe('a definition', () => {
  it('is established by the write that makes it, and what it defines is served at once', () => {
    const { send } = open();
    send('POST', definitions, definition([version(anything)]));
    const { status } = send('GET', `${definitions}/widgets.example.com`).body;
    expect(status).toMatchObject({
      acceptedNames: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
      conditions: [
        { type: 'NamesAccepted', status: 'True' },
        { type: 'Established', status: 'True' },
      ],
      storedVersions: ['v1'],
    });
    expect(send('GET', widgets).body).toMatchObject({ kind: 'WidgetList', items: [] });
    expect(send('GET', '/apis/example.com/v1').body['resources']).toMatchObject([{ name: 'widgets', kind: 'Widget' }]);
  });

  it('waits for names that another has, and gets them when that is gone', () => {
    const { send, server } = open();
    send(
      'POST',
      definitions,
      definition([version(anything)], { names: { kind: 'Widget', plural: 'widgets', shortNames: ['w'] } }),
    );
    send(
      'POST',
      definitions,
      definition([version(anything)], { names: { kind: 'Wheel', plural: 'wheels', shortNames: ['w'] } }, 'Wheel'),
    );
    const wheel = () => send('GET', `${definitions}/wheels.example.com`).body.status;
    expect(wheel()).toMatchObject({
      conditions: [
        { type: 'NamesAccepted', status: 'False', reason: 'ShortNamesConflict', message: '"w" is already in use' },
        { type: 'Established', status: 'False' },
      ],
    });
    expect(send('GET', '/apis/example.com/v1/wheels').code).toBe(404);
    send('DELETE', `${definitions}/widgets.example.com`);
    server.request({
      verb: 'patch',
      patchType: 'merge',
      apiVersion: 'apiextensions.k8s.io/v1',
      resource: 'customresourcedefinitions',
      name: 'widgets.example.com',
      body: { metadata: { finalizers: null } },
    });
    expect(wheel()).toMatchObject({ conditions: [{ status: 'True' }, { status: 'True' }] });
    expect(send('GET', '/apis/example.com/v1/wheels').code).toBe(200);
  });

  it('takes no more objects once it is being deleted', () => {
    const { send } = defined(anything);
    send('POST', widgets, widget({}));
    const { body } = send('DELETE', `${definitions}/widgets.example.com`);
    expect(body.metadata['finalizers']).toEqual(['customresourcecleanup.apiextensions.k8s.io']);
    expect(send('POST', widgets, widget({}, 'b')).code).toBe(405);
    expect(send('GET', `${widgets}/a`).code).toBe(200);
  });

  it('with expressions says that they are not evaluated', () => {
    const { send } = open();
    const rules = { ...anything, 'x-kubernetes-validations': [{ rule: 'self.x > 1' }] };
    const { code, warnings } = send('POST', definitions, definition([version(rules)]));
    expect({ code, warnings }).toEqual({ code: 201, warnings: [expect.stringContaining('not evaluated')] });
  });

  it('that asks for a webhook is answered with 501', () => {
    const { send } = open();
    const conversion = { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'] } };
    expect(send('POST', definitions, definition([version(anything)], { conversion })).code).toBe(501);
  });
});

describe('a schema', () => {
  it.each<readonly [string, Json, unknown, unknown]>([
    [
      'drops what it does not know',
      { type: 'object', properties: { a: { type: 'string' } } },
      { a: 'b', c: 'd' },
      { a: 'b' },
    ],
    ['keeps what it preserves', anything, { a: { b: [1, null] } }, { a: { b: [1, null] } }],
    ['keeps the values of maps', { type: 'object', additionalProperties: { type: 'integer' } }, { a: 1 }, { a: 1 }],
    ['fills defaults, also in defaults', { ...one({ type: 'integer', default: 3 }), default: {} }, undefined, { x: 3 }],
    ['fills a default for a null', one({ type: 'integer', default: 3 }), { x: null }, { x: 3 }],
    ['drops a null that may not be', one({ type: 'integer' }), { x: null }, {}],
    ['keeps a null that may be', one({ type: 'integer', nullable: true }), { x: null }, { x: null }],
    ['reads keys of any name', anything, { constructor: 1, toString: 2 }, { constructor: 1, toString: 2 }],
  ])('%s', (_title, schema, given, kept) => {
    const { send } = defined(one(schema));
    const { code, body } = send('POST', widgets, widget(given === undefined ? {} : { x: given }));
    expect({ code, x: body.spec['x'] }).toEqual({ code: 201, x: kept });
  });

  it.each<readonly [Json, unknown, string]>([
    [{ type: 'string' }, 1, 'FieldValueTypeInvalid spec.x'],
    [{ type: 'integer' }, 1.5, 'FieldValueTypeInvalid spec.x'],
    [{ 'x-kubernetes-int-or-string': true }, true, 'FieldValueTypeInvalid spec.x'],
    [{ type: 'string', enum: ['a', 'b'] }, 'c', 'FieldValueNotSupported spec.x'],
    [{ type: 'string', pattern: '^(?:a|b)$' }, 'c', 'FieldValueInvalid spec.x'],
    [{ type: 'string', pattern: '(?i)^ab$' }, 'AC', 'FieldValueInvalid spec.x'],
    [{ type: 'string', maxLength: 2 }, 'äöü', 'FieldValueTooLong spec.x'],
    [{ type: 'string', minLength: 2 }, '😀', 'FieldValueInvalid spec.x'],
    [{ type: 'string', format: 'ipv4' }, '1.2.3', 'FieldValueTypeInvalid spec.x'],
    [{ type: 'number', minimum: 1, exclusiveMinimum: true }, 1, 'FieldValueInvalid spec.x'],
    [{ type: 'number', multipleOf: 0.1 }, 0.35, 'FieldValueInvalid spec.x'],
    [{ type: 'array', items: { type: 'string' }, minItems: 1 }, [], 'FieldValueInvalid spec.x'],
    [{ type: 'array', items: { type: 'string' }, maxItems: 1 }, ['a', 'b'], 'FieldValueTooMany spec.x'],
    [{ type: 'array', items: { type: 'string' } }, ['a', null], 'FieldValueTypeInvalid spec.x[1]'],
    [
      { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
      ['a', 'a'],
      'FieldValueDuplicate spec.x[1]',
    ],
    [{ type: 'object', required: ['y'], properties: { y: { type: 'string' } } }, {}, 'FieldValueRequired spec.x.y'],
    [{ type: 'object', additionalProperties: { type: 'integer' } }, { a: 'b' }, 'FieldValueTypeInvalid spec.x.a'],
    [{ ...anything, maxProperties: 1 }, { a: 1, b: 2 }, 'FieldValueTooMany spec.x'],
    [{ ...anything, not: { required: ['a'] } }, { a: 1 }, 'FieldValueInvalid spec.x'],
    [{ ...anything, 'x-kubernetes-embedded-resource': true }, { kind: 'Pod' }, 'FieldValueRequired spec.x.apiVersion'],
  ])('%j refuses %j', (schema, value, fault) => {
    const { send } = defined(one(schema));
    const { code, body } = send('POST', widgets, widget({ x: value }));
    const causes = body.details['causes'] as readonly { reason: string; field: string }[];
    expect({ code, causes: causes.map(({ reason, field }) => `${reason} ${field}`) }).toEqual({
      code: 422,
      causes: [fault],
    });
  });

  it('says which fields it does not know, as strictly as it is asked to', () => {
    const { send } = defined(one({ type: 'string' }));
    const body = { ...widget({ x: 'a', y: 1 }), metadata: { name: 'a', foo: 1 } };
    const strict = send('POST', `${widgets}?fieldValidation=Strict`, body);
    expect(strict.body['message']).toContain('unknown field "metadata.foo", unknown field "spec.y"');
    expect(strict.code).toBe(400);
    expect(send('POST', `${widgets}?fieldValidation=Warn`, body).warnings).toHaveLength(2);
    expect(send('POST', `${widgets}?fieldValidation=Ignore`, { ...body, metadata: { name: 'b' } }).warnings).toEqual(
      [],
    );
  });
});

describe('an object of a custom kind', () => {
  const replicas = {
    type: 'object',
    properties: { replicas: { type: 'integer', maximum: 5 }, note: { type: 'string' } },
  };
  const views = {
    subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } },
  };

  it('keeps status and spec apart where status is a subresource', () => {
    const { send, patch } = defined(replicas, views);
    expect(send('POST', widgets, { ...widget({ replicas: 1 }), status: { a: 1 } }).body.status).toBeUndefined();
    expect(patch('merge', `${widgets}/a`, { status: { a: 1 } }).body.metadata['generation']).toBe(1);
    const { body } = patch('merge', `${widgets}/a/status`, { spec: { replicas: 3 }, status: { a: 1 } });
    expect(body).toMatchObject({ spec: { replicas: 1 }, status: { a: 1 }, metadata: { generation: 1 } });
  });

  it('scales where its definition says', () => {
    const { send, patch } = defined(replicas, views);
    send('POST', widgets, widget({ replicas: 1 }));
    expect(patch('merge', `${widgets}/a/scale`, { spec: { replicas: 4 } }).body).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 4 },
    });
    expect(patch('merge', `${widgets}/a/scale`, { spec: { replicas: 6 } }).code).toBe(422);
    expect(send('GET', `${widgets}/a`).body).toMatchObject({ spec: { replicas: 4 }, metadata: { generation: 2 } });
  });

  it('has no strategic patch, and every other', () => {
    const { send, patch } = defined(replicas);
    send('POST', widgets, widget({}));
    expect(patch('strategic', `${widgets}/a`, { spec: { note: 'x' } }).code).toBe(415);
    expect(patch('merge', `${widgets}/a`, { spec: { note: 'x' } }).body.spec['note']).toBe('x');
  });

  it('is applied element by element where its lists are maps or sets', () => {
    const parts = {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, n: { type: 'integer' } } },
    };
    const { patch } = defined({ type: 'object', properties: { parts } });
    const apply = (manager: string, list: readonly Json[]) =>
      patch('apply', `${widgets}/a?fieldManager=${manager}`, widget({ parts: list }));
    apply('one', [{ name: 'a', n: 1 }]);
    expect(apply('two', [{ name: 'b' }]).body.spec['parts']).toEqual([{ name: 'a', n: 1 }, { name: 'b' }]);
    expect(apply('two', [{ name: 'a', n: 2 }]).code).toBe(409);
    expect(apply('one', []).body.spec['parts']).toEqual([{ name: 'b' }]);
    expect(apply('two', []).body.spec).toEqual({});
  });

  it('is shown in each version, and kept in one', () => {
    const { send, server } = open();
    const fields = (more: Json): Json => ({ type: 'object', properties: { size: { type: 'integer' }, ...more } });
    const older = { name: 'v1beta1', storage: false };
    const old = version(fields({ old: { type: 'string', default: 'o' } }), older);
    send('POST', definitions, definition([version(fields({ more: { type: 'string' } })), old]));
    send('POST', widgets, widget({ size: 1, more: 'x' }));
    const other = widgets.replace('/v1/', '/v1beta1/');
    const shown = send('GET', `${other}/a`).body;
    expect([shown['apiVersion'], shown.spec]).toEqual(['example.com/v1beta1', { size: 1 }]);
    const made = send('POST', other, { ...widget({ size: 2 }, 'b'), apiVersion: 'example.com/v1beta1' });
    expect(made.code).toBe(201);
    const kept = server.store.state.collection('example.com/widgets').objects();
    expect(kept.map(({ apiVersion, spec }) => [apiVersion, spec])).toEqual([
      ['example.com/v1', { size: 1, more: 'x' }],
      ['example.com/v1', { size: 2 }],
    ]);
  });

  it('comes with a warning where its version is deprecated', () => {
    const { send } = open();
    const versions = [version(anything), version(anything, { name: 'v1beta1', storage: false, deprecated: true })];
    send('POST', definitions, definition(versions));
    const old = send('GET', widgets.replace('/v1/', '/v1beta1/'));
    expect(old.warnings).toEqual(['example.com/v1beta1 Widget is deprecated']);
    expect(send('GET', widgets).warnings).toEqual([]);
  });

  it('is told of by watches and in tables', () => {
    const columns = [
      { name: 'Note', type: 'string', jsonPath: '.spec.note' },
      { name: 'Ready', type: 'boolean', jsonPath: '.status.conditions[?(@.type=="Ready")].ok' },
      { name: 'Label', type: 'string', jsonPath: String.raw`.metadata.labels.a\.b/c`, priority: 1 },
    ];
    const { send, server } = defined(replicas, { additionalPrinterColumns: columns });
    const labels = { 'a.b/c': 'l' };
    const status = {
      conditions: [
        { type: 'Other', ok: false },
        { type: 'Ready', ok: true },
      ],
    };
    send('POST', widgets, { ...widget({ note: 'n' }), metadata: { name: 'a', labels }, status });
    const table = send('GET', widgets, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }).body;
    expect(table['rows']).toMatchObject([{ cells: ['a', 'n', true, 'l'] }]);
    const answer = server.handle({
      method: 'GET',
      target: `${widgets}?watch=true`,
      headers: {},
      body: '',
      user: adminUser,
    });
    if (answer.is !== 'watch') throw new Error(answer.is);
    expect(answer.watch.take(9)).toMatchObject([
      { type: 'ADDED', object: { kind: 'Widget', metadata: { name: 'a' } } },
    ]);
  });

  it('is described to clients', () => {
    const { send } = defined({ type: 'object', description: 'What is wanted.', properties: replicas.properties });
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const found = JSON.stringify(send('GET', '/apis', undefined, { accept }).body['items']);
    expect(found).toContain('"singularResource":"widget"');
    const { components } = send('GET', '/openapi/v3/apis/example.com/v1').body;
    expect(components.schemas['com.example.v1.Widget']).toMatchObject({
      properties: { metadata: { $ref: '#/components/schemas/ObjectMeta' }, spec: { description: 'What is wanted.' } },
      'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Widget' }],
    });
    expect(Object.keys(send('GET', '/openapi/v2').body.definitions)).toContain('com.example.v1.Widget');
  });
});
