import type { Container, ContainerStatus, PodSpec } from '@virtual-kubelet/kubernetes';
import { describe, expect, test } from 'vitest';
import { podPhase, stickyPhase } from './phase.js';

const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };
const waiting = { waiting: { reason: 'ContainerCreating' } };
const ended = (exitCode: number, reason?: string): { terminated: { exitCode: number; reason?: string } } => ({
  terminated: { exitCode, ...(reason === undefined ? {} : { reason }) },
});

function status(name: string, state?: object, more: object = {}): ContainerStatus {
  const base = { name, image: '', imageID: '', ready: false, restartCount: 0 };
  return { ...base, ...(state ? { state } : {}), ...more };
}

const backingOff = (name: string, exitCode: number): ContainerStatus =>
  status(name, waiting, { lastState: ended(exitCode) });

interface Case {
  readonly says: string;
  readonly spec?: Partial<PodSpec>;
  readonly regular?: readonly ContainerStatus[];
  readonly init?: readonly ContainerStatus[];
  readonly final?: boolean;
  readonly initialized?: boolean;
  readonly phase: string;
}

const two: readonly Container[] = [{ name: 'a' }, { name: 'b' }];
const setup: Container = { name: 'setup' };
const sidecar: Container = { name: 'side', restartPolicy: 'Always' };
const onFailure = { restartPolicy: 'OnFailure' };
const never = { restartPolicy: 'Never' };

function phaseOf(c: Case): string {
  const spec: PodSpec = { restartPolicy: 'Always', containers: [{ name: 'a' }], ...c.spec };
  const statuses = { containerStatuses: c.regular ?? [], initContainerStatuses: c.init ?? [] };
  return podPhase(spec, statuses, { final: c.final ?? false, initialized: c.initialized ?? false });
}

const regularOnly: readonly Case[] = [
  { says: 'no status is known', regular: [], phase: 'Pending' },
  { says: 'the state says nothing', regular: [status('a')], phase: 'Pending' },
  { says: 'the container waits for its first run', regular: [status('a', waiting)], phase: 'Pending' },
  { says: 'the container runs', regular: [status('a', running)], phase: 'Running' },
  { says: 'the container backs off', regular: [backingOff('a', 1)], phase: 'Running' },
  { says: 'the container ended and restarts always', regular: [status('a', ended(0))], phase: 'Running' },
  {
    says: 'one runs and one waits',
    spec: { containers: two },
    regular: [status('a', running), status('b', waiting)],
    phase: 'Pending',
  },
  { says: 'one runs and one is unknown', spec: { containers: two }, regular: [status('a', running)], phase: 'Pending' },
  {
    says: 'one ended and one is unknown',
    spec: { ...never, containers: two },
    regular: [status('a', ended(0))],
    phase: 'Pending',
  },
  {
    says: 'one runs and one ended',
    spec: { ...never, containers: two },
    regular: [status('a', running), status('b', ended(1))],
    phase: 'Running',
  },
  {
    says: 'statuses are in another order',
    spec: {
      containers: [
        { name: 'a', restartPolicy: 'Never' },
        { name: 'b', restartPolicy: 'OnFailure' },
      ],
    },
    regular: [status('b', ended(1)), status('a', ended(0))],
    phase: 'Running',
  },
  {
    says: 'it ended once, but its state says nothing',
    regular: [status('a', undefined, { lastState: ended(1) })],
    phase: 'Pending',
  },
  { says: 'never: exit 0', spec: never, regular: [status('a', ended(0))], phase: 'Succeeded' },
  { says: 'never: exit 1', spec: never, regular: [status('a', ended(1))], phase: 'Failed' },
  { says: 'never: waits after its end', spec: never, regular: [backingOff('a', 0)], phase: 'Failed' },
  {
    says: 'never: one of two failed',
    spec: { ...never, containers: two },
    regular: [status('a', ended(0)), status('b', ended(1))],
    phase: 'Failed',
  },
  { says: 'on failure: exit 0', spec: onFailure, regular: [status('a', ended(0))], phase: 'Succeeded' },
  { says: 'on failure: exit 1', spec: onFailure, regular: [status('a', ended(1))], phase: 'Running' },
  {
    says: 'on failure: one done, one failed',
    spec: { ...onFailure, containers: two },
    regular: [status('a', ended(0)), status('b', ended(1))],
    phase: 'Running',
  },
  { says: 'no policy means always', spec: { restartPolicy: '' }, regular: [status('a', ended(1))], phase: 'Running' },
  { says: 'no containers at all', spec: { containers: [] }, phase: 'Pending' },
];

