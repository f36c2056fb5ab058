import { paths } from './objects.js';
import type { Scenario, Seen, Step } from './scenario.js';

const { configMaps } = paths;

function create(name: string, labels: Readonly<Record<string, string>>): Step {
  return {
    title: `create ${name}`,
    method: 'POST',
    path: configMaps,
    body: { metadata: { name, labels: { own: '', ...labels } } },
  };
}

function label(title: string, name: string, value: string | null): Step {
  return { title, method: 'PATCH', path: `${configMaps}/${name}`, body: { metadata: { labels: { tier: value } } } };
}

function watch(title: string, query: string | ((seen: Seen) => string)): Step {
  const text = (seen: Seen): string => (typeof query === 'string' ? query : query(seen));
  return { title, method: 'GET', path: (seen) => `${configMaps}?watch=true&timeoutSeconds=1&${text(seen)}` };
}

const since = (seen: Seen, title: string): string =>
  `resourceVersion=${seen.text(title, 'metadata', 'resourceVersion')}`;

/** Watches from every kind of beginning. */
export const watchScenarios: readonly Scenario[] = [
  {
    name: 'watches',
    steps: [
      create('a', { tier: 'web' }),
      create('b', { tier: 'db' }),
      label('a leaves', 'a', 'db'),
      label('b joins', 'b', 'web'),
      label('b again', 'b', 'web'),
      { title: 'b changes', method: 'PATCH', path: `${configMaps}/b`, body: { data: { x: 'y' } } },
      { title: 'delete b', method: 'DELETE', path: `${configMaps}/b` },
      { title: 'delete a', method: 'DELETE', path: `${configMaps}/a` },
      create('c', { tier: 'web' }),
      watch('everything since', (seen) => `labelSelector=own&${since(seen, 'create a')}`),
      watch('the selected since', (seen) => `labelSelector=tier%3Dweb&${since(seen, 'create a')}`),
      watch('one name since', (seen) => `fieldSelector=metadata.name%3Db&${since(seen, 'create a')}`),
      watch('from the state', 'labelSelector=own'),
      watch('from any', 'labelSelector=own&resourceVersion=0'),
      watch(
        'with initial events',
        'labelSelector=own&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
      ),
      watch('without initial events', 'labelSelector=own&sendInitialEvents=false&resourceVersionMatch=NotOlderThan'),
      watch('initial events without match', 'sendInitialEvents=true&allowWatchBookmarks=true'),
      watch(
        'initial events of any',
        'labelSelector=own&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=0',
      ),
      watch('match without initial events', 'resourceVersionMatch=NotOlderThan&resourceVersion=1'),
      watch('exact match', 'sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=1'),
      watch('with limit', 'labelSelector=own&limit=1'),
      watch('bad version', 'resourceVersion=abc'),
      watch('unknown field', 'fieldSelector=x%3Dy'),
      {
        title: 'legacy watch of a collection',
        method: 'GET',
        path: '/api/v1/watch/namespaces/{ns}/configmaps?labelSelector=own&timeoutSeconds=1',
      },
      {
        title: 'legacy watch of one',
        method: 'GET',
        path: '/api/v1/watch/namespaces/{ns}/configmaps/c?timeoutSeconds=1',
      },
      { title: 'watch of one', method: 'GET', path: `${configMaps}/c?watch=true&timeoutSeconds=1` },
    ],
  },
];
