import { paths, pod } from './objects.js';
import { create, patch, spec } from './pod-steps.js';
import type { Scenario, Step } from './scenario.js';

const { pods } = paths;

function bind(title: string, name: string, body: unknown): Step {
  return { title, method: 'POST', path: `${pods}/${name}/binding`, body };
}

function evict(title: string, name: string, changes: Readonly<Record<string, unknown>> = {}): Step {
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name }, ...changes };
  return { title, method: 'POST', path: `${pods}/${name}/eviction`, body };
}

function resize(title: string, changes: Readonly<Record<string, unknown>>): Step {
  return patch(title, 'a/resize', { spec: { containers: [{ name: 'main', ...changes }] } });
}

function attach(title: string, container: Readonly<Record<string, unknown>>): Step {
  return patch(title, 'a/ephemeralcontainers', { spec: { ephemeralContainers: [container] } });
}

/** What is done to a pod beside its spec and its status: binding, eviction, resize, ephemeral containers. */
export const podSubresourceScenarios: readonly Scenario[] = [
  {
    name: 'binding',
    steps: [
      spec('a', {}),
      bind('wrong kind', 'a', { metadata: { name: 'a' }, target: { kind: 'Pod', name: 'n' } }),
      bind('no target', 'a', { metadata: { name: 'a' }, target: { kind: 'Node' } }),
      bind('other name', 'a', { metadata: { name: 'b' }, target: { name: 'n' } }),
      bind('wrong uid', 'a', {
        metadata: { name: 'a', uid: '11111111-2222-4333-8444-555555555555' },
        target: { name: 'n' },
      }),
      bind('bind', 'a', {
        metadata: { name: 'a', annotations: { x: 'y' }, labels: { l: 'm' } },
        target: { kind: 'Node', name: 'no-such-node' },
      }),
      { title: 'bound', method: 'GET', path: `${pods}/a` },
      bind('bind again', 'a', { metadata: { name: 'a' }, target: { name: 'other' } }),
      bind('bind nobody', 'nobody', { metadata: { name: 'nobody' }, target: { name: 'n' } }),
      spec('gated', { schedulingGates: [{ name: 'a.b/c' }] }),
      bind('bind gated', 'gated', { metadata: { name: 'gated' }, target: { name: 'n' } }),
      create('held', { ...(pod('held') as object), metadata: { name: 'held', finalizers: ['a.b/c'] } }),
      { title: 'delete held', method: 'DELETE', path: `${pods}/held` },
      bind('bind deleted', 'held', { metadata: { name: 'held' }, target: { name: 'n' } }),
      { title: 'let go', method: 'PATCH', path: `${pods}/held`, body: { metadata: { finalizers: null } } },
      spec('z', {}),
      {
        title: 'old way',
        method: 'POST',
        path: '/api/v1/namespaces/{ns}/bindings',
        body: { metadata: { name: 'z' }, target: { kind: 'Node', name: 'no-such-node' } },
      },
      { title: 'old way bound', method: 'GET', path: `${pods}/z` },
    ],
  },
  {
    name: 'eviction',
    steps: [
      spec('a', { nodeName: 'no-such-node' }),
      evict('dry run', 'a', { metadata: { name: 'a' }, deleteOptions: { dryRun: ['All'] } }),
      evict('other name', 'a', { metadata: { name: 'b' } }),
      evict('wrong uid', 'a', {
        metadata: { name: 'a' },
        deleteOptions: { preconditions: { uid: '11111111-2222-4333-8444-555555555555' } },
      }),
      evict('evict', 'a'),
      { title: 'evicted', method: 'GET', path: `${pods}/a` },
      evict('evict again', 'a'),
      {
        title: 'history',
        method: 'GET',
        path: (seen) =>
          `${pods}?watch=1&timeoutSeconds=1&resourceVersion=${seen.text('a', 'metadata', 'resourceVersion')}`,
      },
      spec('b', {}),
      evict('evict unbound', 'b'),
      { title: 'unbound is gone', method: 'GET', path: `${pods}/b` },
      evict('evict nobody', 'nobody'),
    ],
  },
  {
    name: 'resize and ephemeral containers',
    steps: [
      spec('a', {
        containers: [
          { name: 'main', image: 'nginx:1', resources: { requests: { cpu: '100m' }, limits: { cpu: '200m' } } },
        ],
      }),
      resize('resize', { resources: { requests: { cpu: '150m' } } }),
      resize('resize to the same', { resources: { requests: { cpu: '150m' } } }),
      resize('resize the image', { image: 'other' }),
      resize('resize another resource', { resources: { requests: { 'ephemeral-storage': '1Gi' } } }),
      resize('resize out of the class', { resources: { requests: null, limits: null } }),
      resize('resize beyond limits', { resources: { requests: { cpu: '300m' } } }),
      { title: 'get resize', method: 'GET', path: `${pods}/a/resize` },
      attach('add ephemeral', { name: 'debug', image: 'busybox', targetContainerName: 'main' }),
      attach('change ephemeral', { name: 'debug', image: 'other' }),
      attach('add another', { name: 'debug2', image: 'busybox' }),
      {
        title: 'remove ephemeral',
        method: 'PATCH',
        path: `${pods}/a/ephemeralcontainers`,
        body: { spec: { ephemeralContainers: null } },
      },
      attach('ephemeral with a taken name', { name: 'main', image: 'busybox' }),
      attach('ephemeral with ports', { name: 'debug3', image: 'busybox', ports: [{ containerPort: 80 }] }),
      attach('ephemeral with unknown target', { name: 'debug4', image: 'busybox', targetContainerName: 'nobody' }),
      patch('ephemeral by the main resource', 'a', {
        spec: { ephemeralContainers: [{ name: 'debug5', image: 'busybox' }] },
      }),
      spec('with ephemeral', { ephemeralContainers: [{ name: 'debug', image: 'busybox' }] }),
    ],
  },
];
