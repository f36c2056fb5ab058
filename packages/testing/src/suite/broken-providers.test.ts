/** Providers that break one promise each: the check for it must fail, and say what is wrong. */
import type { MockConfig } from '@virtual-kubelet/mock';
import { mock, scriptPrefix } from '@virtual-kubelet/mock';
import type {
  Capabilities,
  CompleteFidelity,
  FidelityTable,
  ListedPod,
  PodObservation,
  PodRef,
  PodSink,
  Provider,
  ProviderDefinition,
  ProviderSession,
  Upstream,
} from '@virtual-kubelet/provider';
import { failures } from '@virtual-kubelet/provider';
import { describe, expect, it } from 'vitest';
import type { ProviderSuiteOptions } from '../index.js';
import { checksFor, ContractError, podOf, providerChecks, runCheck } from '../index.js';

type Change = (provider: Provider, world: { pods: Map<string, PodRef>; session: ProviderSession }) => Partial<Provider>;

const honest = (mock.capabilities as (config: MockConfig) => Capabilities)({});

/** The mock with another provider put before it. */
function broken(change: Change, more: Partial<ProviderDefinition<MockConfig>> = {}): ProviderDefinition<MockConfig> {
  return {
    ...mock,
    ...more,
    async open(context) {
      const session = await mock.open(context);
      const pods = new Map<string, PodRef>();
      return {
        ...session,
        async forNode(node) {
          const provider = await session.forNode(node);
          return { ...provider, ...change(provider, { pods, session }) };
        },
      };
    },
  };
}

/** Every observation the provider gives, by any way, is changed. */
function observing(change: (observation: PodObservation) => PodObservation): Change {
  return (provider) => ({
    async getPodStatus(ref, context) {
      const found = await provider.getPodStatus(ref, context);
      return found && change(found);
    },
    notifyPods(sink, context) {
      provider.notifyPods?.({ ...sink, observed: (o) => sink.observed(change(o)) }, context);
    },
  });
}

function listing(change: (pods: readonly ListedPod[]) => readonly ListedPod[]): Change {
  return (provider) => ({
    async getPods(context) {
      const answer = await provider.getPods(context);
      return { ...answer, pods: change(answer.pods) };
    },
  });
}

const never = (): Promise<never> => new Promise(() => undefined);
const scripted = (script: Record<string, string>) => () =>
  podOf({
    annotations: Object.fromEntries(Object.entries(script).map(([key, value]) => [scriptPrefix + key, value])),
    spec: { restartPolicy: 'Never' },
  });

async function* silence(): AsyncIterable<Uint8Array> {
  yield new Uint8Array(0);
}

/** Finds no first pod of a check, as it was never created; in others every command does the same. */
function execAs(exitCode: number, text: string): NonNullable<Provider['exec']> {
  return async ({ pod }, _, { streams }) => {
    if (pod.name.endsWith('-1')) throw failures.notFound('no pod');
    await streams.stdout?.write(new TextEncoder().encode(text));
    return { exitCode };
  };
}

/** Knows where the streams of its own pods are. */
function upstreamOfOwn(upstream: Upstream): Change {
  return (provider) => ({
    upstream: async ({ pod }, context) => ((await provider.getPod(pod, context)) ? upstream : undefined),
  });
}

interface Row {
  readonly what: string;
  readonly check: string;
  readonly says: string;
  readonly definition: ProviderDefinition<MockConfig>;
  readonly options?: ProviderSuiteOptions;
}

let counter = 0;
/** As JavaScript may hand it over. */
const withHoles: FidelityTable = { 'spec.hostNetwork': { refused: 'no host' } };

