import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepEqual, semanticEqual } from '../index.js';
import { applyStrategicMerge, createStrategicMerge, type JsonObject, PatchError, typeOfKind } from '../internal.js';

const apply = (before: object, patch: object, type = 'Pod'): JsonObject => applyStrategicMerge(before, patch, type);
const inSpec = (before: object, patch: object): unknown => apply({ spec: before }, { spec: patch })['spec'];
const names = (...list: string[]): object[] => list.map((name) => ({ name }));

describe('applying a strategic merge patch', () => {
  it('merges objects and removes what is null', () => {
    const before = { metadata: { labels: { a: '1', b: '2' }, name: 'p' } };
    const patch = { metadata: { labels: { a: null, c: '3' } } };
    expect(apply(before, patch)).toEqual({ metadata: { labels: { b: '2', c: '3' }, name: 'p' } });
  });

  it('replaces lists without a merge key', () => {
    const tolerations = [{ key: 'a' }];
    expect(inSpec({ tolerations }, { tolerations: [{ key: 'b' }] })).toEqual({ tolerations: [{ key: 'b' }] });
  });

  it('merges elements by their key and puts new ones first', () => {
    const containers = [
      { name: 'a', image: 'x', env: [{ name: 'E', value: '1' }] },
      { name: 'b', image: 'y' },
    ];
    const patch = [{ name: 'a', env: [{ name: 'F', value: '2' }] }, { name: 'c' }];
    expect(inSpec({ containers }, { containers: patch })).toEqual({
      containers: [
        {
          name: 'a',
          image: 'x',
          env: [
            { name: 'F', value: '2' },
            { name: 'E', value: '1' },
          ],
        },
        { name: 'c' },
        { name: 'b', image: 'y' },
      ],
    });
  });

  it('deletes an element, empties an object, replaces either', () => {
    const before = { containers: names('a', 'b'), nodeSelector: { x: 'y' }, securityContext: { runAsUser: 1 } };
    expect(inSpec(before, { containers: [{ name: 'a', $patch: 'delete' }] })).toMatchObject({ containers: names('b') });
    expect(inSpec(before, { containers: [{ $patch: 'replace' }, { name: 'c' }] })).toMatchObject({
      containers: names('c'),
    });
    expect(inSpec(before, { nodeSelector: { $patch: 'delete' } })).toMatchObject({ nodeSelector: {} });
    expect(inSpec(before, { securityContext: { $patch: 'replace', fsGroup: 2 } })).toMatchObject({
      securityContext: { fsGroup: 2 },
    });
  });

  it('drops what a replaced list held and keeps addresses of a merged one', () => {
    const before = { status: { podIPs: [{ ip: '10.0.0.1' }] } };
    const merged = apply(before, { status: { podIPs: [{ ip: '10.0.0.2' }] } });
    const replaced = apply(before, { status: { podIPs: [{ $patch: 'replace' }, { ip: '10.0.0.2' }] } });
    expect(merged).toEqual({ status: { podIPs: [{ ip: '10.0.0.2' }, { ip: '10.0.0.1' }] } });
    expect(replaced).toEqual({ status: { podIPs: [{ ip: '10.0.0.2' }] } });
  });

  it('keeps only the fields that $retainKeys lists', () => {
    const before = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
    const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } };
    expect(apply(before, patch, 'Deployment')).toEqual({ spec: { strategy: { type: 'Recreate' } } });
  });

  it('adds to and takes from lists of scalars', () => {
    const before = { metadata: { finalizers: ['a', 'b'] } };
    const patch = { metadata: { finalizers: ['c', 'b'], '$deleteFromPrimitiveList/finalizers': ['a'] } };
    expect(apply(before, patch)).toEqual({ metadata: { finalizers: ['c', 'b'] } });
  });

  it('orders elements as told, others around them', () => {
    const order = (...list: string[]): object => ({ '$setElementOrder/containers': names(...list) });
    const before = { containers: names('a', 'b', 'c') };
    expect(inSpec(before, order('c', 'a', 'b'))).toEqual({ containers: names('c', 'a', 'b') });
    expect(inSpec(before, order('c', 'a'))).toEqual({ containers: names('b', 'c', 'a') });
    expect(inSpec(before, { containers: names('d'), ...order('d', 'a') })).toEqual({
      containers: names('d', 'a', 'b', 'c'),
    });
    expect(inSpec({}, { containers: names('y', 'x'), ...order('y', 'x') })).toEqual({ containers: names('y', 'x') });
  });

  it('puts new elements where deleted ones made room, as the API server does', () => {
    const before = { containers: names('a', 'b', 'c') };
    const gone = { name: 'b', $patch: 'delete' };
    const patch = { containers: [gone, { name: 'd' }], '$setElementOrder/containers': names('d') };
    expect(inSpec(before, patch)).toEqual({ containers: names('a', 'c', 'd') });
  });

  it('stores neither directives nor nulls in what is new', () => {
    const patch = {
      containers: [{ name: 'a', env: [{ name: 'E', $patch: 'delete' }], image: null }],
      volumes: [{ name: 'v', emptyDir: {}, $retainKeys: ['name', 'emptyDir'] }],
      affinity: { $patch: 'delete' },
    };
    expect(inSpec({}, patch)).toEqual({ containers: [{ name: 'a', env: [] }], volumes: [{ name: 'v', emptyDir: {} }] });
  });

  it('treats keys like __proto__ as labels', () => {
    const patch = JSON.parse('{"metadata":{"labels":{"__proto__":"x","constructor":"y"}}}') as object;
    const after = apply({ metadata: { labels: { a: 'b' } } }, patch);
    expect(deepEqual(after, JSON.parse('{"metadata":{"labels":{"a":"b","__proto__":"x","constructor":"y"}}}'))).toBe(
      true,
    );
    expect(apply({}, JSON.parse('{"__proto__":{"z":1}}') as object)).toStrictEqual(JSON.parse('{"__proto__":{"z":1}}'));
    expect(Object.hasOwn(Object.prototype, 'z')).toBe(false);
  });

  it.each<readonly [string, object, number, string]>([
    ['an element without its key', { spec: { containers: [{ image: 'x' }] } }, 500, 'spec.containers'],
    [
      'a new list that is ordered by a key it lacks',
      { spec: { volumes: [{ emptyDir: {} }], '$setElementOrder/volumes': [] } },
      500,
      'spec.volumes',
    ],
    ['an order without its key', { spec: { '$setElementOrder/containers': [{ image: 'x' }] } }, 500, 'spec.containers'],
    ['a deletion without its key', { spec: { containers: [{ $patch: 'delete' }] } }, 500, 'spec.containers'],
    ['an unknown directive', { spec: { $patch: 'shred' } }, 500, 'spec'],
    ['merge as a directive', { spec: { containers: [{ name: 'a', $patch: 'merge' }] } }, 500, 'spec.containers'],
    ['mixed elements', { spec: { containers: ['a'] } }, 500, 'spec.containers'],
    ['lists of lists', { spec: { containers: [[]] } }, 422, 'spec.containers'],
    ['keys not retained', { spec: { $retainKeys: ['a'], b: 1 } }, 400, 'spec'],
    ['retained keys that are no list', { spec: { $retainKeys: 'a' } }, 400, 'spec'],
    ['an order that is no list', { spec: { '$setElementOrder/containers': 'a' } }, 400, 'spec.containers'],
    ['an order of nothing', { spec: { $setElementOrder: [] } }, 400, 'spec.$setElementOrder'],
    [
      'an order not followed',
      { spec: { containers: names('b', 'a'), '$setElementOrder/containers': names('a', 'b') } },
      500,
      'spec.containers',
    ],
    ['an order of an object', { '$setElementOrder/spec': [] }, 500, 'spec'],
    ['scalars taken from objects', { spec: { '$deleteFromPrimitiveList/containers': ['a'] } }, 500, 'spec.containers'],
  ])('refuses %s', (_what, patch, ...[code, field]) => {
    const refused = (): unknown => apply({ spec: { containers: names('a', 'b') } }, patch);
    expect(refused).toThrow(PatchError);
    expect(refused).toThrow(expect.objectContaining({ code, field }));
  });

  it.each([[[]], [null], ['x']])('refuses %j as a whole', (patch) => {
    expect(() => applyStrategicMerge({}, patch, 'Pod')).toThrow(expect.objectContaining({ code: 400 }));
  });
});

