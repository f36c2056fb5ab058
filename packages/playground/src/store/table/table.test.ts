import { ManualClock, seededIds, seededRandom } from '@virtual-kubelet/base';
import { describe, expect, it } from 'vitest';
import { createPlayground } from '../../index.js';
import type { HttpMessage } from '../request.js';
import { adminUser } from '../user.js';
import { humanDuration } from './human-duration.js';

const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
interface Row {
  readonly cells: readonly unknown[];
  readonly conditions?: readonly object[];
  readonly object: { readonly kind?: string; readonly metadata?: { readonly name?: string } } | null;
}

interface Table {
  readonly kind: string;
  readonly metadata: { readonly resourceVersion?: string };
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly Row[];
}

function open() {
  const clock = new ManualClock();
  const random = seededRandom(1);
  const { server } = createPlayground({ clock, random, ids: seededIds(random) });
  const send = (message: Partial<HttpMessage>) =>
    server.handle({ method: 'GET', target: '/', headers: {}, body: '', user: adminUser, ...message });
  const make = (target: string, object: object): void => {
    const answer = send({ method: 'POST', target, body: JSON.stringify(object) });
    if (answer.is !== 'object' || answer.code !== 201) throw new Error(JSON.stringify(answer));
  };
  const table = (target: string): Table => {
    const answer = send({ target, headers: { accept } });
    if (answer.is !== 'object') throw new Error(answer.is);
    return answer.body as unknown as Table;
  };
  return { clock, server, send, make, table };
}

const pods = '/api/v1/namespaces/default/pods';
const container = { name: 'c', image: 'nginx' };

/** A pod with a status, as a row of the table shows it by the names of columns. */
function podRow(spec: object, status: object, meta: object = {}): Readonly<Record<string, unknown>> {
  const { make, send, table } = open();
  make(pods, { metadata: { name: 'p', ...meta }, spec: { containers: [container], ...spec } });
  const body = JSON.stringify({ status });
  const headers = { 'content-type': 'application/merge-patch+json' };
  const patched = send({ method: 'PATCH', target: `${pods}/p/status`, headers, body });
  if (patched.is !== 'object' || patched.code !== 200) throw new Error(JSON.stringify(patched));
  const { columnDefinitions, rows } = table(`${pods}/p`);
  return Object.fromEntries(columnDefinitions.map(({ name }, index) => [name, rows[0]?.cells[index]]));
}

const running = { name: 'c', ready: true, restartCount: 0, image: '', imageID: '', state: { running: {} } };
const ended = (exitCode: number, reason = '') => ({ state: { terminated: { exitCode, reason } }, ready: false });

describe('a table', () => {
  it('has the columns users know, wide ones marked, and metadata of each object', () => {
    const { make, table } = open();
    make(pods, { metadata: { name: 'p' }, spec: { containers: [container] } });
    const { kind, columnDefinitions, rows, metadata } = table(pods);
    expect(kind).toBe('Table');
    expect(metadata.resourceVersion).toMatch(/^\d+$/);
    expect(columnDefinitions.map(({ name, priority }) => (priority === 0 ? name : `(${name})`))).toEqual([
      'Name',
      'Ready',
      'Status',
      'Restarts',
      'Age',
      '(IP)',
      '(Node)',
      '(Nominated Node)',
      '(Readiness Gates)',
    ]);
    expect(rows).toMatchObject([
      {
        cells: ['p', '0/1', 'Pending', '0', '0s', '<none>', '<none>', '<none>', '<none>'],
        object: { kind: 'PartialObjectMetadata', metadata: { name: 'p' } },
      },
    ]);
  });

  it('carries as much of an object as is asked for', () => {
    const { table } = open();
    expect(table('/api/v1/namespaces/default?includeObject=None').rows[0]?.object).toBeNull();
    const whole = table('/api/v1/namespaces?includeObject=Object').rows[0]?.object;
    expect(whole).toMatchObject({ kind: 'Namespace', apiVersion: 'v1', status: { phase: 'Active' } });
  });

  it('counts ages on, also in a watch', async () => {
    const { clock, make, send, table, server } = open();
    make(pods, { metadata: { name: 'p' }, spec: { containers: [container] } });
    const answer = send({ target: `${pods}?watch=true&resourceVersion=0`, headers: { accept } });
    await clock.advance(200_000);
    expect(table(pods).rows[0]?.cells[4]).toBe('3m20s');
    if (answer.is !== 'watch') throw new Error(answer.is);
    const follow = server.follow(answer, new AbortController().signal);
    const first = await follow.next();
    const [message] = (first.value ?? []) as readonly { readonly type: string; readonly object: Table }[];
    expect(message).toMatchObject({ type: 'ADDED', object: { kind: 'Table' } });
    expect(message?.object.rows[0]?.cells[4]).toBe('3m20s');
    await follow.return(undefined);
  });

  it('is made for every kind that can be listed', () => {
    const { server, table } = open();
    expect(table('/apis/scheduling.k8s.io/v1/priorityclasses').rows[0]?.cells).toEqual([
      'system-cluster-critical',
      2_000_000_000,
      false,
      '0s',
      'PreemptLowerPriority',
    ]);
    expect(table('/api/v1/namespaces/default/services/kubernetes').rows[0]?.cells.slice(0, 6)).toEqual([
      'kubernetes',
      'ClusterIP',
      '10.96.0.1',
      '<none>',
      '443/TCP',
      '0s',
    ]);
    server.close();
  });

  it('is not what a failure is shown as', () => {
    expect(open().table(`${pods}/missing`)).toMatchObject({ kind: 'Status', reason: 'NotFound' });
  });
});

