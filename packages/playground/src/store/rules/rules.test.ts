// Rules of kinds, as clients meet them. What a real API server answers to the same is compared end to end.
import { ManualClock, seededIds, seededRandom } from '@virtual-kubelet/base';
import { describe, expect, it } from 'vitest';
import { createPlayground } from '../../index.js';
import type { OwnRequest } from '../../store.js';

interface Answered {
  readonly code: number;
  readonly body: Tree;
}

/** The parts of objects and failures that these tests look at. */
interface Tree {
  readonly reason?: string;
  readonly message?: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, unknown>>;
}

type Request = Partial<OwnRequest> & { readonly verb: OwnRequest['verb']; readonly resource: string };

function open() {
  const clock = new ManualClock();
  const random = seededRandom(1);
  const { server } = createPlayground({ clock, random, ids: seededIds(random) });
  const ask = (request: Request): Answered => {
    const place = request.resource === 'namespaces' ? {} : { namespace: 'default' };
    const answer = server.request({ apiVersion: 'v1', ...place, ...request });
    if (answer.is !== 'object') throw new Error(answer.is);
    return { code: answer.code, body: answer.body as unknown as Tree };
  };
  const pods = (verb: OwnRequest['verb'], more: Partial<OwnRequest> = {}): Answered =>
    ask({ verb, resource: 'pods', ...more });
  return { clock, ask, pods };
}

const container = { name: 'c', image: 'nginx:1' };
const pod = (spec: object = {}) => ({
  metadata: { name: 'p', labels: { app: 'p' } },
  spec: { containers: [container], ...spec },
});

describe('a pod', () => {
  it('gets what a client leaves out, and its class', () => {
    const { pods } = open();
    const { body } = pods('create', { body: pod({ containers: [{ ...container, image: 'nginx' }] }) });
    expect(body.spec).toMatchObject({
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
      serviceAccountName: 'default',
      containers: [{ imagePullPolicy: 'Always' }],
    });
    expect(body.status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
    expect(body.metadata.generation).toBe(1);
  });

  it('cannot change but for its image, and counts that', () => {
    const { pods } = open();
    pods('create', { body: pod() });
    const patch = (spec: object) => pods('patch', { name: 'p', patchType: 'strategic', body: { spec } });
    expect(patch({ containers: [{ name: 'c', image: 'nginx:2' }] }).body.metadata.generation).toBe(2);
    const refused = patch({ containers: [{ name: 'c', command: ['x'] }] });
    expect(refused).toMatchObject({ code: 422, body: { reason: 'Invalid' } });
    expect(refused.body.message).toContain('pod updates may not change fields other than');
  });

  it('is bound to one node once', () => {
    const { pods } = open();
    pods('create', { body: pod() });
    const bind = (node: string) => {
      const body = { metadata: { name: 'p' }, target: { kind: 'Node', name: node } };
      return pods('create', { name: 'p', subresource: 'binding', body });
    };
    expect(bind('a').code).toBe(201);
    expect(bind('b')).toMatchObject({
      code: 409,
      body: { message: expect.stringContaining('already assigned to node "a"') },
    });
    expect(pods('get', { name: 'p' }).body.spec['nodeName']).toBe('a');
  });

  it('goes at once where it is bound to no node', () => {
    const { pods } = open();
    pods('create', { body: pod() });
    expect(pods('delete', { name: 'p' }).code).toBe(200);
    expect(pods('get', { name: 'p' }).code).toBe(404);
  });

  it('waits for its node to end it, for as long as is asked for; asking again only shortens', () => {
    const { pods } = open();
    pods('create', { body: pod({ nodeName: 'n' }) });
    const end = (grace?: number) =>
      pods('delete', { name: 'p', ...(grace === undefined ? {} : { body: { gracePeriodSeconds: grace } }) });
    expect(end().body.metadata).toMatchObject({
      deletionGracePeriodSeconds: 30,
      deletionTimestamp: '2026-01-01T00:00:30Z',
    });
    expect(end(60).body.metadata.deletionGracePeriodSeconds).toBe(30);
    expect(end(5).body.metadata).toMatchObject({
      deletionGracePeriodSeconds: 5,
      deletionTimestamp: '2026-01-01T00:00:05Z',
    });
    end(0);
    expect(pods('get', { name: 'p' }).code).toBe(404);
  });

  it('is not deleted for another with its name', () => {
    const { pods } = open();
    pods('create', { body: pod() });
    expect(pods('delete', { name: 'p', body: { preconditions: { uid: 'other' } } }).code).toBe(409);
  });

  it('takes status from its view only, and nothing else there', () => {
    const { pods } = open();
    pods('create', { body: pod() });
    pods('patch', { name: 'p', patchType: 'merge', body: { status: { phase: 'Running' } } });
    expect(pods('get', { name: 'p' }).body.status['phase']).toBe('Pending');
    const body = { status: { phase: 'Running' }, spec: { nodeName: 'n' } };
    pods('patch', { name: 'p', subresource: 'status', patchType: 'merge', body });
    const now = pods('get', { name: 'p' }).body;
    expect(now.status['phase']).toBe('Running');
    expect(now.spec['nodeName']).toBeUndefined();
  });
});

describe('an eviction', () => {
  const budgets = { apiVersion: 'policy/v1', resource: 'poddisruptionbudgets' };

  const running = { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } };

  function world(disruptionsAllowed: number) {
    const opened = open();
    const { ask, pods } = opened;
    pods('create', { body: pod({ nodeName: 'n' }) });
    pods('patch', { name: 'p', subresource: 'status', patchType: 'merge', body: running });
    const selector = { matchLabels: { app: 'p' } };
    ask({ ...budgets, verb: 'create', body: { metadata: { name: 'b' }, spec: { minAvailable: 1, selector } } });
    const status = { disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1, observedGeneration: 1 };
    ask({ ...budgets, verb: 'patch', name: 'b', subresource: 'status', patchType: 'merge', body: { status } });
    const evict = () => pods('create', { name: 'p', subresource: 'eviction', body: { metadata: { name: 'p' } } });
    return { ...opened, evict };
  }

  it('asks the budget first', () => {
    expect(world(0).evict()).toMatchObject({ code: 429, body: { reason: 'TooManyRequests' } });
  });

  it('spends the budget, and is then a graceful deletion', () => {
    const { ask, evict, pods } = world(1);
    expect(evict().code).toBe(201);
    expect(pods('get', { name: 'p' }).body.metadata.deletionGracePeriodSeconds).toBe(30);
    expect(ask({ ...budgets, verb: 'get', name: 'b' }).body.status['disruptionsAllowed']).toBe(0);
  });
});