describe('creating a strategic merge patch', () => {
  const create = (before: object, after: object, options = {}): JsonObject =>
    createStrategicMerge(before, after, { type: 'Pod', ...options });

  it('says nothing where nothing differs in meaning', () => {
    expect(create({ spec: { containers: [], nodeName: null } }, { spec: { volumes: [] } })).toEqual({});
    expect(create({ status: { phase: 'Running' } }, { status: { phase: 'Running', podIPs: undefined } })).toEqual({});
  });

  it('names only changed elements, deletes the gone and orders the rest', () => {
    const before = {
      status: {
        conditions: [{ type: 'A', status: 'True', reason: 'x' }, { type: 'B', status: 'True' }, { type: 'C' }],
      },
    };
    const after = {
      status: { conditions: [{ type: 'A', status: 'False' }, { type: 'B', status: 'True' }, { type: 'D' }] },
    };
    expect(create(before, after)).toEqual({
      status: {
        conditions: [{ type: 'A', status: 'False', reason: null }, { type: 'D' }, { $patch: 'delete', type: 'C' }],
        '$setElementOrder/conditions': [{ type: 'A' }, { type: 'B' }, { type: 'D' }],
      },
    });
    expect(create(before, after, { elementOrder: false })).not.toHaveProperty([
      'status',
      '$setElementOrder/conditions',
    ]);
  });

  it('sends lists as a whole where told to', () => {
    const before = { status: { podIPs: [{ ip: '10.0.0.1' }], phase: 'Running' } };
    const after = { status: { podIPs: [{ ip: '10.0.0.2' }], phase: 'Running' } };
    const patch = create(before, after, { replaceLists: ['podIPs'] });
    expect(patch).toEqual({ status: { podIPs: [{ $patch: 'replace' }, { ip: '10.0.0.2' }] } });
    expect(create(before, before, { replaceLists: ['podIPs'] })).toEqual({});
  });

  it('sends a list as a whole where its key does not identify elements', () => {
    const ports = [
      { containerPort: 53, protocol: 'UDP' },
      { containerPort: 53, protocol: 'TCP' },
    ];
    const before = { spec: { containers: [{ name: 'dns', ports: ports.slice(0, 1) }] } };
    const after = { spec: { containers: [{ name: 'dns', ports }] } };
    const patch = create(before, after);
    expect(patch).toMatchObject({ spec: { containers: [{ name: 'dns', ports: [{ $patch: 'replace' }, ...ports] }] } });
    expect(apply(before, patch)).toEqual(after);
  });

  it('lists the fields of a union that stay', () => {
    const before = { spec: { volumes: [{ name: 'v', emptyDir: {} }] } };
    const after = { spec: { volumes: [{ name: 'v', configMap: { name: 'c' } }] } };
    expect(create(before, after)).toMatchObject({
      spec: { volumes: [{ name: 'v', configMap: { name: 'c' }, emptyDir: null, $retainKeys: ['configMap', 'name'] }] },
    });
  });

  it('replaces objects whose strategy says so', () => {
    const before = { spec: { selector: { matchLabels: { a: 'b' } } } };
    const after = { spec: { selector: { matchLabels: { c: 'd' } } } };
    expect(createStrategicMerge(before, after, { type: 'PodDisruptionBudget' })).toEqual(after);
  });

  // Pods of the kinds of fields that are merged differently, small enough to collide.
  const letter = fc.constantFrom('a', 'b', 'c', 'd');
  const some = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
  const keyed = <T extends object>(key: string, rest: fc.Arbitrary<T>): fc.Arbitrary<object[]> =>
    fc.uniqueArray(
      fc.record({ [key]: letter, rest }).map(({ rest: fields, ...own }) => ({ ...own, ...(fields as object) })),
      {
        selector: (element) => (element as Record<string, unknown>)[key],
        maxLength: 4,
      },
    );
  const map = fc.dictionary(fc.oneof(letter, fc.constant('__proto__')), letter, { maxKeys: 3 });
  const env = keyed('name', fc.record({ value: letter }));
  const port = fc.record({ containerPort: fc.integer({ min: 1, max: 3 }), protocol: fc.constantFrom('TCP', 'UDP') });
  const anyContainer = fc.record(
    { image: letter, env, args: fc.array(letter, { maxLength: 3 }), ports: fc.array(port, { maxLength: 3 }) },
    { requiredKeys: [] },
  );
  const anyVolume = fc.oneof(
    fc.record({ emptyDir: fc.constant({}) }),
    fc.record({ configMap: fc.record({ name: letter }) }),
  );
  const anyPod: fc.Arbitrary<object> = fc.record({
    metadata: some(fc.record({ labels: map, finalizers: fc.uniqueArray(letter) }, { requiredKeys: [] })),
    spec: some(
      fc.record(
        {
          containers: keyed('name', anyContainer),
          volumes: keyed('name', anyVolume),
          tolerations: fc.array(fc.record({ key: letter }), { maxLength: 3 }),
          nodeSelector: map,
        },
        { requiredKeys: [] },
      ),
    ),
    status: some(
      fc.record(
        { conditions: keyed('type', fc.record({ status: letter })), podIPs: keyed('ip', fc.constant({})) },
        { requiredKeys: [] },
      ),
    ),
  });

  it('leads from any pod to any other, by merging and by replacing', () => {
    fc.assert(
      fc.property(anyPod, anyPod, fc.subarray(['podIPs', 'containers', 'env']), (before, after, replaceLists) => {
        const copies = structuredClone([before, after]);
        const result = apply(before, create(before, after, { replaceLists }));
        expect(semanticEqual(result, after)).toBe(true);
        expect([before, after]).toEqual(copies);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves elements alone that it was not told about', () => {
    fc.assert(
      fc.property(anyPod, anyPod, (before, after) => {
        const foreign = { type: 'example.com/gate', status: 'True' };
        const patch = create(before, after);
        const conditions = (before as { status?: { conditions?: object[] } }).status?.conditions ?? [];
        const live = apply(
          { ...before, status: { ...(before as { status?: object }).status, conditions: [...conditions, foreign] } },
          patch,
        );
        const gone = (after as { status?: { conditions?: object[] } }).status?.conditions === undefined;
        const kept = (live as { status?: { conditions?: object[] } }).status?.conditions ?? [];
        expect(gone || kept.some((condition) => deepEqual(condition, foreign))).toBe(true);
      }),
    );
  });
});

describe('types of kinds', () => {
  it.each([
    ['v1', 'Pod', 'Pod'],
    ['events.k8s.io/v1', 'Event', 'EventsV1Event'],
    ['v1', 'Event', 'Event'],
    ['autoscaling/v2', 'HorizontalPodAutoscaler', 'HorizontalPodAutoscaler'],
    ['example.com/v1', 'Pod', undefined],
    ['v1', 'constructor', undefined],
  ])('%s %s is %s', (apiVersion, kind, type) => {
    expect(typeOfKind(apiVersion, kind)).toBe(type);
  });
});
