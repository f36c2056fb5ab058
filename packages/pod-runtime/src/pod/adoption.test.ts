import type { Container, Pod } from '@virtual-kubelet/kubernetes';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PodWorld, Reach } from '../pod-world.test-kit.js';
import { inputsFor, podOf, podWorld, ref } from '../pod-world.test-kit.js';

/** Calls after which the world is another. */
const effects = new Set<PropertyKey>([
  'createSandbox',
  'stopSandbox',
  'removeSandbox',
  'createContainer',
  'startContainer',
  'signalContainer',
  'removeContainer',
  'exec',
  'save',
  'remove',
  'prepareVolume',
  'writeFile',
  'createTerminationLog',
]);

/** When a process dies: at an effect, by its number from the start, just before it or just after. */
interface Death {
  readonly at: number;
  readonly when: 'before' | 'after';
}

type Call = (...args: readonly unknown[]) => unknown;

/** Processes of which the first dies; what a dead one still asks for is refused. */
function mortal(death: Death): { reach(machine: Reach): Reach; isDead(): boolean; count(): number } {
  let count = 0;
  let dead = false;
  let process = 0;
  const killed = new Error('the process was killed');
  const guard = <T extends object>(target: T, self: number): T =>
    new Proxy(target, {
      get(of, key): unknown {
        const value: unknown = Reflect.get(of, key);
        if (typeof value !== 'function') return value;
        const call = value.bind(of) as Call;
        return (...args: readonly unknown[]): unknown => {
          if (self === 1 && dead) return Promise.reject(killed);
          if (!effects.has(key) || self > 1) return call(...args);
          count += 1;
          if (count !== death.at) return call(...args);
          dead = true;
          if (death.when === 'before') return Promise.reject(killed);
          return Promise.resolve(call(...args)).then(() => Promise.reject(killed));
        };
      },
    });
  return {
    reach({ backend, storage }) {
      process += 1;
      const self = process;
      return { backend: guard(backend, self), storage: guard(storage, self) };
    },
    isDead: () => dead,
    count: () => count,
  };
}

