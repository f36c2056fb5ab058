import type { Container } from '@virtual-kubelet/kubernetes';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PodWorld } from '../pod-world.test-kit.js';
import { podOf, podWorld } from '../pod-world.test-kit.js';

async function world(): Promise<PodWorld> {
  const made = await podWorld();
  onTestFinished(() => made.stop());
  return made;
}

const c = (name: string, more: Partial<Container> = {}): Container => ({ name, image: 'img:1', ...more });
const sidecar = (name: string, more: Partial<Container> = {}): Container =>
  c(name, { restartPolicy: 'Always', ...more });
const starts = ({ backend }: PodWorld): readonly string[] => backend.history.filter((line) => line.startsWith('start'));
const ends = ({ backend }: PodWorld): readonly string[] =>
  backend.history.filter((line) => line.startsWith('stop ') || line.startsWith('SIG'));

describe('init containers', () => {
  it('run one after another, and the others start together once the last has ended well', async () => {
    const w = await world();
    for (const name of ['i1', 'i2']) w.backend.behaviours.set(name, { runTime: 2_000 });
    await w.create(podOf({ initContainers: [c('i1'), c('i2')], containers: [c('a'), c('b')] }));
    expect(starts(w)).toEqual(['start i1#0']);
    expect([w.state('i1'), w.state('i2'), w.state('a')]).toEqual(['running', 'PodInitializing', 'PodInitializing']);
    await w.clock.advance(2_500);
    expect(starts(w)).toEqual(['start i1#0', 'start i2#0']);
    await w.clock.advance(2_500);
    expect(starts(w)).toEqual(['start i1#0', 'start i2#0', 'start a#0', 'start b#0']);
    expect([w.state('i1'), w.state('i2'), w.state('a'), w.state('b')]).toEqual([
      'Completed:0',
      'Completed:0',
      'running',
      'running',
    ]);
  });

  it('are tried again with a pause when they fail, unless the pod never restarts', async () => {
    const w = await world();
    w.backend.behaviours.set('i', (attempt) => ({ runTime: 1_000, exitCode: attempt < 2 ? 1 : 0 }));
    await w.create(podOf({ initContainers: [c('i')] }));
    await w.clock.advance(3_500);
    expect([w.state('i'), w.state('a')]).toEqual(['CrashLoopBackOff', 'PodInitializing']);
    await w.clock.advance(12_000);
    expect([w.state('i'), w.state('a')]).toEqual(['Completed:0', 'running']);

    const never = await world();
    never.backend.behaviours.set('i', { runTime: 1_000, exitCode: 3 });
    await never.create(podOf({ restartPolicy: 'Never', initContainers: [sidecar('s'), c('i')] }));
    await never.clock.advance(5_000);
    expect([never.state('s'), never.state('i'), never.state('a')]).toEqual(['Error:143', 'Error:3', 'PodInitializing']);
    expect(never.backend.history.at(-1)).toBe('stop sandbox');
  });

  it('do not run again when a regular container restarts', async () => {
    const w = await world();
    w.backend.behaviours.set('i', { runTime: 1_000 });
    await w.create(podOf({ initContainers: [c('i')] }));
    await w.clock.advance(2_000);
    w.backend.exit('a', 1);
    await w.clock.advance(2_000);
    expect(starts(w)).toEqual(['start i#0', 'start a#0', 'start a#1']);
  });

  it('run again in a new sandbox, and every container counts one restart', async () => {
    const w = await world();
    w.backend.behaviours.set('i', { runTime: 1_000 });
    await w.create(podOf({ initContainers: [c('i')] }));
    await w.clock.advance(2_000);
    w.backend.reboot();
    await w.clock.advance(5_000);
    expect(starts(w)).toEqual(['start i#0', 'start a#0', 'start i#1', 'start a#1']);
    expect(w.seen('a')).toMatchObject({ restartCount: 1, state: { running: {} }, last: { exitCode: 137 } });
    expect(w.backend.sandboxSpecs.map(({ labels }) => labels['io.virtual-kubelet.attempt'])).toEqual(['0', '1']);
  });
});

