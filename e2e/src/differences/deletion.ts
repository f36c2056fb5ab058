import { paths, pod } from './objects.js';
import type { Scenario, Seen } from './scenario.js';

const { configMaps, pods } = paths;
const finalizers = ['example.com/hold'];

/** Everything about DELETE. */
export const deletionScenarios: readonly Scenario[] = [
  {
    name: 'deletion of what has no grace',
    steps: [
      { title: 'create', method: 'POST', path: configMaps, body: { metadata: { name: 'a' } } },
      { title: 'dry run', method: 'DELETE', path: `${configMaps}/a?dryRun=All` },
      {
        title: 'wrong uid',
        method: 'DELETE',
        path: `${configMaps}/a`,
        body: { preconditions: { uid: '11111111-2222-4333-8444-555555555555' } },
      },
      {
        title: 'wrong version',
        method: 'DELETE',
        path: `${configMaps}/a`,
        body: { preconditions: { resourceVersion: '1' } },
      },
      { title: 'bad policy', method: 'DELETE', path: `${configMaps}/a`, body: { propagationPolicy: 'Never' } },
      { title: 'delete', method: 'DELETE', path: `${configMaps}/a` },
      { title: 'delete again', method: 'DELETE', path: `${configMaps}/a` },
      { title: 'create held', method: 'POST', path: configMaps, body: { metadata: { name: 'b', finalizers } } },
      { title: 'delete held', method: 'DELETE', path: `${configMaps}/b` },
      { title: 'delete held again', method: 'DELETE', path: `${configMaps}/b` },
      { title: 'change held', method: 'PATCH', path: `${configMaps}/b`, body: { data: { x: 'y' } } },
      {
        title: 'hold more',
        method: 'PATCH',
        path: `${configMaps}/b`,
        body: { metadata: { finalizers: [...finalizers, 'example.com/more'] } },
      },
      { title: 'let go', method: 'PATCH', path: `${configMaps}/b`, body: { metadata: { finalizers: null } } },
      { title: 'gone', method: 'GET', path: `${configMaps}/b` },
      {
        title: 'history',
        method: 'GET',
        path: (seen: Seen) =>
          `${configMaps}?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Db&resourceVersion=${seen.text('create', 'metadata', 'resourceVersion')}`,
      },
      { title: 'create for orphans', method: 'POST', path: configMaps, body: { metadata: { name: 'c', finalizers } } },
      { title: 'delete orphaning', method: 'DELETE', path: `${configMaps}/c`, body: { propagationPolicy: 'Orphan' } },
      {
        title: 'delete in background',
        method: 'DELETE',
        path: `${configMaps}/c`,
        body: { propagationPolicy: 'Background' },
      },
      { title: 'let go of it', method: 'PATCH', path: `${configMaps}/c`, body: { metadata: { finalizers: [] } } },
    ],
  },
  {
    name: 'deletion of pods',
    steps: [
      { title: 'unbound', method: 'POST', path: pods, body: pod('a') },
      { title: 'delete unbound', method: 'DELETE', path: `${pods}/a` },
      { title: 'unbound is gone', method: 'GET', path: `${pods}/a` },
      { title: 'bound', method: 'POST', path: pods, body: pod('b', { nodeName: 'no-such-node' }) },
      {
        title: 'wrong uid',
        method: 'DELETE',
        path: `${pods}/b`,
        body: { gracePeriodSeconds: 0, preconditions: { uid: '11111111-2222-4333-8444-555555555555' } },
      },
      { title: 'wrong uid in query', method: 'DELETE', path: `${pods}/b?uid=11111111-2222-4333-8444-555555555555` },
      { title: 'delete bound', method: 'DELETE', path: `${pods}/b` },
      { title: 'delete longer', method: 'DELETE', path: `${pods}/b?gracePeriodSeconds=60` },
      { title: 'delete without saying', method: 'DELETE', path: `${pods}/b` },
      { title: 'delete shorter', method: 'DELETE', path: `${pods}/b`, body: { gracePeriodSeconds: 20 } },
      {
        title: 'delete now',
        method: 'DELETE',
        path: `${pods}/b`,
        body: (seen: Seen) => ({
          gracePeriodSeconds: 0,
          preconditions: { uid: seen.text('bound', 'metadata', 'uid') },
        }),
      },
      { title: 'bound is gone', method: 'GET', path: `${pods}/b` },
      {
        title: 'history',
        method: 'GET',
        path: (seen: Seen) =>
          `${pods}?watch=1&timeoutSeconds=1&resourceVersion=${seen.text('unbound', 'metadata', 'resourceVersion')}`,
      },
      { title: 'forced', method: 'POST', path: pods, body: pod('c', { nodeName: 'no-such-node' }) },
      { title: 'delete by force', method: 'DELETE', path: `${pods}/c`, body: { gracePeriodSeconds: 0 } },
      {
        title: 'history of force',
        method: 'GET',
        path: (seen: Seen) =>
          `${pods}?watch=1&timeoutSeconds=1&resourceVersion=${seen.text('forced', 'metadata', 'resourceVersion')}`,
      },
      { title: 'negative', method: 'POST', path: pods, body: pod('d', { nodeName: 'no-such-node' }) },
      { title: 'delete negative', method: 'DELETE', path: `${pods}/d`, body: { gracePeriodSeconds: -5 } },
      { title: 'end negative', method: 'DELETE', path: `${pods}/d`, body: { gracePeriodSeconds: 0 } },
      {
        title: 'held',
        method: 'POST',
        path: pods,
        body: { ...(pod('e', { nodeName: 'no-such-node' }) as object), metadata: { name: 'e', finalizers } },
      },
      { title: 'delete held', method: 'DELETE', path: `${pods}/e` },
      { title: 'delete held now', method: 'DELETE', path: `${pods}/e`, body: { gracePeriodSeconds: 0 } },
      { title: 'delete held now again', method: 'DELETE', path: `${pods}/e`, body: { gracePeriodSeconds: 0 } },
      { title: 'let go', method: 'PATCH', path: `${pods}/e`, body: { metadata: { finalizers: null } } },
      {
        title: 'history of held',
        method: 'GET',
        path: (seen: Seen) =>
          `${pods}?watch=1&timeoutSeconds=1&resourceVersion=${seen.text('held', 'metadata', 'resourceVersion')}`,
      },
      { title: 'ended', method: 'POST', path: pods, body: pod('f', { nodeName: 'no-such-node' }) },
      { title: 'end', method: 'PATCH', path: `${pods}/f/status`, body: { status: { phase: 'Succeeded' } } },
      { title: 'delete ended', method: 'DELETE', path: `${pods}/f` },
      { title: 'ended is gone', method: 'GET', path: `${pods}/f` },
    ],
  },
  {
    name: 'deletion of collections',
    steps: [
      { title: 'one', method: 'POST', path: configMaps, body: { metadata: { name: 'one', labels: { take: 'me' } } } },
      { title: 'two', method: 'POST', path: configMaps, body: { metadata: { name: 'two' } } },
      {
        title: 'three',
        method: 'POST',
        path: configMaps,
        body: { metadata: { name: 'three', labels: { take: 'me' }, finalizers } },
      },
      { title: 'delete some', method: 'DELETE', path: `${configMaps}?labelSelector=take%3Dme` },
      { title: 'left', method: 'GET', path: `${configMaps}?fieldSelector=metadata.name!%3Dkube-root-ca.crt` },
      { title: 'let go', method: 'PATCH', path: `${configMaps}/three`, body: { metadata: { finalizers: null } } },
    ],
  },
];
