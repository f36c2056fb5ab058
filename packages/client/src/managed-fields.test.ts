import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dropManagedFields, textWithoutManagedFields } from './managed-fields.js';

const key = fc.oneof(
  fc.constantFrom('managedFields', 'metadata', 'name', '__proto__', 'constructor', 'f:metadata', '', '"', '\\', '},{'),
  fc.string(),
);
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '"managedFields":[',
    '\\"managedFields\\":[',
    ',"managedFields":[{}]',
    ']}',
    '\\',
    '"',
    'é€😀\u0000\n',
  ),
);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.dictionary(key, tie('value'), { maxKeys: 5 }),
}));

const managedFields = fc.oneof(fc.array(json.object, { maxLength: 3 }), json.value);

/** Objects with managed fields in any place among the metadata, and everywhere else, too. */
const object = fc
  .record({
    apiVersion: fc.constantFrom('v1', 'apps/v1'),
    kind: fc.constantFrom('Pod', 'a"b'),
    before: json.object,
    fields: fc.option(managedFields, { nil: undefined }),
    after: json.object,
    rest: json.object,
    order: fc.boolean(),
  })
  .map(({ apiVersion, kind, before, fields, after, rest, order }) => {
    const type = order ? { kind, apiVersion } : { apiVersion, kind };
    const own = fields === undefined ? {} : { managedFields: fields };
    return { ...type, metadata: { ...before, ...own, ...after }, ...rest };
  });

function throughBytes(text: string, start: number): unknown {
  const parsed: unknown = JSON.parse(textWithoutManagedFields(Buffer.from(text), start));
  const inner = start === 0 ? parsed : (parsed as { object: unknown }).object;
  dropManagedFields(inner);
  return inner;
}

function plainly(text: string, start: number): unknown {
  const parsed: unknown = JSON.parse(text);
  const inner = start === 0 ? parsed : (parsed as { object: unknown }).object;
  dropManagedFields(inner);
  return inner;
}

const prefix = '{"type":"MODIFIED","object":';

test('cutting the bytes and parsing equals parsing and deleting', () => {
  fc.assert(
    fc.property(object, fc.boolean(), fc.constantFrom(undefined, 1), (value, isEvent, indent) => {
      const body = JSON.stringify(value, null, indent);
      const text = isEvent ? `${prefix}${body}}` : body;
      const start = isEvent ? prefix.length : 0;
      expect(throughBytes(text, start)).toEqual(plainly(text, start));
    }),
    { numRuns: 1_000 },
  );
});

test('of bytes that are cut anywhere, either nothing parses or nothing changes', () => {
  fc.assert(
    fc.property(object, fc.nat(), (value, cut) => {
      const whole = JSON.stringify(value);
      const text = whole.slice(0, cut % whole.length);
      expect(() => JSON.parse(textWithoutManagedFields(Buffer.from(text), 0))).toThrow(SyntaxError);
    }),
  );
});

/** As kube-apiserver writes it: the managed fields come last in the metadata. */
const pod = {
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: {
    name: 'web',
    uid: 'u',
    annotations: { note: 'has "managedFields":[ and a \\ in it' },
    managedFields: [{ manager: 'kubectl', fieldsV1: { 'f:spec': { 'k:{"name":"]}"}': {} } } }],
  },
  spec: { template: { metadata: { managedFields: ['not ours'] } } },
};

test('in the order of API servers the fields are gone from the text itself', () => {
  const { managedFields: _, ...metadata } = pod.metadata;
  const text = textWithoutManagedFields(Buffer.from(JSON.stringify(pod)), 0);
  expect(text).toBe(JSON.stringify({ ...pod, metadata }));
});

test.each(['{}', '{"metadata":null}', '{"metadata":[]}', '[]', 'null', '7', '{"kind":"Pod","metadata":{'])(
  '%s is left as it is',
  (text) => expect(textWithoutManagedFields(Buffer.from(text), 0)).toBe(text),
);

test('dropping takes anything', () => {
  for (const value of [null, undefined, 1, 'x', [], {}, { metadata: null }, { metadata: 'x' }])
    expect(() => dropManagedFields(value)).not.toThrow();
});