const finals: readonly Case[] = [
  { says: 'all exit 0', final: true, regular: [status('a', ended(0))], phase: 'Succeeded' },
  { says: 'exit 1', final: true, regular: [status('a', ended(1))], phase: 'Failed' },
  { says: 'it was backing off', final: true, regular: [backingOff('a', 0)], phase: 'Failed' },
  { says: 'something runs', final: true, regular: [status('a', running)], phase: 'Running' },
  { says: 'it never started', final: true, regular: [status('a', waiting)], phase: 'Pending' },
];

const rules = (action: string, operator: string, values: readonly number[]): Container => ({
  name: 'a',
  restartPolicy: 'Never',
  restartPolicyRules: [{ action, exitCodes: { operator, values } }],
});

const containerRules: readonly Case[] = [
  {
    says: 'a rule restarts',
    spec: { ...never, containers: [rules('Restart', 'In', [42])] },
    regular: [status('a', ended(42))],
    phase: 'Running',
  },
  {
    says: 'no rule matches',
    spec: { ...never, containers: [rules('Restart', 'In', [42])] },
    regular: [status('a', ended(1))],
    phase: 'Failed',
  },
  {
    says: 'a rule names the others',
    spec: { ...never, containers: [rules('Restart', 'NotIn', [42])] },
    regular: [status('a', ended(1))],
    phase: 'Running',
  },
  {
    says: 'a rule spares this one',
    spec: { ...never, containers: [rules('Restart', 'NotIn', [42])] },
    regular: [status('a', ended(42))],
    phase: 'Failed',
  },
  {
    says: 'a rule restarts all',
    spec: { ...never, containers: [rules('RestartAllContainers', 'In', [1])] },
    regular: [status('a', ended(1))],
    phase: 'Running',
  },
  {
    says: 'the rule is unknown',
    spec: { ...never, containers: [rules('Dance', 'In', [1])] },
    regular: [status('a', ended(1))],
    phase: 'Failed',
  },
  {
    says: 'the operator is unknown',
    spec: { ...never, containers: [rules('Restart', 'Near', [1])] },
    regular: [status('a', ended(1))],
    phase: 'Failed',
  },
  {
    says: 'the rule names no codes',
    spec: {
      ...never,
      containers: [{ name: 'a', restartPolicy: 'Never', restartPolicyRules: [{ action: 'Restart' }] }],
    },
    regular: [status('a', ended(1))],
    phase: 'Failed',
  },
  {
    says: 'the list of codes is empty',
    spec: {
      ...never,
      containers: [
        {
          name: 'a',
          restartPolicy: 'Never',
          restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In' } }],
        },
      ],
    },
    regular: [status('a', ended(1))],
    phase: 'Failed',
  },
  {
    says: 'rules without a policy do not count',
    spec: {
      ...never,
      containers: [
        { name: 'a', restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }] },
      ],
    },
    regular: [status('a', ended(1))],
    phase: 'Failed',
  },
  {
    says: 'the container overrides: always',
    spec: { ...never, containers: [{ name: 'a', restartPolicy: 'Always' }] },
    regular: [status('a', ended(0))],
    phase: 'Running',
  },
  {
    says: 'the container overrides: never',
    spec: { containers: [{ name: 'a', restartPolicy: 'Never' }] },
    regular: [status('a', ended(1))],
    phase: 'Failed',
  },
  {
    says: 'the container overrides: on failure',
    spec: { containers: [{ name: 'a', restartPolicy: 'OnFailure' }] },
    regular: [status('a', ended(0))],
    phase: 'Succeeded',
  },
  {
    says: 'all containers are restarting',
    spec: never,
    regular: [status('a', ended(137, 'RestartingAllContainers'))],
    phase: 'Running',
  },
];