const c = (name: string, more: Partial<Container> = {}): Container => ({ name, image: 'img:1', ...more });
const wanted: Pod = podOf({
  initContainers: [c('s', { restartPolicy: 'Always' }), c('i')],
  containers: [
    c('a', { volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
    c('b', { lifecycle: { postStart: { exec: { command: ['hello'] } }, preStop: { sleep: { seconds: 1 } } } }),
  ],
  volumes: [{ name: 'v', emptyDir: {} }],
});
const quiet = (): undefined => undefined;

/** The node's part: hands over what is wanted, and asks again for the end of what is not. */
async function tell(w: PodWorld, wish: 'run' | 'end'): Promise<void> {
  const { provider } = w.runtime;
  const request = { ref, pod: wanted, inputs: inputsFor(wanted), attempt: 1 };
  if (wish === 'run') return provider.createPod(request, w.context).catch(quiet);
  await provider.deletePod(ref, { gracePeriodSeconds: 5, reason: 'deleted' }, w.context).catch(quiet);
}

interface Life {
  /** `a#0` for each container that was made, in order. */
  readonly runs: readonly string[];
  /** Seconds from the start at which each run began, by name. */
  readonly starts: ReadonlyMap<string, readonly number[]>;
  readonly counts: readonly (readonly [string, number])[];
  readonly hooks: number;
  readonly world: PodWorld;
  /** How many runs of one container there ever were at the same time. */
  readonly mostAtOnce: number;
  readonly running: readonly string[];
}

async function live(death: Death): Promise<Life & { readonly effects: number }> {
  const fate = mortal(death);
  const world = await podWorld({}, fate.reach);
  onTestFinished(() => world.stop());
  const { backend, clock } = world;
  backend.behaviours.set('i', { runTime: 1_000 });
  backend.behaviours.set('a', (attempt) => (attempt < 2 ? { runTime: 1_000, exitCode: 1 } : {}));
  let hooks = 0;
  backend.onExec = async () => ((hooks += 1), 0);
  let mostAtOnce = 0;
  let reborn = false;
  const pass = async (seconds: number, wish: 'run' | 'end'): Promise<void> => {
    for (let left = seconds; left > 0; left -= 1) {
      await clock.advance(1_000);
      const { containers } = await backend.list({}, world.context.signal);
      const names = containers
        .filter(({ state }) => state === 'running')
        .map(({ labels }) => labels['io.kubernetes.container.name']);
      mostAtOnce = Math.max(mostAtOnce, ...names.map((name) => names.filter((other) => other === name).length));
      if (!fate.isDead() || reborn) continue;
      reborn = true;
      await world.restart(false);
      await tell(world, wish);
    }
  };
  const began = clock.monotonic();
  const starts = new Map<string, number[]>();
  const start = backend.startContainer.bind(backend);
  backend.startContainer = async (id, signal) => {
    const { containers } = await backend.list({}, signal);
    const name = containers.find((run) => run.id === id)?.labels['io.kubernetes.container.name'] ?? '';
    starts.set(name, [...(starts.get(name) ?? []), Math.round((clock.monotonic() - began) / 1_000)]);
    return start(id, signal);
  };
  await tell(world, 'run');
  await pass(40, 'run');
  const { containers } = await backend.list({}, world.context.signal);
  const running = containers
    .filter(({ state }) => state === 'running')
    .map(({ labels }) => labels['io.kubernetes.container.name'] ?? '');
  await tell(world, 'end');
  await pass(90, 'end');
  return {
    effects: fate.count(),
    runs: backend.containerSpecs.map(
      ({ labels }) => `${labels['io.kubernetes.container.name']}#${labels['io.virtual-kubelet.attempt']}`,
    ),
    starts,
    counts: world.observations.flatMap((o) => o.containers.map((one) => [one.name, one.restartCount ?? -1] as const)),
    hooks,
    world,
    mostAtOnce,
    running: running.toSorted(),
  };
}

/** What must be true of a pod's life whoever died in it, and when. */
async function check({ runs, starts, counts, hooks, mostAtOnce, running, world }: Life): Promise<void> {
  expect(runs.toSorted()).toEqual(['a#0', 'a#1', 'a#2', 'b#0', 'i#0', 's#0']);
  expect(running).toEqual(['a', 'b', 's']);
  expect(mostAtOnce).toBe(1);
  // A command whose outcome was lost is given again; a kubelet does the same.
  expect([1, 2]).toContain(hooks);
  const [, second = 0, third = 0] = starts.get('a') ?? [];
  expect(third - second).toBeGreaterThanOrEqual(11);
  for (const name of ['a', 'b', 'i', 's']) {
    const of = counts.filter(([one, count]) => one === name && count >= 0).map(([, count]) => count);
    expect(of).toEqual(of.toSorted((a, b) => a - b));
  }
  const left = await world.backend.list({}, world.context.signal);
  expect([left.containers, left.sandboxes, await world.storage.folders()]).toEqual([[], [], []]);
}

describe('a pod whose agent is killed', () => {
  it(
    'at any effect, just before it or just after, loses nothing and has nothing twice',
    { timeout: 60_000 },
    async () => {
      let deaths = 0;
      for (let at = 1, lived = false; !lived; at += 1) {
        for (const when of ['before', 'after'] as const) {
          const life = await live({ at, when });
          lived = life.effects < at;
          if (lived) break;
          deaths += 1;
          await check(life).catch((error: unknown) => {
            throw new Error(`killed just ${when} effect ${at}`, { cause: error });
          });
        }
      }
      expect(deaths).toBeGreaterThan(60);
    },
  );

  it('is told by labels alone when its record is lost, and its folder goes with it', async () => {
    const w = await podWorld();
    onTestFinished(() => w.stop());
    await w.create(wanted);
    w.storage.records.clear();
    await w.restart(false);
    const { pods } = await w.runtime.provider.getPods(w.context);
    expect(pods.map((pod) => pod.ref)).toEqual([ref]);
    await w.remove(0);
    await w.clock.advance(70_000);
    expect(await w.storage.folders()).toEqual([]);
  });

  it('leaves no folder that belongs to nobody', async () => {
    const w = await podWorld();
    onTestFinished(() => w.stop());
    await w.storage.writeFile('u9', 'hosts', 'left by a process that died');
    await w.restart();
    expect(await w.storage.folders()).toEqual([]);
  });
});
