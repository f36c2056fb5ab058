/** What a provider says of its pods: observations, listings, notifications; and whose pods it leaves alone. */
import type { ListedPod, PodObservation } from '@virtual-kubelet/provider';
import { isNotFound } from '@virtual-kubelet/provider';
import { callContext, deletionOf, refOf } from '../../builders.js';
import { observationProblems, stepProblems } from '../observation-rules.js';
import { notPlain } from '../plain-data.js';
import type { ProviderCheck } from '../suite-options.js';
import { expectNone, expectThat } from '../suite-options.js';
import type { SuiteWorld } from '../suite-world.js';
import { isOver, isRunning, suiteCluster, withWorld } from '../suite-world.js';

async function lifeSeen(world: SuiteWorld, pod: ReturnType<SuiteWorld['pod']>): Promise<readonly PodObservation[]> {
  const seen: PodObservation[] = [];
  const look = async (): Promise<PodObservation | undefined> => {
    const found = await world.status(refOf(pod));
    if (found) seen.push(found);
    return found;
  };
  await world.create(pod);
  await look();
  seen.push(await world.untilRunning(pod));
  await world.remove(refOf(pod));
  await look();
  const last = await world.untilOver(refOf(pod));
  return last ? [...seen, last] : seen;
}

function sequenceProblems(seen: readonly PodObservation[]): readonly string[] {
  return seen.flatMap((after, i) => {
    const before = seen[i - 1];
    return before ? stepProblems(before, after) : [];
  });
}

const observations: ProviderCheck = {
  id: 'observations',
  title: 'reports observations that keep to the rules, each alone and one after another',
  run: (source) =>
    withWorld(source, async (world) => {
      const pod = world.pod();
      const asked = await lifeSeen(world, pod);
      const told = world.heard.observed.filter(({ ref }) => ref.uid === pod.metadata?.uid);
      expectNone([...asked, ...told].flatMap((observation) => observationProblems(observation, pod)));
      expectNone([...sequenceProblems(asked), ...sequenceProblems(told)]);
    }),
};

const listing: ProviderCheck = {
  id: 'listing',
  title: 'lists its pods with whose they are',
  run: (source) =>
    withWorld(source, async (world) => {
      const pods = [world.pod(), world.pod()];
      for (const pod of pods) await world.create(pod);
      for (const pod of pods) await world.untilRunning(pod);
      const answer = await world.answer('getPods', world.provider.getPods(callContext()));
      const isComplete = answer.complete === 'all' || Array.isArray(answer.complete);
      expectThat(isComplete, 'a listing says for what it is complete: `all` or a list of scopes');
      expectNone(notPlain(answer, 'listing'));
      for (const pod of pods) {
        const found = answer.pods.filter(({ ref }) => ref.uid === pod.metadata?.uid);
        const [entry] = found;
        expectThat(entry && found.length === 1, `the listing has pod ${pod.metadata?.name} ${found.length} times`);
        expectNone(observationProblems(entry, pod));
        const same = await world.answer('getPod', world.provider.getPod(refOf(pod), callContext()));
        expectThat(same, `getPod does not know pod ${pod.metadata?.name}, which is listed`);
        const isRequired = world.capabilities.durability === 'platform';
        const wanted = world.node;
        for (const { node, cluster } of [entry, same]) {
          const isNode = node === wanted || (node === undefined && !isRequired);
          const isCluster = cluster === suiteCluster || (cluster === undefined && !isRequired);
          expectThat(isNode, `a pod of node ${wanted} is tagged with node ${node}`);
          expectThat(isCluster, `a pod of cluster ${suiteCluster} is tagged with cluster ${cluster}`);
        }
      }
    }),
};

const otherNodes: ProviderCheck = {
  id: 'other-nodes',
  title: 'neither sees nor touches the pods of another node',
  run: (source) =>
    withWorld(source, async (world) => {
      const pod = world.pod();
      const ref = await world.create(pod);
      await world.untilRunning(pod);
      const node = { name: world.otherNode, operatingSystem: 'linux' } as const;
      const other = await world.answer('forNode', world.session.forNode(node));
      const listed = (await world.list(other)).filter((entry) => entry.ref.uid === ref.uid);
      // A platform may show it, as long as it says whose it is.
      expectThat(
        listed.every((entry) => entry.node === world.node),
        'a node lists the pod of another node as its own',
      );
      const outcome = await world
        .answer('deletePod', other.deletePod(ref, deletionOf(), callContext()))
        .catch((error: unknown) => error);
      expectThat(
        isNotFound(outcome),
        `deleting the pod of another node must fail with NotFound, not ${String(outcome)}`,
      );
      await world.calm();
      const seen = await world.status(ref);
      expectThat(seen && !isOver(seen), 'a node ended the pod of another node');
    }),
};

const foreign: ProviderCheck = {
  id: 'foreign',
  title: 'leaves the workloads of strangers alone',
  applies: (_, options) => options.foreign !== undefined,
  run: (source) =>
    withWorld(source, async (world) => {
      const isOurs = ({ node, cluster }: ListedPod): boolean => node === world.node && cluster === suiteCluster;
      const before = new Set((await world.list()).filter(isOurs).map(({ ref }) => ref.uid));
      const workload = await source.options.foreign?.();
      if (!workload) return;
      try {
        const pod = world.pod();
        await world.create(pod);
        await world.untilRunning(pod);
        const claimed = (await world.list()).filter((entry) => isOurs(entry) && !before.has(entry.ref.uid));
        expectThat(
          claimed.every(({ ref }) => ref.uid === pod.metadata?.uid),
          'the listing claims a workload as ours that is not',
        );
        await world.remove(refOf(pod));
        await world.untilOver(refOf(pod));
        expectThat(await workload.exists(), 'a workload that is not ours was ended');
      } finally {
        await workload.remove();
      }
    }),
};

const notifications: ProviderCheck = {
  id: 'notifications',
  title: 'tells of changes by itself, if it says it does, until nobody listens any more',
  run: (source) =>
    withWorld(source, async (world) => {
      const { provider, heard } = world;
      if (!provider.notifyPods) return;
      const { startWithin = 60_000, endWithin = 60_000 } = source.options;
      await world.until('synced was not said', async () => (heard.synced > 0 ? true : undefined), startWithin);
      const pod = world.pod();
      const ref = await world.create(pod);
      const told = (test: (seen: PodObservation) => boolean) => async (): Promise<true | undefined> =>
        heard.observed.some((seen) => seen.ref.uid === ref.uid && test(seen)) || undefined;
      await world.until(
        'it was not told that the pod runs',
        told((seen) => isRunning(seen, pod)),
        startWithin,
      );
      await world.remove(ref);
      const isGone = async (): Promise<true | undefined> =>
        heard.missing.some(({ uid }) => uid === ref.uid) || (await told(isOver)());
      await world.until('it was not told that the pod ended', isGone, endWithin);
      world.endNotifications();
      const before = heard.observed.length;
      const quiet = world.pod();
      await world.create(quiet);
      await world.untilRunning(quiet);
      expectThat(heard.observed.length === before, 'changes are told after the subscription ended');
    }),
};

/** The checks of what a provider says. */
export const viewChecks: readonly ProviderCheck[] = [observations, listing, otherNodes, foreign, notifications];
