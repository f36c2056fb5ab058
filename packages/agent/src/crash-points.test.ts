import { describe, expect, it } from 'vitest';
import type { CrashPoint, World } from '../test/world.js';
import { crashGate, createWorld, patch, path, podNamed, pods, run, send } from '../test/world.js';

/** The life of three pods: one ends by itself, one is changed, one is deleted while it runs. The agent may be stopped at any of its effects. */
async function scenario(point: CrashPoint | undefined): Promise<{ effects: number; world: World }> {
  const world = await createWorld();
  let gate = crashGate(point);
  let crashes = 0;
  await run(world, gate);
  /** Time goes by; a dead agent is noticed and started again, as a supervisor does. */
  const pass = async (ms: number): Promise<void> => {
    await world.clock.advance(ms);
    if (!gate.isDead || crashes > 0) return;
    crashes += 1;
    gate = crashGate(undefined);
    await run(world, gate);
    await world.clock.advance(ms);
  };
  await pass(100);
  await send(world, path, podNamed('job', { 'mock.virtual-kubelet.io/run-time': '5s' }, 'Never'));
  await send(world, path, podNamed('web', {}, 'Always'));
  await send(world, path, podNamed('changed', {}, 'Always'));
  await pass(10_000);
  await patch(world, `${path}/changed`, { spec: { containers: [{ name: 'c', image: 'nginx:2' }] } });
  await pass(10_000);
  await send(world, `${path}/web`);
  await pass(60_000);
  await pass(60_000);
  const { effects } = gate;
  gate.kill();
  return { effects: crashes > 0 ? -1 : effects, world };
}

/** What must hold whatever happened: nothing lost, nothing doubled. */
async function check(world: World): Promise<void> {
  const found = await pods(world);
  expect(found.map((pod) => pod.metadata?.name)).toEqual(['changed', 'job']);
  const [changed, job] = found;
  expect(job?.status?.phase).toBe('Succeeded');
  expect(job?.status?.containerStatuses?.[0]).toMatchObject({
    restartCount: 0,
    state: { terminated: { exitCode: 0 } },
  });
  expect(changed?.status).toMatchObject({ phase: 'Running', observedGeneration: changed?.metadata?.generation });
  const lastUpdate = world.updates.filter(({ ref }) => ref.name === 'changed').at(-1);
  expect(lastUpdate?.pod.spec?.containers[0]?.image).toBe('nginx:2');
  expect(lastUpdate?.changes).toContainEqual({ change: 'image', container: 'c' });
  const births = world.entries.flatMap((entry) =>
    'put' in entry && entry.put.revision === 1 ? [`${entry.put.ref.name}/${entry.put.attempt}`] : [],
  );
  expect(births.toSorted()).toEqual(['changed/1', 'job/1', 'web/1']);
  const ends = world.entries.flatMap((entry) => ('put' in entry && entry.put.deletion ? [entry.put.ref.name] : []));
  expect(new Set(ends)).toEqual(new Set(['web']));
}

describe('an agent stopped at any of its effects and started again', () => {
  it('has effects to be stopped at, and keeps its pods without a crash', async () => {
    const { effects, world } = await scenario(undefined);
    expect(effects).toBeGreaterThan(12);
    await check(world);
  });

  it.each(['before', 'after', 'answer lost'] as const)(
    'loses nothing and doubles nothing: %s',
    async (how) => {
      const { effects } = await scenario(undefined);
      for (let at = 1; at <= effects; at += 1) {
        const { world } = await scenario({ at, how });
        await check(world).catch((error: unknown) => {
          throw new Error(`stopped at effect ${at} of ${effects}, ${how}`, { cause: error });
        });
      }
    },
    60_000,
  );
});
