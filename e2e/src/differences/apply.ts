import { paths } from './objects.js';
import type { Scenario, Step } from './scenario.js';
import { patchTypes } from './scenario.js';

const { configMaps, pods, services } = paths;

function apply(
  title: string,
  path: string,
  { manager = 'one', force = false, query = '', ...body }: Readonly<Record<string, unknown>>,
): Step {
  const options = `fieldManager=${String(manager)}${force === true ? '&force=true' : ''}${String(query)}`;
  return { title, method: 'PATCH', path: `${path}?${options}`, type: patchTypes.apply, body };
}

const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } };
const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: '{ns}' } };
const main = { name: 'main', image: 'nginx' };

/** Server-side apply. */
export const applyScenarios: readonly Scenario[] = [
  {
    name: 'apply',
    steps: [
      { title: 'without manager', method: 'PATCH', path: `${configMaps}/a`, type: patchTypes.apply, body: map },
      apply('create', `${configMaps}/a`, { ...map, data: { x: '1', y: '2' } }),
      apply('again', `${configMaps}/a`, { ...map, data: { x: '1', y: '2' } }),
      apply('change and drop', `${configMaps}/a`, { ...map, data: { x: '3' } }),
      apply('second manager adds', `${configMaps}/a`, { manager: 'two', ...map, data: { z: '9' } }),
      apply('second manager agrees', `${configMaps}/a`, { manager: 'two', ...map, data: { z: '9', x: '3' } }),
      apply('second manager conflicts', `${configMaps}/a`, { manager: 'two', ...map, data: { z: '9', x: '4' } }),
      apply('second manager forces', `${configMaps}/a`, {
        manager: 'two',
        force: true,
        ...map,
        data: { z: '9', x: '4' },
      }),
      apply('first manager conflicts', `${configMaps}/a`, { ...map, data: { x: '3' } }),
      apply('first manager lets go', `${configMaps}/a`, { ...map, data: {} }),
      apply('second manager drops', `${configMaps}/a`, { manager: 'two', ...map, data: { x: '4' } }),
      {
        title: 'update by hand',
        method: 'PATCH',
        path: `${configMaps}/a?fieldManager=hand`,
        body: { data: { x: '5', h: '1' } },
      },
      apply('conflict with an update', `${configMaps}/a`, { manager: 'two', ...map, data: { x: '6' } }),
      apply('forced over an update', `${configMaps}/a`, { manager: 'two', force: true, ...map, data: { x: '6' } }),
      apply('with a version that is old', `${configMaps}/a`, {
        manager: 'two',
        ...map,
        metadata: { name: 'a', resourceVersion: '1' },
        data: { x: '6' },
      }),
      apply('with a wrong uid', `${configMaps}/a`, {
        manager: 'two',
        ...map,
        metadata: { name: 'a', uid: '11111111-2222-4333-8444-555555555555' },
        data: { x: '6' },
      }),
      apply('with another name', `${configMaps}/a`, { ...map, metadata: { name: 'b' } }),
      apply('another kind', `${configMaps}/a`, { ...map, kind: 'Secret' }),
      apply('with managed fields', `${configMaps}/a`, {
        ...map,
        metadata: { name: 'a', managedFields: [{ manager: 'x' }] },
      }),
      apply('dry run', `${configMaps}/a`, { manager: 'two', query: '&dryRun=All', ...map, data: { x: '7' } }),
      apply('unknown field', `${configMaps}/a`, { ...map, foo: 1 }),
      apply('unknown field, strict', `${configMaps}/a`, { query: '&fieldValidation=Strict', ...map, foo: 1 }),
      apply('labels', `${configMaps}/a`, {
        ...map,
        metadata: { name: 'a', labels: { l: '1' }, annotations: { n: '1' }, finalizers: ['a.b/c'] },
      }),
      apply('fewer labels', `${configMaps}/a`, { ...map, metadata: { name: 'a', labels: { l: '2' } } }),
    ],
  },
  {
    name: 'apply to lists',
    steps: [
      apply('create', `${pods}/p`, {
        ...pod,
        spec: {
          schedulerName: 'nobody',
          containers: [
            {
              ...main,
              env: [
                { name: 'A', value: '1' },
                { name: 'B', value: '2' },
              ],
              ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }],
            },
          ],
        },
      }),
      apply('status', `${pods}/p/status`, {
        manager: 'agent',
        ...pod,
        status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
      }),
      apply('other condition', `${pods}/p/status`, {
        manager: 'other',
        ...pod,
        status: { conditions: [{ type: 'x.y/Z', status: 'True' }] },
      }),
      apply('other condition dropped', `${pods}/p/status`, { manager: 'other', ...pod, status: { conditions: [] } }),
      apply('conflicting condition', `${pods}/p/status`, {
        manager: 'other',
        ...pod,
        status: { conditions: [{ type: 'Ready', status: 'False' }] },
      }),
      apply('image', `${pods}/p`, {
        manager: 'two',
        force: true,
        ...pod,
        spec: { containers: [{ name: 'main', image: 'nginx:2' }] },
      }),
      apply('service', `${services}/s`, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 's' },
        spec: {
          selector: { a: 'b' },
          ports: [
            { name: 'x', port: 80 },
            { name: 'y', port: 81 },
          ],
        },
      }),
      apply('service with one port', `${services}/s`, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 's' },
        spec: { selector: { a: 'b' }, ports: [{ name: 'y', port: 81 }] },
      }),
    ],
  },
  {
    name: 'apply to nodes',
    steps: [
      {
        title: 'create',
        method: 'POST',
        path: '/api/v1/nodes?fieldManager=creator',
        body: { metadata: { name: '{ns}', labels: { a: 'b' } } },
      },
      apply('labels', '/api/v1/nodes/{ns}', {
        manager: 'agent',
        ...node,
        metadata: { name: '{ns}', labels: { c: 'd', e: 'f' } },
      }),
      apply('fewer labels', '/api/v1/nodes/{ns}', {
        manager: 'agent',
        ...node,
        metadata: { name: '{ns}', labels: { c: 'd' } },
      }),
      apply('label of another', '/api/v1/nodes/{ns}', {
        manager: 'agent',
        ...node,
        metadata: { name: '{ns}', labels: { c: 'd', a: 'z' } },
      }),
      apply('taints', '/api/v1/nodes/{ns}', {
        manager: 'agent',
        force: true,
        ...node,
        metadata: { name: '{ns}', labels: { c: 'd' } },
        spec: { taints: [{ key: 'x.y/z', effect: 'NoSchedule' }] },
      }),
      { title: 'delete', method: 'DELETE', path: '/api/v1/nodes/{ns}' },
    ],
  },
];