describe('the status of a pod in one word', () => {
  const cases: readonly (readonly [string, object, object, object])[] = [
    ['runs', {}, { phase: 'Running', containerStatuses: [running] }, { Ready: '1/1', Status: 'Running' }],
    [
      'waits for a reason',
      {},
      {
        phase: 'Pending',
        containerStatuses: [{ ...running, ready: false, state: { waiting: { reason: 'ErrImagePull' } } }],
      },
      { Ready: '0/1', Status: 'ErrImagePull' },
    ],
    [
      'is done',
      {},
      { phase: 'Succeeded', containerStatuses: [{ ...running, ...ended(0, 'Completed') }] },
      { Status: 'Completed' },
    ],
    [
      'failed without a reason',
      {},
      { phase: 'Failed', containerStatuses: [{ ...running, ...ended(3) }] },
      { Status: 'ExitCode:3' },
    ],
    ['was refused', {}, { phase: 'Failed', reason: 'OutOfcpu' }, { Status: 'OutOfcpu' }],
    [
      'has one container that is done and one that runs',
      { containers: [container, { ...container, name: 'd' }] },
      {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'False' }],
        containerStatuses: [
          { ...running, ...ended(0, 'Completed') },
          { ...running, name: 'd' },
        ],
      },
      { Ready: '1/2', Status: 'NotReady' },
    ],
    [
      'initialises',
      {
        initContainers: [
          { ...container, name: 'i' },
          { ...container, name: 'j' },
        ],
      },
      {
        phase: 'Pending',
        initContainerStatuses: [
          { ...running, name: 'i', ...ended(0) },
          { ...running, name: 'j', ready: false },
        ],
      },
      { Status: 'Init:1/2', Ready: '0/1' },
    ],
    [
      'fails to initialise',
      { initContainers: [{ ...container, name: 'i' }] },
      { phase: 'Pending', initContainerStatuses: [{ ...running, name: 'i', restartCount: 2, ...ended(1, 'Error') }] },
      { Status: 'Init:Error', Restarts: '2' },
    ],
    [
      'runs beside a sidecar',
      { initContainers: [{ ...container, name: 's', restartPolicy: 'Always' }] },
      {
        phase: 'Running',
        initContainerStatuses: [{ ...running, name: 's', started: true }],
        containerStatuses: [running],
      },
      { Status: 'Running', Ready: '2/2' },
    ],
    ['is held back', { schedulingGates: [{ name: 'example.com/gate' }] }, {}, { Status: 'SchedulingGated' }],
    [
      'was restarted',
      {},
      {
        phase: 'Running',
        containerStatuses: [
          {
            ...running,
            restartCount: 3,
            lastState: { terminated: { exitCode: 1, finishedAt: '2025-12-31T23:58:30Z' } },
          },
        ],
      },
      { Restarts: '3 (90s ago)' },
    ],
  ];
  it.each(cases)('%s', (_what, spec, status, expected) => {
    expect(podRow(spec, status)).toMatchObject(expected);
  });

  it('is Terminating while it is being deleted', () => {
    const { make, send, table } = open();
    make('/api/v1/nodes', { metadata: { name: 'n' } });
    make(pods, { metadata: { name: 'p' }, spec: { nodeName: 'n', containers: [container] } });
    send({ method: 'DELETE', target: `${pods}/p` });
    expect(table(pods).rows[0]?.cells[2]).toBe('Terminating');
  });
});

describe('a duration', () => {
  const second = 1000;
  const minute = 60 * second;
  const hour = 60 * minute;
  const day = 24 * hour;
  it.each([
    [-5 * second, '<invalid>'],
    [-second, '0s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [9 * minute + 59 * second, '9m59s'],
    [10 * minute + second, '10m'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [7 * hour + 59 * minute, '7h59m'],
    [47 * hour, '47h'],
    [2 * day + 3 * hour, '2d3h'],
    [8 * day + hour, '8d'],
    [729 * day, '729d'],
    [731 * day, '2y1d'],
    [8 * 365 * day, '8y'],
  ])('of %d ms is %s', (milliseconds, text) => {
    expect(humanDuration(milliseconds)).toBe(text);
  });
});
