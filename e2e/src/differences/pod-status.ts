import { paths } from './objects.js';
import { as, patch, spec } from './pod-steps.js';
import type { Scenario, Seen, Step } from './scenario.js';

const { pods } = paths;

function patchStatus(title: string, name: string, body: unknown): Step {
  return patch(title, `${name}/status`, body);
}

const uid = (seen: Seen): string => seen.text('create', 'metadata', 'uid');

/** Who may write what into the status of a pod. */
export const podStatusScenarios: readonly Scenario[] = [
  {
    name: 'pod status',
    steps: [
      spec('create', {}),
      patchStatus('wrong uid', 'create', {
        metadata: { uid: '11111111-2222-4333-8444-555555555555' },
        status: { phase: 'Running' },
      }),
      patchStatus('missing pod', 'nobody', { status: { phase: 'Running' } }),
      patchStatus('running', 'create', (seen: Seen) => ({
        metadata: { uid: uid(seen) },
        status: {
          phase: 'Running',
          podIP: '10.1.2.3',
          podIPs: [{ ip: '10.1.2.3' }],
          observedGeneration: 1,
          startTime: '2026-01-01T00:00:00Z',
          conditions: [
            { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 1 },
          ],
          containerStatuses: [
            {
              name: 'main',
              ready: true,
              image: 'nginx:1.27',
              imageID: 'x',
              restartCount: 0,
              state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
            },
          ],
        },
      })),
      patchStatus('same again', 'create', { status: { phase: 'Running' } }),
      patchStatus('second address', 'create', { status: { podIP: '10.1.2.4', podIPs: [{ ip: '10.1.2.4' }] } }),
      patchStatus('replaced address', 'create', {
        status: { podIP: '10.1.2.4', podIPs: [{ $patch: 'replace' }, { ip: '10.1.2.4' }] },
      }),
      patchStatus('two families', 'create', { status: { podIPs: [{ ip: 'fd00::1' }] } }),
      as('merge', patchStatus('bad address', 'create', { status: { podIP: 'abc', podIPs: [{ ip: 'abc' }] } })),
      as('merge', patchStatus('only the single address', 'create', { status: { podIP: '10.1.2.5', podIPs: null } })),
      patchStatus('another condition', 'create', { status: { conditions: [{ type: 'Initialized', status: 'True' }] } }),
      as(
        'merge',
        patchStatus('without observed generation', 'create', {
          status: { observedGeneration: null, conditions: [{ type: 'Ready', status: 'False' }] },
        }),
      ),
      patchStatus('removed condition', 'create', { status: { conditions: [{ type: 'Ready', $patch: 'delete' }] } }),
      patchStatus('spec by status', 'create', { spec: { nodeName: 'x' }, metadata: { labels: { a: 'b' } } }),
      as('merge', patchStatus('qos by status', 'create', { status: { qosClass: null } })),
      as('merge', patchStatus('other qos by status', 'create', { status: { qosClass: 'Guaranteed' } })),
      as('merge', patchStatus('terminal', 'create', { status: { phase: 'Failed', reason: 'Evicted', message: 'm' } })),
      as('merge', patchStatus('back from the dead', 'create', { status: { phase: 'Running', reason: null } })),
      as(
        'merge',
        patchStatus('owners by status', 'create', {
          metadata: {
            ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }],
            finalizers: ['a.b/c'],
          },
        }),
      ),
      as('merge', patchStatus('unfinalize by status', 'create', { metadata: { finalizers: null } })),
      { title: 'get status', method: 'GET', path: `${pods}/create/status` },
      {
        title: 'put status',
        method: 'PUT',
        path: `${pods}/create/status`,
        body: (seen: Seen) => ({ ...seen.object('get status'), status: { phase: 'Succeeded' } }),
      },
      {
        title: 'put old status',
        method: 'PUT',
        path: `${pods}/create/status`,
        body: (seen: Seen) => ({ ...seen.object('create'), status: { phase: 'Running' } }),
      },
      as(
        'merge',
        patchStatus('container restarts go back', 'create', {
          status: { containerStatuses: [{ name: 'nobody', restartCount: 3 }] },
        }),
      ),
      as(
        'merge',
        patchStatus('bad quantities', 'create', {
          status: { containerStatuses: [{ name: 'main', allocatedResources: { cpu: 'x' } }] },
        }),
      ),
      as(
        'merge',
        patchStatus('host addresses', 'create', { status: { hostIP: '10.0.0.1', hostIPs: [{ ip: '10.0.0.1' }] } }),
      ),
      as(
        'merge',
        patchStatus('other host addresses', 'create', {
          status: { hostIP: '10.0.0.2', hostIPs: [{ ip: '10.0.0.1' }] },
        }),
      ),
      spec('never', { restartPolicy: 'Never', nodeName: 'no-such-node' }),
      as(
        'merge',
        patchStatus('ended', 'never', {
          status: {
            phase: 'Running',
            containerStatuses: [{ name: 'main', state: { terminated: { exitCode: 3, reason: 'Error' } } }],
          },
        }),
      ),
      as(
        'merge',
        patchStatus('restarted', 'never', {
          status: { containerStatuses: [{ name: 'main', state: { running: {} } }] },
        }),
      ),
    ],
  },
];