const withInit = { initContainers: [setup] };
const inits: readonly Case[] = [
  { says: 'not reported', spec: withInit, regular: [status('a', running)], phase: 'Pending' },
  { says: 'no state', spec: withInit, init: [status('setup')], regular: [status('a', running)], phase: 'Pending' },
  { says: 'runs', spec: withInit, init: [status('setup', running)], regular: [status('a', waiting)], phase: 'Pending' },
  {
    says: 'waits',
    spec: withInit,
    init: [status('setup', waiting)],
    regular: [status('a', running)],
    phase: 'Pending',
  },
  {
    says: 'done',
    spec: withInit,
    init: [status('setup', ended(0))],
    regular: [status('a', running)],
    phase: 'Running',
  },
  {
    says: 'done earlier and waits',
    spec: withInit,
    init: [backingOff('setup', 0)],
    regular: [status('a', running)],
    phase: 'Running',
  },
  {
    says: 'failed and restarts',
    spec: withInit,
    init: [status('setup', ended(1))],
    regular: [status('a', waiting)],
    phase: 'Pending',
  },
  {
    says: 'failed for good',
    spec: { ...never, ...withInit },
    init: [status('setup', ended(1))],
    regular: [status('a', waiting)],
    phase: 'Failed',
  },
  {
    says: 'failed for good and waits',
    spec: { ...never, ...withInit },
    init: [backingOff('setup', 1)],
    regular: [status('a', waiting)],
    phase: 'Failed',
  },
  {
    says: 'failed on failure',
    spec: { ...onFailure, ...withInit },
    init: [status('setup', ended(1))],
    regular: [status('a', waiting)],
    phase: 'Pending',
  },
  {
    says: 'its own rule restarts it',
    spec: { ...never, initContainers: [{ ...rules('Restart', 'In', [1]), name: 'setup' }] },
    init: [status('setup', ended(1))],
    regular: [status('a', waiting)],
    phase: 'Pending',
  },
  {
    says: 'it ended for a restart of all',
    spec: { ...never, ...withInit },
    init: [status('setup', ended(137, 'RestartingAllContainers'))],
    regular: [status('a', waiting)],
    phase: 'Pending',
  },
];

const side = { initContainers: [sidecar] };
const started = { started: true };
const sidecars: readonly Case[] = [
  { says: 'not reported', spec: side, regular: [status('a', running)], phase: 'Pending' },
  {
    says: 'no state',
    spec: side,
    init: [status('side')],
    regular: [status('a', running)],
    initialized: true,
    phase: 'Pending',
  },
  {
    says: 'waits for its first run',
    spec: side,
    init: [status('side', waiting)],
    regular: [status('a', running)],
    initialized: true,
    phase: 'Pending',
  },
  {
    says: 'runs but has not started',
    spec: side,
    init: [status('side', running)],
    regular: [status('a', waiting)],
    phase: 'Pending',
  },
  {
    says: 'starts again in an initialized pod',
    spec: side,
    init: [status('side', running)],
    regular: [status('a', running)],
    initialized: true,
    phase: 'Running',
  },
  {
    says: 'has not started, pod not initialized',
    spec: side,
    init: [status('side', running)],
    regular: [status('a', running)],
    phase: 'Pending',
  },
  {
    says: 'started',
    spec: side,
    init: [status('side', running, started)],
    regular: [status('a', running)],
    phase: 'Running',
  },
  {
    says: 'backs off in a pod that runs',
    spec: side,
    init: [backingOff('side', 1)],
    regular: [status('a', running)],
    phase: 'Running',
  },
  {
    says: 'ended in a pod that runs',
    spec: { ...never, ...side },
    init: [status('side', ended(1))],
    regular: [status('a', running)],
    phase: 'Running',
  },
  {
    says: 'outlives the regular containers',
    spec: { ...never, ...side },
    init: [status('side', running, started)],
    regular: [status('a', ended(0))],
    phase: 'Running',
  },
  {
    says: 'does not spoil success',
    spec: { ...never, ...side },
    init: [status('side', ended(137))],
    regular: [status('a', ended(0))],
    phase: 'Succeeded',
  },
  {
    says: 'failing is no failed initialization',
    spec: { ...never, ...side },
    init: [status('side', ended(1))],
    regular: [status('a', waiting)],
    phase: 'Pending',
  },
];

describe('the phase of a pod', () => {
  test.each(regularOnly)('without init containers is $phase when $says', (c) => expect(phaseOf(c)).toBe(c.phase));
  test.each(finals)('that will not run again is $phase when $says', (c) => expect(phaseOf(c)).toBe(c.phase));
  test.each(containerRules)('with rules of the container is $phase when $says', (c) =>
    expect(phaseOf(c)).toBe(c.phase),
  );
  test.each(inits)('with an init container is $phase when it: $says', (c) => expect(phaseOf(c)).toBe(c.phase));
  test.each(sidecars)('with a sidecar is $phase when it: $says', (c) => expect(phaseOf(c)).toBe(c.phase));

  test('a terminal phase wins over whatever is computed', () => {
    expect(stickyPhase('Succeeded', 'Running')).toBe('Succeeded');
    expect(stickyPhase('Failed', 'Succeeded')).toBe('Failed');
  });

  test('any other phase gives way', () => {
    expect(stickyPhase('Running', 'Pending')).toBe('Pending');
    expect(stickyPhase('Unknown', 'Running')).toBe('Running');
    expect(stickyPhase(undefined, 'Pending')).toBe('Pending');
  });
});
