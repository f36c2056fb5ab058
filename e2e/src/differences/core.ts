import { paths } from './objects.js';
import type { Scenario, Seen, Step } from './scenario.js';
import { patchTypes } from './scenario.js';

const { configMaps, secrets, services, serviceAccounts, events, leases } = paths;

function post(title: string, path: string, body: unknown): Step {
  return { title, method: 'POST', path, body };
}

function patch(title: string, path: string, body: unknown): Step {
  return { title, method: 'PATCH', path, body };
}

function service(title: string, spec: Readonly<Record<string, unknown>>): Step {
  return post(title, services, { metadata: { name: title.replaceAll(/[^a-z0-9]+/g, '-') }, spec });
}

const port = { port: 80 };

/** The small kinds of core/v1 and leases. */
export const coreScenarios: readonly Scenario[] = [
  {
    name: 'config',
    steps: [
      post('bad keys', configMaps, { metadata: { name: 'a' }, data: { '': 'x', 'a/b': 'y', '..': 'z' } }),
      post('shared keys', configMaps, { metadata: { name: 'a' }, data: { k: 'x' }, binaryData: { k: 'eA==' } }),
      post('immutable', configMaps, { metadata: { name: 'i' }, immutable: true, data: { k: 'v' } }),
      patch('change immutable', `${configMaps}/i`, { data: { k: 'w' } }),
      patch('label immutable', `${configMaps}/i`, { metadata: { labels: { a: 'b' } } }),
      patch('unset immutable', `${configMaps}/i`, { immutable: false }),
      post('secret', secrets, {
        metadata: { name: 's' },
        stringData: { user: 'me', empty: '' },
        data: { user: 'eA==', raw: 'eA==' },
      }),
      patch('string data again', `${secrets}/s`, { stringData: { user: 'you' } }),
      patch('secret type', `${secrets}/s`, { type: 'example.com/other' }),
      post('bad base64', secrets, { metadata: { name: 'b' }, data: { k: 'not base64!' } }),
      post('bad secret key', secrets, { metadata: { name: 'b' }, data: { 'a/b': 'eA==' } }),
      post('docker', secrets, { metadata: { name: 'd' }, type: 'kubernetes.io/dockerconfigjson', data: {} }),
      post('tls', secrets, { metadata: { name: 't' }, type: 'kubernetes.io/tls', data: {} }),
      post('basic', secrets, { metadata: { name: 'ba' }, type: 'kubernetes.io/basic-auth', data: {} }),
      post('account token', secrets, { metadata: { name: 'at' }, type: 'kubernetes.io/service-account-token' }),
      post('immutable secret', secrets, { metadata: { name: 'is' }, immutable: true, data: { k: 'eA==' } }),
      patch('change immutable secret', `${secrets}/is`, { data: { k: 'eQ==' } }),
      { title: 'by type', method: 'GET', path: `${secrets}?fieldSelector=type%3DOpaque` },
      { title: 'delete secret', method: 'DELETE', path: `${secrets}/s` },
    ],
  },
  {
    name: 'services',
    steps: [
      service('plain', { selector: { a: 'b' }, ports: [port] }),
      service('named', {
        ports: [
          { name: 'http', port: 80, targetPort: 'web' },
          { name: 'dns', port: 53, protocol: 'UDP' },
        ],
      }),
      service('headless', { clusterIP: 'None', selector: { a: 'b' } }),
      service('external', { type: 'ExternalName', externalName: 'example.com' }),
      service('no ports', {}),
      service('bad port', { ports: [{ port: 0 }] }),
      service('unnamed ports', { ports: [{ port: 1 }, { port: 2 }] }),
      service('bad type', { type: 'Other', ports: [port] }),
      service('bad address', { clusterIP: 'abc', ports: [port] }),
      service('foreign address', { clusterIP: '1.2.3.4', ports: [port] }),
      service('affinity', { sessionAffinity: 'ClientIP', ports: [port] }),
      service('node port', { type: 'NodePort', ports: [{ port: 80, nodePort: 31234 }] }),
      service('node port taken', { type: 'NodePort', ports: [{ port: 80, nodePort: 31234 }] }),
      service('node port out of range', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }),
      service('balancer', { type: 'LoadBalancer', ports: [{ port: 80, nodePort: 31235 }] }),
      service('external without name', { type: 'ExternalName' }),
      post('bad name', services, { metadata: { name: '1a' }, spec: { ports: [port] } }),
      patch('another port', `${services}/plain`, { spec: { ports: [{ port: 81 }] } }),
      patch('another address', `${services}/plain`, { spec: { clusterIP: '10.96.200.200' } }),
      patch('no address', `${services}/plain`, { spec: { clusterIP: null } }),
      patch('to a node port', `${services}/plain`, {
        spec: { type: 'NodePort', ports: [{ port: 81, nodePort: 31236 }] },
      }),
      patch('back', `${services}/plain`, { spec: { type: 'ClusterIP' } }),
      patch('status', `${services}/balancer/status`, {
        status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } },
        spec: { selector: { x: 'y' } },
      }),
      { title: 'delete', method: 'DELETE', path: `${services}/plain` },
      // Node ports belong to the whole cluster: the next run needs them again.
      { title: 'give back one port', method: 'DELETE', path: `${services}/node-port` },
      { title: 'give back another', method: 'DELETE', path: `${services}/balancer` },
    ],
  },
  {
    name: 'service accounts',
    steps: [
      post('create', serviceAccounts, {
        metadata: { name: 'a' },
        secrets: [{ name: 'x' }],
        imagePullSecrets: [{ name: 'y' }],
      }),
      post('token', `${serviceAccounts}/a/token`, { spec: { audiences: ['me'], expirationSeconds: 600 } }),
      post('token without audience', `${serviceAccounts}/a/token`, {}),
      post('short token', `${serviceAccounts}/a/token`, { spec: { expirationSeconds: 5 } }),
      post('token of nobody', `${serviceAccounts}/nobody/token`, {}),
      post('token for a missing pod', `${serviceAccounts}/a/token`, {
        spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'nobody' } },
      }),
      post('token for something else', `${serviceAccounts}/a/token`, {
        spec: { boundObjectRef: { kind: 'Service', apiVersion: 'v1', name: 'x' } },
      }),
      post('pod', paths.pods, {
        metadata: { name: 'p' },
        spec: { schedulerName: 'nobody', serviceAccountName: 'a', containers: [{ name: 'm', image: 'i' }] },
      }),
      post('other pod', paths.pods, {
        metadata: { name: 'o' },
        spec: { schedulerName: 'nobody', containers: [{ name: 'm', image: 'i' }] },
      }),
      post('bound token', `${serviceAccounts}/a/token`, (seen: Seen) => ({
        spec: {
          boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: seen.text('pod', 'metadata', 'uid') },
        },
      })),
      post('bound to another uid', `${serviceAccounts}/a/token`, {
        spec: {
          boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: '11111111-2222-4333-8444-555555555555' },
        },
      }),
      post('bound to a pod of another account', `${serviceAccounts}/a/token`, {
        spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'o' } },
      }),
      post('review of rubbish', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 'rubbish' } }),
      post('review', '/apis/authentication.k8s.io/v1/tokenreviews', (seen: Seen) => ({
        spec: { token: seen.text('token without audience', 'status', 'token') },
      })),
      post('review of an audience', '/apis/authentication.k8s.io/v1/tokenreviews', (seen: Seen) => ({
        spec: { token: seen.text('token', 'status', 'token'), audiences: ['me', 'you'] },
      })),
      post('review for another audience', '/apis/authentication.k8s.io/v1/tokenreviews', (seen: Seen) => ({
        spec: { token: seen.text('token', 'status', 'token'), audiences: ['you'] },
      })),
      post('review of nothing', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: {} }),
      { title: 'delete', method: 'DELETE', path: `${serviceAccounts}/a` },
    ],
  },
  {
    name: 'events',
    steps: [
      post('create', events, {
        metadata: { name: 'a' },
        involvedObject: { kind: 'Pod', namespace: '{ns}', name: 'p', uid: 'u' },
        reason: 'Started',
        message: 'm',
        type: 'Normal',
        source: { component: 'me', host: 'n' },
        firstTimestamp: '2026-01-01T00:00:00Z',
        lastTimestamp: '2026-01-01T00:00:00Z',
        count: 1,
      }),
      post('in another namespace', events, {
        metadata: { name: 'b' },
        involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
      }),
      post('about a node', events, { metadata: { name: 'c' }, involvedObject: { kind: 'Node', name: 'n' } }),
      {
        title: 'by object',
        method: 'GET',
        path: `${events}?fieldSelector=involvedObject.name%3Dp,involvedObject.kind%3DPod,reason%3DStarted,type%3DNormal,source%3Dme`,
      },
      patch('count', `${events}/a`, { count: 2, lastTimestamp: '2026-01-01T00:01:00Z' }),
      { title: 'as the new kind', method: 'GET', path: '/apis/events.k8s.io/v1/namespaces/{ns}/events/a' },
      post('as the new kind, made', '/apis/events.k8s.io/v1/namespaces/{ns}/events', {
        metadata: { name: 'n' },
        eventTime: '2026-01-01T00:00:00.000000Z',
        reportingController: 'example.com/c',
        reportingInstance: 'i',
        action: 'Doing',
        reason: 'Done',
        type: 'Normal',
        note: 'words',
        regarding: { kind: 'Pod', namespace: '{ns}', name: 'p' },
      }),
      { title: 'new as the old kind', method: 'GET', path: `${events}/n` },
      post('as the new kind, incomplete', '/apis/events.k8s.io/v1/namespaces/{ns}/events', {
        metadata: { name: 'm' },
        regarding: { kind: 'Pod', namespace: '{ns}', name: 'p' },
      }),
      {
        title: 'put what is not there',
        method: 'PUT',
        path: `${events}/z`,
        body: { metadata: { name: 'z' }, involvedObject: { namespace: '{ns}' } },
      },
      { title: 'delete', method: 'DELETE', path: `${events}/a` },
    ],
  },
  {
    name: 'leases',
    steps: [
      post('create', leases, {
        metadata: { name: 'l' },
        spec: { holderIdentity: 'me', leaseDurationSeconds: 40, renewTime: '2026-01-01T00:00:00.123456Z' },
      }),
      {
        title: 'update',
        method: 'PUT',
        path: `${leases}/l`,
        body: (seen: Seen) => ({
          ...seen.object('create'),
          spec: { holderIdentity: 'me', leaseDurationSeconds: 40, renewTime: '2026-01-01T00:00:10.000000Z' },
        }),
      },
      { title: 'update an old one', method: 'PUT', path: `${leases}/l`, body: (seen: Seen) => seen.object('create') },
      {
        title: 'update without version',
        method: 'PUT',
        path: `${leases}/l`,
        body: { metadata: { name: 'l' }, spec: { holderIdentity: 'you' } },
      },
      {
        title: 'update what is not there',
        method: 'PUT',
        path: `${leases}/new`,
        body: { metadata: { name: 'new' }, spec: { holderIdentity: 'me' } },
      },
      patch('give up', `${leases}/l`, { spec: { holderIdentity: '' } }),
      patch('bad duration', `${leases}/l`, { spec: { leaseDurationSeconds: 0 } }),
      patch('bad time', `${leases}/l`, { spec: { renewTime: 'abc' } }),
      patch('transitions', `${leases}/l`, { spec: { leaseTransitions: -1 } }),
      post('empty', leases, { metadata: { name: 'e' } }),
      { title: 'delete', method: 'DELETE', path: `${leases}/l` },
    ],
  },
  {
    name: 'namespaces',
    steps: [
      post('create', '/api/v1/namespaces', {
        metadata: { name: '{ns}-x', labels: { a: 'b' } },
        status: { phase: 'Terminating' },
      }),
      post('bad name', '/api/v1/namespaces', { metadata: { name: 'a.b' } }),
      patch('label', '/api/v1/namespaces/{ns}-x', {
        metadata: { labels: { 'kubernetes.io/metadata.name': 'other', c: 'd' } },
      }),
      patch('status', '/api/v1/namespaces/{ns}-x/status', {
        status: { conditions: [{ type: 'X', status: 'True' }] },
        spec: { finalizers: [] },
      }),
      patch('finalizers', '/api/v1/namespaces/{ns}-x', { spec: { finalizers: ['a.b/c'] } }),
      { title: 'delete the default one', method: 'DELETE', path: '/api/v1/namespaces/default' },
      {
        title: 'finalize what lives',
        method: 'PUT',
        path: '/api/v1/namespaces/{ns}-x/finalize',
        body: { metadata: { name: '{ns}-x' }, spec: { finalizers: ['a.b/c', 'kubernetes'] } },
      },
    ],
  },
  {
    name: 'nodes',
    steps: [
      post('create', '/api/v1/nodes', {
        metadata: { name: '{ns}', labels: { x: 'y' } },
        spec: { taints: [{ key: 'a.b/c', value: 'd', effect: 'NoSchedule' }] },
        status: {
          capacity: { cpu: '4000m', memory: '8Gi', pods: 110 },
          conditions: [{ type: 'Ready', status: 'True' }],
          addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
          nodeInfo: { kubeletVersion: 'v1' },
        },
      }),
      post('bad taint', '/api/v1/nodes', {
        metadata: { name: '{ns}-t' },
        spec: { taints: [{ key: 'a', effect: 'Sometimes' }] },
      }),
      post('double taint', '/api/v1/nodes', {
        metadata: { name: '{ns}-t' },
        spec: {
          taints: [
            { key: 'a', effect: 'NoSchedule' },
            { key: 'a', effect: 'NoSchedule', value: 'x' },
          ],
        },
      }),
      patch('main resource cannot change status', '/api/v1/nodes/{ns}', { status: { capacity: { cpu: '8' } } }),
      {
        title: 'status',
        method: 'PATCH',
        path: '/api/v1/nodes/{ns}/status',
        type: patchTypes.strategic,
        body: {
          status: {
            allocatable: { cpu: '3' },
            conditions: [{ type: 'Ready', status: 'False', reason: 'R' }],
            addresses: [{ type: 'Hostname', address: 'h' }],
            daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
          },
        },
      },
      patch('status cannot change spec', '/api/v1/nodes/{ns}/status', {
        spec: { unschedulable: true },
        metadata: { labels: { s: 't' } },
      }),
      { title: 'delete', method: 'DELETE', path: '/api/v1/nodes/{ns}' },
    ],
  },
];
