import { paths } from './objects.js';
import type { Scenario, Seen, Step } from './scenario.js';

const { configMaps, pods } = paths;
const own = 'labelSelector=own';

function create(name: string, labels: Readonly<Record<string, string>> = {}): Step {
  return {
    title: `create ${name}`,
    method: 'POST',
    path: configMaps,
    body: { metadata: { name, labels: { own: '', ...labels } } },
  };
}

function list(title: string, query: string | ((seen: Seen) => string)): Step {
  return { title, method: 'GET', path: (seen) => `${configMaps}?${typeof query === 'string' ? query : query(seen)}` };
}

const created = (seen: Seen, name: string): string => seen.text(`create ${name}`, 'metadata', 'resourceVersion');
const after = (seen: Seen): string => `resourceVersion=${created(seen, 'c')}`;

/** Lists, pages, selectors, and what versions mean to them. */
export const listScenarios: readonly Scenario[] = [
  {
    name: 'lists',
    steps: [
      create('b', { tier: 'web', n: '5' }),
      create('a', { tier: 'db' }),
      create('c', { tier: 'web' }),
      list('all', own),
      list('by label', 'labelSelector=tier%3Dweb'),
      list('by label, not', 'labelSelector=own,tier!%3Dweb'),
      list('by label set', 'labelSelector=tier in (web,db),n'),
      list('by label number', 'labelSelector=n>4'),
      list('by absent label', 'labelSelector=own,!n'),
      list('by name', 'fieldSelector=metadata.name%3Da'),
      list('by namespace', `fieldSelector=metadata.namespace%3D{ns}&${own}`),
      list('by unknown field', 'fieldSelector=data.x%3Da'),
      list('bad label selector', 'labelSelector=a%3D%3D%3Db'),
      list('bad field selector', 'fieldSelector=abc'),
      list('bad version', 'resourceVersion=abc'),
      list('bad limit', 'limit=abc'),
      list('any version', `${own}&resourceVersion=0`),
      list('not older', (seen) => `${own}&${after(seen)}`),
      list('exact', (seen) => `${own}&resourceVersionMatch=Exact&resourceVersion=${created(seen, 'a')}`),
      list('exact without version', `${own}&resourceVersionMatch=Exact`),
      list('exact any', `${own}&resourceVersionMatch=Exact&resourceVersion=0`),
      list('unknown match', `${own}&resourceVersionMatch=Sometimes&resourceVersion=1`),
      list('initial events', `${own}&sendInitialEvents=true`),
      list('continue with match', `continue=abc&resourceVersionMatch=Exact&resourceVersion=5`),
      list('bad continue', 'continue=abc'),
      list('future', 'resourceVersion=999999999'),
      { title: 'everywhere', method: 'GET', path: `/api/v1/configmaps?${own}&fieldSelector=metadata.namespace%3D{ns}` },
      { title: 'head of nothing', method: 'GET', path: pods },
      { title: 'unknown resource', method: 'GET', path: '/api/v1/namespaces/{ns}/nothings' },
      { title: 'unknown subresource', method: 'GET', path: `${configMaps}/a/status` },
      { title: 'unknown version', method: 'GET', path: '/api/v7/configmaps' },
      { title: 'put on a collection', method: 'PUT', path: configMaps, body: {} },
      { title: 'patch on a collection', method: 'PATCH', path: configMaps, body: {} },
      { title: 'post on an object', method: 'POST', path: `${configMaps}/a`, body: {} },
      { title: 'object across namespaces', method: 'GET', path: '/api/v1/configmaps/a' },
      {
        title: 'create across namespaces',
        method: 'POST',
        path: '/api/v1/configmaps',
        body: { metadata: { name: 'z' } },
      },
      { title: 'delete across namespaces', method: 'DELETE', path: `/api/v1/configmaps?${own}` },
      { title: 'node in a namespace', method: 'GET', path: '/api/v1/namespaces/{ns}/nodes' },
    ],
  },
  {
    name: 'pages',
    steps: [
      ...['a', 'b', 'c', 'd', 'e'].map((name) => create(name)),
      { title: 'first', method: 'GET', path: `${configMaps}?limit=2` },
      { title: 'change between', method: 'DELETE', path: `${configMaps}/c` },
      create('bb'),
      {
        title: 'second',
        method: 'GET',
        path: (seen) => `${configMaps}?limit=2&continue=${seen.text('first', 'metadata', 'continue')}`,
      },
      {
        title: 'rest',
        method: 'GET',
        path: (seen) => `${configMaps}?continue=${seen.text('second', 'metadata', 'continue')}`,
      },
      { title: 'with selector', method: 'GET', path: `${configMaps}?limit=2&${own}` },
      {
        title: 'exact with limit',
        method: 'GET',
        path: (seen) => `${configMaps}?limit=2&${own}&resourceVersion=${created(seen, 'd')}`,
      },
      { title: 'any with limit', method: 'GET', path: `${configMaps}?limit=2&${own}&resourceVersion=0` },
    ],
  },
];
