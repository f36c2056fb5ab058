import type { Scenario, Seen, Step } from './scenario.js';
import { patchTypes } from './scenario.js';

const apps = '/apis/apps/v1/namespaces/{ns}';
const batch = '/apis/batch/v1/namespaces/{ns}';

function post(title: string, path: string, body: unknown): Step {
  return { title, method: 'POST', path, body };
}

function patch(title: string, path: string, body: unknown): Step {
  return { title, method: 'PATCH', path, body };
}

const labels = { app: 'web' };
const template = {
  metadata: { labels },
  spec: { schedulerName: 'nobody', containers: [{ name: 'main', image: 'nginx' }] },
};
const selector = { matchLabels: labels };
const once = {
  spec: { schedulerName: 'nobody', restartPolicy: 'Never', containers: [{ name: 'main', image: 'nginx' }] },
};
// Paused, suspended or without replicas, so that no controller touches them between two requests.
const still = { paused: true, replicas: 0 };

/** Workloads: defaults, selectors, generations and scale. */
export const workloadScenarios: readonly Scenario[] = [
  {
    name: 'deployments',
    steps: [
      post('create', `${apps}/deployments`, {
        metadata: { name: 'a' },
        spec: { ...still, selector, template },
        status: { replicas: 5 },
      }),
      post('recreate', `${apps}/deployments`, {
        metadata: { name: 'r' },
        spec: { ...still, selector, template, strategy: { type: 'Recreate' } },
      }),
      post('no selector', `${apps}/deployments`, { metadata: { name: 'b' }, spec: { template } }),
      post('other labels', `${apps}/deployments`, {
        metadata: { name: 'b' },
        spec: { selector: { matchLabels: { x: 'y' } }, template },
      }),
      post('negative replicas', `${apps}/deployments`, {
        metadata: { name: 'b' },
        spec: { replicas: -1, selector, template },
      }),
      post('no containers', `${apps}/deployments`, {
        metadata: { name: 'b' },
        spec: { selector, template: { metadata: { labels } } },
      }),
      { title: 'get scale', method: 'GET', path: `${apps}/deployments/a/scale` },
      { title: 'delete recreate', method: 'DELETE', path: `${apps}/deployments/r` },
    ],
  },
  {
    name: 'replica sets',
    steps: [
      post('create', `${apps}/replicasets`, {
        metadata: {
          name: 'a',
          ownerReferences: [
            {
              apiVersion: 'example.com/v1',
              kind: 'Other',
              name: 'x',
              uid: '11111111-2222-4333-8444-555555555555',
              controller: true,
            },
          ],
        },
        spec: { replicas: 0, selector, template },
      }),
      patch('change the selector', `${apps}/replicasets/a`, {
        spec: { selector: { matchLabels: { app: 'other' } }, template: { metadata: { labels: { app: 'other' } } } },
      }),
    ],
  },
  {
    name: 'stateful sets',
    steps: [
      post('create', `${apps}/statefulsets`, {
        metadata: { name: 'a' },
        spec: {
          replicas: 0,
          serviceName: 's',
          selector,
          template,
          volumeClaimTemplates: [
            {
              metadata: { name: 'data' },
              spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
            },
          ],
        },
      }),
      post('on delete', `${apps}/statefulsets`, {
        metadata: { name: 'b' },
        spec: { replicas: 0, serviceName: 's', selector, template, updateStrategy: { type: 'OnDelete' } },
      }),
    ],
  },
  {
    name: 'daemon sets',
    steps: [
      post('create', `${apps}/daemonsets`, {
        metadata: { name: 'a' },
        spec: { selector, template: { ...template, spec: { ...template.spec, nodeSelector: { no: 'where' } } } },
      }),
      post('on delete', `${apps}/daemonsets`, {
        metadata: { name: 'b' },
        spec: {
          selector,
          template: { ...template, spec: { ...template.spec, nodeSelector: { no: 'where' } } },
          updateStrategy: { type: 'OnDelete' },
        },
      }),
    ],
  },
  {
    name: 'jobs',
    steps: [
      post('create', `${batch}/jobs`, { metadata: { name: 'a' }, spec: { suspend: true, template: once } }),
      post('with labels', `${batch}/jobs`, {
        metadata: { name: 'l' },
        spec: { suspend: true, template: { ...once, metadata: { labels } } },
      }),
      post('always', `${batch}/jobs`, { metadata: { name: 'b' }, spec: { suspend: true, template } }),
      post('many', `${batch}/jobs`, {
        metadata: { name: 'm' },
        spec: {
          suspend: true,
          completions: 5,
          parallelism: 2,
          backoffLimitPerIndex: 1,
          completionMode: 'Indexed',
          template: once,
        },
      }),
      post('cron', `${batch}/cronjobs`, {
        metadata: { name: 'c' },
        spec: { suspend: true, schedule: '0 0 1 1 *', jobTemplate: { spec: { template: once } } },
      }),
      post('cron without schedule', `${batch}/cronjobs`, {
        metadata: { name: 'd' },
        spec: { suspend: true, jobTemplate: { spec: { template: once } } },
      }),
      patch('cron schedule', `${batch}/cronjobs/c`, { spec: { schedule: '1 0 1 1 *' } }),
    ],
  },
  {
    name: 'replication controllers',
    steps: [
      post('create', '/api/v1/namespaces/{ns}/replicationcontrollers', {
        metadata: { name: 'a' },
        spec: { replicas: 0, template },
      }),
      post('template', '/api/v1/namespaces/{ns}/podtemplates', { metadata: { name: 't' }, template }),
      { title: 'delete template', method: 'DELETE', path: '/api/v1/namespaces/{ns}/podtemplates/t' },
      post('quota', '/api/v1/namespaces/{ns}/resourcequotas', {
        metadata: { name: 'q' },
        spec: { hard: { 'requests.nvidia.com/gpu': '5' } },
      }),
      post('limits', '/api/v1/namespaces/{ns}/limitranges', {
        metadata: { name: 'l' },
        spec: { limits: [{ type: 'Container', max: { cpu: '1' }, default: { memory: '1Gi' }, min: { cpu: '100m' } }] },
      }),
    ],
  },
  {
    name: 'scale',
    steps: [
      post('create', '/api/v1/namespaces/{ns}/replicationcontrollers', {
        metadata: { name: 'a' },
        spec: { replicas: 0, selector: { x: 'y' }, template: { ...template, metadata: { labels: { x: 'y' } } } },
      }),
      { title: 'get', method: 'GET', path: '/api/v1/namespaces/{ns}/replicationcontrollers/a/scale' },
      {
        title: 'bad put',
        method: 'PUT',
        path: '/api/v1/namespaces/{ns}/replicationcontrollers/a/scale',
        body: (seen: Seen) => ({ ...seen.object('get'), spec: { replicas: -1 } }),
      },
      {
        title: 'old put',
        method: 'PUT',
        path: '/api/v1/namespaces/{ns}/replicationcontrollers/a/scale',
        body: (seen: Seen) => ({
          ...seen.object('get'),
          metadata: { name: 'a', resourceVersion: '1' },
          spec: { replicas: 1 },
        }),
      },
      {
        title: 'strategic',
        method: 'PATCH',
        path: '/api/v1/namespaces/{ns}/replicationcontrollers/a/scale',
        type: patchTypes.strategic,
        body: { spec: { replicas: 0 } },
      },
    ],
  },
];
