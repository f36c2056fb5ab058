import type {
  CallContext,
  ContainerRef,
  ExecCall,
  ExitStatus,
  LogOptions,
  PodConnection,
  PodRef,
  Provider,
} from '@virtual-kubelet/provider';
import { failures, podName } from '@virtual-kubelet/provider';
import type { LogSource } from '@virtual-kubelet/provider-kit';
import { readLog } from '@virtual-kubelet/provider-kit';
import type { RunLog, RunWatch } from './container-log.js';
import { runLogSource } from './container-log.js';
import { attachTo, execIn, presentRun } from './exec.js';
import type { Platform } from './platform.js';
import type { ConnectLocally } from './port-forward.js';
import { connectPort } from './port-forward.js';
import type { Rooms } from './rooms.js';
import type { RunLife, RunOf } from './run-life.js';
import { sleepInRun, watchRun } from './run-life.js';
import { isRunning, runsOf } from './runs.js';
import { defaultStreams } from './stream-script.js';
import type { Workload, WorkloadContainer } from './timeline.js';
import { useAt } from './use.js';

/** What the streams of one node need. */
export interface StreamsOptions {
  readonly platform: Platform;
  readonly rooms: Rooms;
  readonly node: string;
  /** The workload of a pod, if it is this node's. */
  readonly find: (ref: PodRef) => Workload | undefined;
  readonly localPorts: readonly number[];
  /** @default local ports cannot be reached */
  readonly connect?: ConnectLocally;
}

function workloadOf({ find }: StreamsOptions, pod: PodRef): Workload {
  const workload = find(pod);
  if (!workload) throw failures.notFound(`pod ${podName(pod)} does not exist`);
  return workload;
}

function containerOf(workload: Workload, name: string): WorkloadContainer {
  const container = workload.containers.find((one) => one.name === name);
  if (!container) throw failures.notFound(`container "${name}" not found in pod "${workload.ref.name}"`);
  return container;
}

/** Between two runs the one that ended is the previous one, as a pod's last state has it. */
function waits({ platform }: StreamsOptions, workload: Workload, name: string): boolean {
  const seen = platform.observe(workload).containers.find((one) => one.name === name);
  return seen !== undefined && 'waiting' in seen.state;
}

/** The run whose log is wanted. */
function runToRead(options: StreamsOptions, ref: ContainerRef, previous: boolean): RunOf {
  const workload = workloadOf(options, ref.pod);
  const container = containerOf(workload, ref.container);
  const { last, before } = runsOf(workload, container, options.platform.clock.wall());
  const span = previous && !waits(options, workload, ref.container) ? before : last;
  if (span) return { workload, container, span };
  const which = `container "${ref.container}" in pod "${ref.pod.name}"`;
  throw failures.notFound(previous ? `previous terminated ${which} not found` : `${which} is waiting to start`);
}

function logOf({ workload, container, span }: RunOf): RunLog {
  const script = workload.script.streams ?? defaultStreams;
  const title = `${workload.ref.name}/${container.name}`;
  // What an interactive container says is what its client sees; nobody keeps it.
  return { title, span, script: container.interactive === true ? { ...script, logRate: 0 } : script };
}

function watchOf({ platform }: StreamsOptions, life: RunLife, gone: AbortSignal): RunWatch {
  const { clock } = platform;
  return {
    now: () => clock.wall(),
    span: life.span,
    wait: (ms) => sleepInRun(clock, ms, { ended: life.ended, gone }),
  };
}

function runToEnter(options: StreamsOptions, ref: ContainerRef): RunOf {
  const workload = workloadOf(options, ref.pod);
  return presentRun(options.platform, workload, containerOf(workload, ref.container));
}

async function attach(options: StreamsOptions, ref: ContainerRef, call: ExecCall): Promise<ExitStatus> {
  const run = runToEnter(options, ref);
  const logSource = (life: RunLife, gone: AbortSignal): LogSource =>
    runLogSource(logOf(run), watchOf(options, life, gone));
  return await attachTo(options, run, { ...call, logOf: logSource });
}

async function* containerLogs(
  options: StreamsOptions,
  call: { readonly ref: ContainerRef; readonly wanted: LogOptions },
  context: CallContext,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { clock } = options.platform;
  const run = runToRead(options, call.ref, call.wanted.previous);
  const life = watchRun(options.platform, run);
  const { signal } = context;
  try {
    yield* readLog(runLogSource(logOf(run), watchOf(options, life, signal)), call.wanted, {
      clock,
      signal,
      lend: true,
    });
  } finally {
    life.release();
  }
}

const noLocalPorts: ConnectLocally = async () => {
  throw failures.unsupported('metadata.annotations', 'local ports cannot be reached from here');
};

async function forward(
  options: StreamsOptions,
  call: { readonly pod: PodRef; readonly port: number },
  context: CallContext,
): Promise<PodConnection> {
  const { platform, localPorts, connect = noLocalPorts } = options;
  const workload = workloadOf(options, call.pod);
  const now = platform.clock.wall();
  const container = workload.containers.find((one) => one.kind !== 'init' && isRunning(workload, one, now));
  if (!container) throw failures.notFound(`pod ${podName(call.pod)} is not running`);
  const life = watchRun(platform, presentRun(platform, workload, container));
  const signal = AbortSignal.any([context.signal, life.ended]);
  signal.addEventListener('abort', life.release, { once: true });
  const { forwardTo } = workload.script.streams ?? defaultStreams;
  return await connectPort(call.port, { rules: forwardTo, localPorts, connect }, signal);
}

/** Logs, statistics and connections of one node's pods. All of it follows from the pods' scripts and the time. */
export function mockStreams(
  options: StreamsOptions,
): Pick<Required<Provider>, 'getContainerLogs' | 'exec' | 'attach' | 'portForward' | 'getStats'> {
  const { platform, node } = options;
  return {
    getContainerLogs: (ref, wanted, context) => containerLogs(options, { ref, wanted }, context),
    exec: async (ref, words, call) => await execIn(options, runToEnter(options, ref), { words, ...call }),
    attach: (ref, call) => attach(options, ref, call),
    portForward: (pod, port, context) => forward(options, { pod, port }, context),
    getStats: async () => useAt(platform.list(node), platform.clock.wall()),
  };
}