const rows: readonly Row[] = [
  {
    what: 'has a fidelity table with holes',
    check: 'definition',
    says: 'fidelity says nothing about spec.containers[].image',
    definition: { ...mock, fidelity: withHoles as CompleteFidelity },
  },
  {
    what: 'has a fidelity row for a field that does not exist',
    check: 'definition',
    says: 'spec.continers',
    definition: { ...mock, fidelity: { spec: 'full', 'spec.continers': { refused: 'x' } } },
  },
  {
    what: 'refuses without a reason',
    check: 'definition',
    says: 'no reason for spec.hostPID',
    definition: { ...mock, fidelity: { spec: 'full', 'spec.hostPID': { refused: ' ' } } },
  },
  {
    what: 'promises tokens without volumes',
    check: 'definition',
    says: 'consumes.tokens needs',
    definition: {
      ...mock,
      capabilities: { ...honest, consumes: { ...honest.consumes, tokens: true, volumes: false } },
    },
  },
  {
    what: 'does not take its configuration',
    check: 'definition',
    says: 'the configuration is not valid',
    definition: mock,
    options: { config: 'nonsense' },
  },
  {
    what: 'never runs a pod',
    check: 'life',
    says: 'does not run within',
    definition: broken(() => ({ getPodStatus: async (ref) => ({ ref, containers: [] }) })),
  },
  {
    what: 'never ends a pod',
    check: 'life',
    says: 'has not ended within',
    definition: broken(() => ({ deletePod: async () => undefined })),
  },
  {
    what: 'makes the workload again when a creation is repeated',
    check: 'adopts',
    says: 'made the workload again',
    definition: broken((provider) => ({
      async createPod(request, context) {
        counter += 1;
        await provider.createPod(request, context);
      },
      async getPodStatus(ref, context) {
        const found = await provider.getPodStatus(ref, context);
        return found && { ...found, podIPs: [`10.0.0.${counter}`] };
      },
    })),
  },
  {
    what: 'lists a pod twice',
    check: 'adopts',
    says: 'the listing has it 2 times',
    definition: broken(listing((pods) => [...pods, ...pods])),
  },
  {
    what: 'takes the deletion of an unknown pod for done',
    check: 'deletes-again',
    says: 'must fail with NotFound, not undefined',
    definition: broken((provider) => ({
      deletePod: (ref, deletion, context) => provider.deletePod(ref, deletion, context).catch(() => undefined),
    })),
  },
  {
    what: 'fails a deletion without a kind',
    check: 'deletes-again',
    says: 'must fail with NotFound, not Error: 404',
    definition: broken((provider) => ({
      deletePod: (ref, deletion, context) =>
        provider.deletePod(ref, deletion, context).catch(() => Promise.reject(new Error('404'))),
    })),
  },
  {
    what: 'cannot be asked to delete again',
    check: 'deletes-again',
    says: 'the second deletePod failed: Error: busy',
    definition: broken((provider, { pods }) => ({
      async deletePod(ref, deletion, context) {
        if (pods.has(ref.uid)) throw new Error('busy');
        await provider.deletePod(ref, deletion, context);
        pods.set(ref.uid, ref);
      },
    })),
  },
  {
    what: 'invents pods',
    check: 'unknown',
    says: 'getPod of an unknown pod must answer undefined',
    definition: broken(() => ({ getPod: async (ref) => ({ ref, containers: [] }) })),
  },
  {
    what: 'goes by names',
    check: 'namesakes',
    says: 'with another UID is taken for',
    definition: broken((provider, { pods }) => {
      const first = (ref: PodRef): PodRef => pods.get(ref.name) ?? ref;
      return {
        async createPod(request, context) {
          if (!pods.has(request.ref.name)) pods.set(request.ref.name, request.ref);
          await provider.createPod(request, context);
        },
        async getPodStatus(ref, context) {
          const found = await provider.getPodStatus(first(ref), context);
          return found && { ...found, ref };
        },
      };
    }),
  },
  {
    what: 'deletes by name',
    check: 'namesakes',
    says: 'ended the new one of the same name',
    definition: broken((provider, { pods }) => ({
      async createPod(request, context) {
        pods.set(request.ref.name, request.ref);
        await provider.createPod(request, context);
      },
      deletePod: (ref, deletion, context) => provider.deletePod(pods.get(ref.name) ?? ref, deletion, context),
    })),
  },
  {
    what: 'invents exit codes',
    check: 'own-end',
    says: 'exit code 3, but 0 is reported',
    definition: broken(
      observing((o) => ({
        ...o,
        containers: o.containers.map((c) =>
          'terminated' in c.state ? { ...c, state: { terminated: { exitCode: 0 } } } : c,
        ),
      })),
    ),
    options: { shortPod: { pod: scripted({ 'run-time': '2s', 'exit-code': '3' }), exitCode: 3 } },
  },
  {
    what: 'forgets a pod that ended',
    check: 'own-end',
    says: 'gone without an end',
    definition: broken((provider) => ({
      async getPodStatus(ref, context) {
        const found = await provider.getPodStatus(ref, context);
        return found?.containers.some((c) => 'terminated' in c.state) ? undefined : found;
      },
    })),
    options: { shortPod: { pod: scripted({ 'run-time': '2s', 'exit-code': '3' }), exitCode: 3 } },
  },
  {
    what: 'refuses without saying why',
    check: 'refuses',
    says: 'must be refused with Invalid or Unsupported, not Error: no',
    definition: broken(() => ({ createPod: () => Promise.reject(new Error('no')) })),
    options: { refusedPod: scripted({ 'exit-code': 'many' }) },
  },
  {
    what: 'takes what it cannot run',
    check: 'refuses',
    says: 'must be refused',
    definition: mock,
    options: { refusedPod: () => podOf() },
  },
  {
    what: 'reports a container that is not in the spec',
    check: 'observations',
    says: 'container stranger is not in the spec',
    definition: broken(
      observing((o) => ({
        ...o,
        containers: [...o.containers, { name: 'stranger', state: { waiting: { reason: 'X' } } }],
      })),
    ),
  },
  {
    what: 'reports dates as objects',
    check: 'observations',
    says: 'is an instance of Date',
    definition: broken(observing((o) => ({ ...o, message: new Date(0) as unknown as string }))),
  },
  {
    what: 'lets restart counts fall',
    check: 'observations',
    says: 'restartCount fell',
    definition: broken((provider, { pods }) => ({
      async getPodStatus(ref, context) {
        const found = await provider.getPodStatus(ref, context);
        pods.set(`${pods.size}`, ref);
        return found && { ...found, containers: found.containers.map((c) => ({ ...c, restartCount: 99 - pods.size })) };
      },
    })),
  },
  {
    what: 'leaves pods out of its listing',
    check: 'listing',
    says: '0 times',
    definition: broken(listing((pods) => pods.slice(1))),
  },
  {
    what: 'does not say for what a listing is complete',
    check: 'listing',
    says: 'for what it is complete',
    definition: broken((provider) => ({
      getPods: async (context) => ({ ...(await provider.getPods(context)), complete: undefined as never }),
    })),
  },
  {
    what: 'keeps workloads without saying whose they are',
    check: 'listing',
    says: 'tagged with cluster undefined',
    definition: broken(
      listing((pods) => pods.map(({ cluster, ...pod }) => (cluster === undefined ? {} : pod) as ListedPod)),
      { capabilities: { ...honest, durability: 'platform' } },
    ),
  },
  {
    what: 'tags pods with a wrong node',
    check: 'listing',
    says: 'tagged with node elsewhere',
    definition: broken(listing((pods) => pods.map((pod) => ({ ...pod, node: 'elsewhere' })))),
  },
  {
    what: 'shares its pods between nodes',
    check: 'other-nodes',
    says: 'lists the pod of another node as its own',
    definition: broken((_, { session }) => ({
      async getPods(context) {
        const first = await session.forNode({ name: 'suite-node', operatingSystem: 'linux' });
        const { pods } = await first.getPods(context);
        return { pods: pods.map((pod) => ({ ...pod, node: 'suite-other-node' })), complete: 'all' };
      },
    })),
  },
  {
    what: 'ends the pods of other nodes',
    check: 'other-nodes',
    says: 'must fail with NotFound',
    definition: broken((_, { session }) => ({
      async deletePod(ref, deletion, context) {
        const first = await session.forNode({ name: 'suite-node', operatingSystem: 'linux' });
        await first.deletePod(ref, deletion, context);
      },
    })),
  },
  {
    what: 'ends the workloads of strangers',
    check: 'foreign',
    says: 'a workload that is not ours was ended',
    definition: mock,
    options: { foreign: async () => ({ exists: async () => false, remove: async () => undefined }) },
  },
  {
    what: 'claims the workloads of strangers',
    check: 'foreign',
    says: 'claims a workload as ours',
    definition: broken(
      listing((pods) =>
        pods.flatMap((pod) => [pod, { ...pod, ref: { ...pod.ref, name: 'stranger', uid: 'stranger' } }]),
      ),
    ),
    options: { foreign: async () => ({ exists: async () => true, remove: async () => undefined }) },
  },
  {
    what: 'never says that everything was told',
    check: 'notifications',
    says: 'synced was not said',
    definition: broken((provider) => ({
      notifyPods: (sink, context) => provider.notifyPods?.({ ...sink, synced: () => undefined }, context),
    })),
  },
  {
    what: 'does not tell that a pod runs',
    check: 'notifications',
    says: 'it was not told that the pod runs',
    definition: broken(() => ({ notifyPods: (sink) => sink.synced() })),
  },
  {
    what: 'does not tell that a pod ended',
    check: 'notifications',
    says: 'it was not told that the pod ended',
    definition: broken((provider) => ({
      notifyPods(sink: PodSink, context) {
        const observed = (o: PodObservation): void => {
          if (!o.containers.some((c) => 'terminated' in c.state)) sink.observed(o);
        };
        provider.notifyPods?.({ ...sink, observed }, context);
      },
    })),
  },
  {
    what: 'goes on telling when nobody listens',
    check: 'notifications',
    says: 'told after the subscription ended',
    definition: broken((provider) => ({
      notifyPods: (sink, context) => provider.notifyPods?.(sink, { ...context, signal: new AbortController().signal }),
    })),
  },
  {
    what: 'cannot reach its platform',
    check: 'abilities',
    says: 'no route',
    definition: broken(() => ({ ping: () => Promise.reject(new Error('no route')) })),
  },
  {
    what: 'describes its node without quantities',
    check: 'abilities',
    says: 'capacity of cpu is no quantity: lots',
    definition: broken(() => ({ configureNode: async () => ({ capacity: { cpu: 'lots' } }) })),
  },
  {
    what: 'has a method that is none',
    check: 'abilities',
    says: 'exec is there, but is no function',
    definition: broken(() => ({ exec: 'yes' as never })),
  },
  {
    what: 'declares consistent reads that lag',
    check: 'reads',
    says: 'getPod does not find a pod that was just created',
    definition: broken(() => ({ getPod: async () => undefined })),
  },
  {
    what: 'declares a whole status and gives none',
    check: 'reads',
    says: 'without a whole status',
    definition: broken(() => ({}), { capabilities: { ...honest, status: 'whole' } }),
  },
  {
    what: 'answers for changes nobody made',
    check: 'updates',
    says: 'about image, which was not changed',
    definition: broken(() => ({
      updatePod: async () => [{ change: 'image', container: 'main', result: 'applied' }],
    })),
  },
  {
    what: 'ends a pod whose labels change',
    check: 'updates',
    says: 'a change of labels ended the pod',
    definition: broken((provider) => ({
      async updatePod(update, context) {
        await provider.deletePod(update.ref, { gracePeriodSeconds: 0, reason: 'replaced' }, context);
        return [];
      },
    })),
  },
  {
    what: 'does not give up',
    check: 'aborts',
    says: 'createPod whose signal aborted did not answer within 5000 ms',
    definition: broken(() => ({ createPod: never })),
  },
  {
    what: 'does not give a slow creation up',
    check: 'aborts',
    says: 'createPod whose signal aborted did not answer',
    definition: broken((provider) => ({
      createPod: (request, context) =>
        provider.createPod(request, { ...context, signal: new AbortController().signal }),
    })),
    options: { slowPod: scripted({ 'create-latency': '1h' }) },
  },
  {
    what: 'doubles a pod after an aborted creation',
    check: 'aborts',
    says: 'is listed 2 times',
    definition: broken(listing((pods) => [...pods, ...pods])),
  },
  {
    what: 'loses pods in a crowd',
    check: 'crowd',
    says: 'the listing lacks pod',
    definition: broken(listing((pods) => pods.slice(0, 20))),
  },
  {
    what: 'loses its pods in a restart it claims to survive',
    check: 'survives',
    says: 'not listed after a restart',
    definition: broken(() => ({}), { capabilities: { ...honest, durability: 'platform' } }),
  },
  {
    what: 'leaves timers behind',
    check: 'closes',
    says: '1 timers are left after close',
    definition: {
      ...mock,
      async open(context) {
        context.clock.sleep(3_600_000).catch(() => undefined);
        return mock.open(context);
      },
    },
  },
  {
    what: 'has logs of pods that do not exist',
    check: 'logs',
    says: 'must fail with NotFound',
    definition: broken(() => ({ getContainerLogs: silence })),
  },
  {
    what: 'goes on giving logs nobody reads',
    check: 'logs',
    says: 'after their reader has gone did not answer within 5000 ms',
    definition: broken(() => ({
      async *getContainerLogs(_, { follow }) {
        if (!follow) throw failures.notFound('no log');
        yield new Uint8Array(1);
        await never();
      },
    })),
  },
  {
    what: 'loses lines of its logs',
    check: 'logs',
    says: 'the log lacks "hello"',
    definition: broken(() => ({
      async *getContainerLogs({ pod }, { follow }) {
        if (!follow && pod.name.endsWith('-1')) throw failures.notFound('no log');
        yield new TextEncoder().encode('goodbye');
      },
    })),
    options: { logs: { pod: () => podOf(), text: 'hello' } },
  },
  {
    what: 'runs commands in pods that do not exist',
    check: 'commands',
    says: 'must fail with NotFound',
    definition: broken(() => ({ exec: async () => ({ exitCode: 0 }) })),
  },
  {
    what: 'hides how a command ended',
    check: 'commands',
    says: 'exec ended with 0 instead of 3',
    definition: broken(() => ({ exec: execAs(0, '') })),
    options: { exec: { command: ['false'], stdout: '', exitCode: 3 } },
  },
  {
    what: 'loses the output of a command',
    check: 'commands',
    says: 'exec wrote "h" instead of "hello"',
    definition: broken(() => ({ exec: execAs(0, 'h') })),
    options: { exec: { command: ['echo'], stdout: 'hello', exitCode: 0 } },
  },
  {
    what: 'hands the streams of pods through that do not exist',
    check: 'upstreams',
    says: 'upstream of attach of an unknown pod must be undefined or fail with NotFound',
    definition: broken(() => ({ upstream: async () => ({ url: 'https://kubelet:10250/' }) })),
  },
  {
    what: 'hands streams through to no address',
    check: 'upstreams',
    says: 'upstream names no http(s) address',
    definition: broken(upstreamOfOwn({ url: 'kubelet:10250' })),
  },
  {
    what: 'hands streams through with half an identity',
    check: 'upstreams',
    says: 'a certificate without its key',
    definition: broken(upstreamOfOwn({ url: 'https://kubelet:10250/', tls: { cert: 'PEM' } })),
  },
  {
    what: 'hands streams through by more than plain values',
    check: 'upstreams',
    says: 'upstream.url is an instance of URL',
    definition: broken(upstreamOfOwn({ url: new URL('https://kubelet:10250/') as unknown as string })),
  },
  {
    what: 'does not close',
    check: 'closes',
    says: 'close did not answer within',
    definition: {
      ...mock,
      open: async (context) => ({ ...(await mock.open(context)), close: never }),
    },
  },
];

describe('a provider that', () => {
  it.each(rows)('$what fails the check $check', async ({ check, says, definition, options = {} }) => {
    const found = providerChecks.find(({ id }) => id === check);
    if (!found) throw new Error(`there is no check ${check}`);
    const error = await runCheck(found, definition, options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(String(error)).toContain(says);
  });

  it('keeps all promises is found nothing wrong with', async () => {
    const checks = checksFor(mock);
    for (const check of checks) await runCheck(check, mock);
    expect(checks.length).toBeGreaterThan(12);
  });

  it('fails says so as a broken contract, not as an error of the suite', async () => {
    const life = providerChecks.find(({ id }) => id === 'life');
    const lazy = broken(() => ({ deletePod: async () => undefined }));
    await expect(life && runCheck(life, lazy)).rejects.toBeInstanceOf(ContractError);
    const rude = broken(() => ({ createPod: () => Promise.reject(failures.capacity('full')) }));
    await expect(life && runCheck(life, rude)).rejects.toThrow('full');
  });

  it('breaks any promise is caught: every check fails for some provider', () => {
    const caught = new Set(rows.map(({ check }) => check));
    expect(providerChecks.filter(({ id }) => !caught.has(id)).map(({ id }) => id)).toEqual([]);
  });
});