describe('a sandbox', () => {
  it('that broke before anything was in it is removed, and one that cannot be made is tried again every ten seconds', async () => {
    const w = await world();
    const create = w.backend.createSandbox.bind(w.backend);
    let tries = 0;
    w.backend.createSandbox = async (spec, signal) => {
      tries += 1;
      const id = await create(spec, signal);
      if (tries > 3) return id;
      await w.backend.stopSandbox(id, signal);
      throw new Error('no address left');
    };
    await w.create(podOf());
    expect(w.observations.at(-1)).toMatchObject({ reason: 'FailedCreatePodSandBox' });
    await w.clock.advance(35_000);
    expect([tries, w.state('a')]).toEqual([4, 'running']);
    expect((await w.backend.list({}, w.context.signal)).sandboxes).toHaveLength(1);
  });
});

describe('sidecars', () => {
  it('start in order and hold back what follows until they have started', async () => {
    const w = await world();
    w.backend.onExec = (_name, command) =>
      command[0] === 'probe' ? w.clock.sleep(500).then(() => 0) : Promise.resolve(0);
    const probe = { exec: { command: ['probe'] }, periodSeconds: 1 };
    await w.create(podOf({ initContainers: [sidecar('s', { startupProbe: probe }), c('i')] }));
    expect(starts(w)).toEqual(['start s#0']);
    expect(w.seen('s')).toMatchObject({ started: false, ready: false });
    await w.clock.advance(1_000);
    expect(starts(w)).toEqual(['start s#0', 'start i#0']);
    expect(w.seen('s')).toMatchObject({ started: true, ready: true });
  });

  it('restart whatever the pod’s policy, and end with the pod', async () => {
    const w = await world();
    w.backend.behaviours.set('a', { runTime: 60_000 });
    await w.create(podOf({ restartPolicy: 'Never', initContainers: [sidecar('s')] }));
    w.backend.exit('s', 1);
    await w.clock.advance(1_000);
    expect(starts(w)).toEqual(['start s#0', 'start a#0', 'start s#1']);
    await w.clock.advance(61_000);
    expect([w.state('a'), w.state('s')]).toEqual(['Completed:0', 'Error:143']);
  });

  it('stop after the others, the last one first', async () => {
    const w = await world();
    for (const name of ['s1', 's2', 'a', 'b']) w.backend.behaviours.set(name, { stopTime: 3_000 });
    await w.create(podOf({ initContainers: [sidecar('s1'), sidecar('s2')], containers: [c('a'), c('b')] }));
    await w.remove(30);
    expect(ends(w)).toEqual(['stop a#0', 'stop b#0']);
    await w.clock.advance(3_500);
    expect(ends(w)).toEqual(['stop a#0', 'stop b#0', 'stop s2#0']);
    await w.clock.advance(3_500);
    await w.clock.advance(3_500);
    expect(ends(w)).toEqual(['stop a#0', 'stop b#0', 'stop s2#0', 'stop s1#0', 'stop sandbox']);
  });
});

