// process-provider.ts: pods as processes of this machine, one process for each container. Nothing is isolated.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type {
  Capabilities,
  Clock,
  CompleteFidelity,
  ContainerObservationState,
  ListedPod,
  PodRef,
  PodRequest,
  PodSink,
  Provider,
  ProviderDefinition,
} from '@virtual-kubelet/provider';
import { defineProvider, failures, podName, reveal } from '@virtual-kubelet/provider';
import { anyConfig } from '@virtual-kubelet/provider-kit';

/** What is promised: everything is in this process, is seen at once, and ends with it. */
const capabilities: Capabilities = {
  createIdempotency: 'permanent',
  terminalRetention: 0,
  durability: 'process',
  reads: 'consistent',
  consumes: { env: true, volumes: false, tokens: false, pullSecrets: false },
};

/** What is done of a pod. A row covers what is below it; the compiler wants every field covered. */
const fidelity: CompleteFidelity = {
  spec: 'full',
  'spec.restartPolicy': { refused: 'a process that ended is not started again', unless: ['Never'] },
  'spec.initContainers': { refused: 'all processes start at the same time' },
  'spec.volumes': { degraded: 'processes see the files of this machine' },
  'spec.containers[].image': { degraded: 'nothing is pulled: the command is a program of this machine' },
  'spec.containers[].livenessProbe': { degraded: 'nothing is probed' },
  'spec.containers[].readinessProbe': { degraded: 'nothing is probed' },
  'spec.containers[].startupProbe': { degraded: 'nothing is probed' },
};

interface Workload {
  readonly ref: PodRef;
  readonly processes: Map<string, ChildProcess>;
  readonly states: Map<string, ContainerObservationState>;
  /** Aborts when all processes have ended. */
  readonly over: AbortController;
  isDeleted: boolean;
}

/** The programs of a pod, all of them checked before the first is started. */
function programsOf({ pod, inputs }: PodRequest): readonly { name: string; words: string[]; env: NodeJS.ProcessEnv }[] {
  const facts = { podIPs: ['127.0.0.1'], hostIPs: ['127.0.0.1'] };
  return (pod.spec?.containers ?? []).map(({ name }, i) => {
    const own = inputs.containers.find((container) => container.name === name);
    const words = [...(own?.command ?? []), ...(own?.args ?? [])].map((word) => reveal(word, facts));
    if (words.length === 0) throw failures.invalid(`spec.containers[${i}].command`, 'a process needs a command');
    const env = Object.fromEntries((own?.env ?? []).map((one) => [one.name, reveal(one.value, facts)]));
    return { name, words, env };
  });
}

function processNode(node: string, options: { clock: Clock; cluster: string | undefined; end: AbortSignal }): Provider {
  const { clock, cluster, end } = options;
  const workloads = new Map<string, Workload>();
  let sink: PodSink | undefined;
  const now = (): string => new Date(clock.wall()).toISOString();

  const show = ({ ref, states }: Workload): ListedPod => ({
    ref,
    node,
    ...(cluster === undefined ? {} : { cluster }),
    podIPs: ['127.0.0.1'],
    containers: [...states].map(([name, state]) => ({ name, state })),
  });

  const change = (workload: Workload, name: string, state: ContainerObservationState): void => {
    workload.states.set(name, state);
    sink?.observed(show(workload));
    const isOver = [...workload.states.values()].every((one) => 'terminated' in one);
    if (!isOver) return;
    workload.over.abort();
    if (workload.isDeleted) workloads.delete(workload.ref.uid);
  };

  const start = (workload: Workload, program: ReturnType<typeof programsOf>[number]): void => {
    const { name, words, env } = program;
    const [file = '', ...args] = words;
    const startedAt = now();
    const process = spawn(file, args, { env, stdio: 'ignore' });
    workload.processes.set(name, process);
    process.once('spawn', () => change(workload, name, { running: { startedAt } }));
    process.once('error', ({ message }) =>
      change(workload, name, { terminated: { exitCode: 127, reason: 'StartError', message } }),
    );
    process.once('exit', (code, signal) => {
      const exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0);
      change(workload, name, { terminated: { exitCode, startedAt, finishedAt: now() } });
    });
  };

  const stop = (workload: Workload, signal: NodeJS.Signals): void => {
    for (const process of workload.processes.values()) process.kill(signal);
  };

  end.addEventListener('abort', () => workloads.forEach((workload) => stop(workload, 'SIGKILL')), { once: true });

  return {
    async createPod(request, context) {
      const { ref } = request;
      if (workloads.has(ref.uid)) return; // Adopted: a repeated creation changes nothing.
      const programs = programsOf(request);
      context.signal.throwIfAborted();
      const waiting = { waiting: { reason: 'ContainerCreating' } };
      const states = new Map(programs.map(({ name }) => [name, waiting]));
      const workload: Workload = { ref, states, processes: new Map(), over: new AbortController(), isDeleted: false };
      workloads.set(ref.uid, workload);
      for (const program of programs) start(workload, program);
    },

    async deletePod(ref, { gracePeriodSeconds }) {
      const workload = workloads.get(ref.uid);
      if (!workload) throw failures.notFound(`no processes of pod ${podName(ref)}`);
      workload.isDeleted = true;
      if (workload.over.signal.aborted) return void workloads.delete(ref.uid);
      stop(workload, gracePeriodSeconds > 0 ? 'SIGTERM' : 'SIGKILL');
      const kill = (): void => stop(workload, 'SIGKILL');
      clock.sleep(gracePeriodSeconds * 1_000, workload.over.signal).then(kill, () => undefined);
    },

    // Labels and the like mean nothing to a process; whatever else changes would need another one.
    updatePod: async ({ changes }) =>
      changes
        .filter(({ change }) => change !== 'metadata')
        .map((change) => ({ ...change, result: 'infeasible', message: 'processes do not change' })),

    async getPod(ref) {
      const workload = workloads.get(ref.uid);
      return workload && show(workload);
    },

    async getPodStatus(ref) {
      const workload = workloads.get(ref.uid);
      return workload && show(workload);
    },

    getPods: async () => ({ pods: [...workloads.values()].map(show), complete: 'all' }),

    notifyPods(to, { signal }) {
      sink = to;
      signal.addEventListener('abort', () => (sink = undefined), { once: true });
      to.synced();
    },
  };
}

/** The provider as `virtual-kubelet --provider` loads it. */
const processes: ProviderDefinition = defineProvider({
  contract: 1,
  name: 'process',
  summary: 'runs containers as processes of this machine: an example',
  configSchema: anyConfig(),
  fidelity,
  capabilities,
  async open({ clock, cluster }) {
    const end = new AbortController();
    return {
      forNode: async ({ name }) => processNode(name, { clock, cluster, end: end.signal }),
      close: async () => end.abort(new Error('the provider was closed')),
    };
  },
});

export default processes;
