/** What a provider promises about itself, and how it bears aborts, crowds and its own end. */
import { ManualClock } from '@virtual-kubelet/base';
import { parseQuantity } from '@virtual-kubelet/kubernetes';
import type { PodChange, UpdateOutcome } from '@virtual-kubelet/provider';
import { abilities, abilitiesOf } from '@virtual-kubelet/provider';
import { callContext, refOf, requestOf } from '../../builders.js';
import { capabilityProblems, definitionProblems } from '../definition-rules.js';
import { notPlain } from '../plain-data.js';
import type { ProviderCheck } from '../suite-options.js';
import { expectNone, expectThat } from '../suite-options.js';
import type { SuiteWorld } from '../suite-world.js';
import { isOver, withWorld } from '../suite-world.js';

/** A provider that is told to give up does so within this time, milliseconds. */
const givesUpWithin = 5_000;

const definition: ProviderCheck = {
  id: 'definition',
  title: 'is defined as the contract wants it, with a fidelity row for every field of a pod',
  run: (source) =>
    withWorld(source, async (world) => {
      expectNone(definitionProblems(source.definition));
      expectNone(capabilityProblems(world.capabilities));
    }),
};

function capacityProblems(capacity: Readonly<Record<string, string>> = {}): readonly string[] {
  return Object.entries(capacity).flatMap(([name, text]) => {
    try {
      parseQuantity(text);
      return [];
    } catch {
      return [`capacity of ${name} is no quantity: ${text}`];
    }
  });
}

const abilitiesCheck: ProviderCheck = {
  id: 'abilities',
  title: 'can do what its methods say, and describes its node with quantities',
  run: (source) =>
    withWorld(source, async ({ provider, answer }) => {
      const present = abilities.filter(({ method }) => provider[method] !== undefined);
      const odd = present.filter((ability) => !abilitiesOf(provider).includes(ability));
      expectNone(odd.map(({ method }) => `${method} is there, but is no function`));
      if (provider.ping) await answer('ping', provider.ping(callContext()), 60_000);
      const node = provider.configureNode ? await answer('configureNode', provider.configureNode(callContext())) : {};
      expectNone([
        ...notPlain(node, 'node'),
        ...capacityProblems(node.capacity),
        ...capacityProblems(node.allocatable),
      ]);
    }),
};

const reads: ProviderCheck = {
  id: 'reads',
  title: 'finds a pod as soon as its creation was accepted, unless its reads are eventual',
  run: (source) =>
    withWorld(source, async (world) => {
      const pod = world.pod();
      const ref = await world.create(pod);
      const isWhole = world.capabilities.status === 'whole';
      if (world.capabilities.reads === 'consistent') {
        const found = await world.answer('getPod', world.provider.getPod(ref, callContext()));
        expectThat(found, 'reads are declared consistent, but getPod does not find a pod that was just created');
        expectThat(
          (await world.list()).some((entry) => entry.ref.uid === ref.uid),
          'the listing lacks a new pod',
        );
      }
      const seen = await world.untilRunning(pod);
      expectThat(
        isWhole === (seen.status !== undefined),
        `status is declared ${isWhole ? 'whole' : 'observation'}, but observations come ${isWhole ? 'without' : 'with'} a whole status`,
      );
    }),
};

function outcomeProblems(changes: readonly PodChange[], outcomes: readonly UpdateOutcome[]): readonly string[] {
  const results = ['applied', 'inProgress', 'deferred', 'infeasible', 'restartRequired', 'failed'];
  const asked = new Set(changes.map(({ change }) => change));
  return outcomes.flatMap((outcome) => [
    ...(results.includes(outcome.result) ? [] : [`${outcome.result} is no outcome`]),
    ...(asked.has(outcome.change) ? [] : [`an outcome is about ${outcome.change}, which was not changed`]),
    ...('message' in outcome && !outcome.message ? [`an outcome ${outcome.result} has no message`] : []),
  ]);
}

const updates: ProviderCheck = {
  id: 'updates',
  title: 'answers for each change to a pod, and keeps the pod running',
  run: (source) =>
    withWorld(source, async (world) => {
      const pod = world.pod();
      const ref = await world.create(pod);
      await world.untilRunning(pod);
      const labels = { ...pod.metadata?.labels, changed: 'true' };
      const changed = { ...pod, metadata: { ...pod.metadata, labels, generation: 2 } };
      const changes: readonly PodChange[] = [{ change: 'metadata' }];
      const update = { ...requestOf(changed), changes };
      const outcomes = await world.answer('updatePod', world.provider.updatePod(update, callContext()));
      expectNone([...notPlain(outcomes, 'outcomes'), ...outcomeProblems(changes, outcomes)]);
      const seen = await world.status(ref);
      expectThat(seen && !isOver(seen), 'a change of labels ended the pod');
    }),
};