describe('termination', () => {
  it('sends the stop signal, waits for the grace period and kills', async () => {
    const w = await world();
    w.backend.behaviours.set('a', { stubborn: true });
    await w.create(podOf());
    await w.remove(7);
    expect(ends(w)).toEqual(['stop a#0']);
    await w.clock.advance(6_900);
    expect(ends(w)).toEqual(['stop a#0']);
    await w.clock.advance(200);
    expect(ends(w)).toEqual(['stop a#0', 'SIGKILL a#0', 'stop sandbox']);
    expect(w.state('a')).toBe('Error:137');
  });

  it('kills at once without grace, and takes a shorter grace while it waits', async () => {
    const w = await world();
    w.backend.behaviours.set('a', { stubborn: true });
    await w.create(podOf());
    await w.remove(300);
    await w.clock.advance(10_000);
    await w.remove(20);
    await w.clock.advance(9_900);
    expect(ends(w)).toEqual(['stop a#0']);
    await w.clock.advance(200);
    expect(ends(w)).toContain('SIGKILL a#0');

    const at = await world();
    at.backend.behaviours.set('a', { stubborn: true });
    await at.create(podOf());
    await at.remove(0);
    expect(ends(at)).toEqual(['SIGKILL a#0', 'stop sandbox']);
  });

  it('runs preStop before the signal and counts it against the grace period, but leaves two seconds', async () => {
    const w = await world();
    w.backend.behaviours.set('a', { stubborn: true });
    const lifecycle = { preStop: { sleep: { seconds: 4 } } };
    await w.create(podOf({ containers: [c('a', { lifecycle })] }));
    await w.remove(10);
    await w.clock.advance(3_900);
    expect(ends(w)).toEqual([]);
    await w.clock.advance(200);
    expect(ends(w)).toEqual(['stop a#0']);
    await w.clock.advance(5_800);
    expect(ends(w)).toEqual(['stop a#0']);
    await w.clock.advance(200);
    expect(ends(w)).toContain('SIGKILL a#0');

    const long = await world();
    long.backend.behaviours.set('a', { stubborn: true });
    await long.create(podOf({ containers: [c('a', { lifecycle: { preStop: { sleep: { seconds: 60 } } } })] }));
    await long.remove(5);
    await long.clock.advance(5_100);
    expect(ends(long)).toEqual(['stop a#0']);
    await long.clock.advance(1_800);
    expect(ends(long)).toEqual(['stop a#0']);
    await long.clock.advance(300);
    expect(ends(long)).toContain('SIGKILL a#0');
  });

  it('does not run preStop for a container that ended by itself', async () => {
    const w = await world();
    const commands: (readonly string[])[] = [];
    w.backend.onExec = async (_name, command) => (commands.push(command), 0);
    const lifecycle = { preStop: { exec: { command: ['bye'] } } };
    await w.create(podOf({ restartPolicy: 'Never', containers: [c('a', { lifecycle })] }));
    w.backend.exit('a', 0);
    await w.clock.advance(1_000);
    expect(commands).toEqual([]);
  });

  it('of a pod that never ran says so, and forgets it a minute later', async () => {
    const w = await world();
    w.backend.images.clear();
    await w.create(podOf());
    await w.remove(30);
    await w.clock.advance(1_000);
    expect(w.observations.at(-1)?.ended).toMatchObject({ reason: 'Terminated' });
    await w.clock.advance(62_000);
    expect((await w.runtime.provider.getPods(w.context)).pods).toEqual([]);
    expect(w.storage.records.size).toBe(0);
    await expect(w.remove(30)).rejects.toMatchObject({ name: 'NotFound' });
  });

  it('starts nothing any more', async () => {
    const w = await world();
    w.backend.behaviours.set('a', { runTime: 5_000, exitCode: 1 });
    w.backend.behaviours.set('b', { stubborn: true });
    await w.create(podOf({ containers: [c('a'), c('b')] }));
    await w.remove(30);
    await w.clock.advance(20_000);
    expect(starts(w)).toEqual(['start a#0', 'start b#0']);
  });
});

describe('a look at the engine that is out of date when it arrives', () => {
  it('starts nothing twice', async () => {
    const w = await world();
    await w.runtime.provider.getPods(w.context);
    const list = w.backend.list.bind(w.backend);
    w.backend.list = async (labels, signal) => {
      const view = await list(labels, signal);
      await w.clock.sleep(70, signal);
      return view;
    };
    const create = w.backend.createContainer.bind(w.backend);
    w.backend.createContainer = (spec, signal) => w.clock.sleep(50, signal).then(() => create(spec, signal));
    w.backend.behaviours.set('a', { runTime: 200, exitCode: 1 });
    await w.create(podOf({ containers: [c('a'), c('b')] }));
    await w.clock.advance(5_000);
    expect(starts(w)).toEqual(['start a#0', 'start b#0', 'start a#1']);
    expect(w.notices.filter(({ reason }) => reason === 'Failed')).toEqual([]);
  });
});

describe('any pod', () => {
  it('starts each container once whatever happens to agent and events, and ends completely', async () => {
    const step = fc.constantFrom('wait', 'restart', 'crash', 'down', 'up', 'jump');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const w = await podWorld();
        try {
          await w.create(podOf({ initContainers: [sidecar('s')], containers: [c('a'), c('b')] }));
          for (const what of steps) {
            if (what === 'restart' && !w.backend.down) await w.restart();
            if (what === 'crash') w.backend.exit('a', 1);
            if (what === 'down' || what === 'up') w.backend.down = what === 'down';
            if (what === 'jump') w.clock.jumpWall(-3_600_000);
            await w.clock.advance(4_000);
          }
          w.backend.down = false;
          await w.clock.advance(40_000);
          const runs = w.backend.containerSpecs.map(
            ({ labels }) => `${labels['io.kubernetes.container.name']}#${labels['io.virtual-kubelet.attempt']}`,
          );
          expect(new Set(runs).size).toBe(runs.length);
          await w.remove(1);
          await w.clock.advance(40_000);
          const view = await w.backend.list({}, w.context.signal);
          expect(view.containers.filter(({ state }) => state === 'running')).toEqual([]);
          expect(view.sandboxes.filter(({ ready }) => ready)).toEqual([]);
        } finally {
          await w.stop();
        }
      }),
      { numRuns: 25 },
    );
  });
});