describe('a namespace', () => {
  it('takes nothing new on its way out, and stays until its finalizer is gone', () => {
    const { ask } = open();
    const namespaces = { resource: 'namespaces', name: 'mine' };
    ask({ verb: 'create', resource: 'namespaces', body: { metadata: { name: 'mine' } } });
    ask({ verb: 'delete', ...namespaces });
    expect(ask({ verb: 'get', ...namespaces }).body.status['phase']).toBe('Terminating');
    const late = ask({ verb: 'create', resource: 'configmaps', namespace: 'mine', body: { metadata: { name: 'c' } } });
    expect(late).toMatchObject({ code: 403, body: { reason: 'Forbidden' } });
    ask({ verb: 'update', ...namespaces, subresource: 'finalize', body: { metadata: { name: 'mine' }, spec: {} } });
    expect(ask({ verb: 'get', ...namespaces }).code).toBe(404);
  });

  it('is not deleted where the cluster needs it', () => {
    expect(open().ask({ verb: 'delete', resource: 'namespaces', name: 'kube-system' }).code).toBe(403);
  });
});

describe('an object with finalizers', () => {
  it('stays until the last is gone, and takes no new ones', () => {
    const { ask } = open();
    const map = { resource: 'configmaps', name: 'c' };
    const finalizers = ['example.com/a'];
    ask({ verb: 'create', resource: 'configmaps', body: { metadata: { name: 'c', finalizers } } });
    ask({ verb: 'delete', ...map });
    expect(ask({ verb: 'get', ...map }).body.metadata.deletionTimestamp).toBe('2026-01-01T00:00:00Z');
    const patch = (names: readonly string[]) =>
      ask({ verb: 'patch', ...map, patchType: 'merge', body: { metadata: { finalizers: names } } });
    expect(patch(['example.com/a', 'example.com/b']).code).toBe(422);
    expect(patch([]).code).toBe(200);
    expect(ask({ verb: 'get', ...map }).code).toBe(404);
  });
});

describe('a deployment', () => {
  const deployments = { apiVersion: 'apps/v1', resource: 'deployments' };
  const template = { metadata: { labels: { app: 'd' } }, spec: { containers: [container] } };
  const deployment = (labels: object) => ({
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: labels }, template },
  });

  it('must select its own pods, and by the same for ever', () => {
    const { ask } = open();
    expect(ask({ ...deployments, verb: 'create', body: deployment({ app: 'other' }) }).code).toBe(422);
    expect(ask({ ...deployments, verb: 'create', body: deployment({ app: 'd' }) }).code).toBe(201);
    const selector = { matchLabels: { app: 'x' } };
    const body = { spec: { selector, template: { metadata: { labels: { app: 'x' } } } } };
    expect(ask({ ...deployments, verb: 'patch', name: 'd', patchType: 'merge', body }).code).toBe(422);
  });

  it('is scaled by its view, which counts as a change', () => {
    const { ask } = open();
    ask({ ...deployments, verb: 'create', body: deployment({ app: 'd' }) });
    const scale = { ...deployments, name: 'd', subresource: 'scale' };
    ask({ ...scale, verb: 'patch', patchType: 'merge', body: { spec: { replicas: 4 } } });
    expect(ask({ ...scale, verb: 'get' }).body.status).toEqual({ replicas: 0, selector: 'app=d' });
    const { spec, metadata } = ask({ ...deployments, verb: 'get', name: 'd' }).body;
    expect({ replicas: spec['replicas'], generation: metadata.generation }).toEqual({ replicas: 4, generation: 2 });
  });
});

describe('a service', () => {
  it('gets an address that nobody else has, and keeps it', () => {
    const { ask } = open();
    const make = (name: string) =>
      ask({ verb: 'create', resource: 'services', body: { metadata: { name }, spec: { ports: [{ port: 80 }] } } }).body;
    const addresses = ['a', 'b', 'c'].map((name) => make(name).spec['clusterIP']);
    expect(new Set(addresses).size).toBe(3);
    const body = { spec: { clusterIP: '10.96.9.9' } };
    expect(ask({ verb: 'patch', resource: 'services', name: 'a', patchType: 'merge', body }).code).toBe(422);
  });
});