/** Waits for the end of a call that nobody wants any more, however it ends. */
async function givesUp(world: SuiteWorld, what: string, call: Promise<unknown>): Promise<void> {
  await world.answer(`${what} whose signal aborted`, call, givesUpWithin);
}

/** Takes any end of a call: rejections with the signal's reason are what an abort is expected to bring. */
async function whatever(call: Promise<unknown>): Promise<void> {
  await call.catch(() => undefined);
}

const aborts: ProviderCheck = {
  id: 'aborts',
  title: 'gives a call up when its signal aborts, and takes it again later',
  run: (source) =>
    withWorld(source, async (world) => {
      const { provider } = world;
      const { slowPod } = source.options;
      const pod = world.pod();
      const leaving = new AbortController();
      const context = callContext({ signal: leaving.signal });
      const calls = [pod, ...(slowPod ? [world.pod(slowPod())] : [])].map((one) =>
        whatever(provider.createPod(requestOf(one), context)),
      );
      leaving.abort(new Error('nobody waits any more'));
      for (const call of calls) await givesUp(world, 'createPod', call);
      for (const read of ['getPods', 'getPodStatus'] as const) {
        const reading = read === 'getPods' ? provider.getPods(context) : provider.getPodStatus(refOf(pod), context);
        await givesUp(world, read, whatever(reading));
      }
      await world.create(pod);
      await world.untilRunning(pod);
      const mine = (await world.list()).filter(({ ref }) => ref.uid === pod.metadata?.uid);
      expectThat(mine.length === 1, `after an aborted and a repeated createPod the pod is listed ${mine.length} times`);
    }),
};

const crowd: ProviderCheck = {
  id: 'crowd',
  title: 'runs many pods created at the same time, and lets all of them go',
  run: (source) =>
    withWorld(source, async (world) => {
      const pods = Array.from({ length: source.options.many ?? 25 }, () => world.pod());
      await Promise.all(pods.map((pod) => world.create(pod)));
      for (const pod of pods) await world.untilRunning(pod);
      const uids = new Set((await world.list()).map(({ ref }) => ref.uid));
      const lost = pods.filter(({ metadata }) => !uids.has(metadata?.uid ?? ''));
      expectNone(lost.map(({ metadata }) => `the listing lacks pod ${metadata?.name}`));
      await Promise.all(pods.map((pod) => world.remove(refOf(pod))));
      for (const pod of pods) await world.untilOver(refOf(pod));
    }),
};

const survives: ProviderCheck = {
  id: 'survives',
  title: 'finds its pods again after a restart, if it says they outlive the process',
  run: (source) =>
    withWorld(source, async (world) => {
      if (world.capabilities.durability !== 'platform') return;
      const pod = world.pod();
      await world.create(pod);
      const before = await world.untilRunning(pod);
      const next = await world.reopen();
      const found = (await next.list()).find(({ ref }) => ref.uid === pod.metadata?.uid);
      expectThat(found, 'durability is declared platform, but a pod is not listed after a restart');
      await next.create(pod);
      const after = await next.untilRunning(pod);
      expectThat(
        JSON.stringify(after.podIPs) === JSON.stringify(before.podIPs) &&
          JSON.stringify(after.containers.map(({ state }) => state)) ===
            JSON.stringify(before.containers.map(({ state }) => state)),
        'a pod was disturbed by a restart of the process',
      );
    }),
};

const closes: ProviderCheck = {
  id: 'closes',
  title: 'lets go of everything when it is closed',
  run: (source) =>
    withWorld(source, async (world) => {
      const pod = world.pod();
      await world.create(pod);
      await world.untilRunning(pod);
      await world.close();
      const { clock } = world;
      if (!(clock instanceof ManualClock)) return;
      await clock.settle();
      expectThat(clock.pending === 0, `${clock.pending} timers are left after close`);
    }),
};

/** The checks of what a provider promises. */
export const promiseChecks: readonly ProviderCheck[] = [
  definition,
  abilitiesCheck,
  reads,
  updates,
  aborts,
  crowd,
  survives,
  closes,
];
