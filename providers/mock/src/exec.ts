import { untilAborted } from '@virtual-kubelet/base';
import type { CallContext, ExecCall, ExitStatus, LogOptions, Sink } from '@virtual-kubelet/provider';
import { failures } from '@virtual-kubelet/provider';
import { readLog } from '@virtual-kubelet/provider-kit';
import type { LogSource } from '@virtual-kubelet/provider-kit';
import type { Platform } from './platform.js';
import type { Rooms } from './rooms.js';
import type { RunLife, RunOf } from './run-life.js';
import { watchRun } from './run-life.js';
import { isRunning, runsOf } from './runs.js';
import { isKnown, runCommand } from './shell/run-command.js';
import type { Workload, WorkloadContainer } from './timeline.js';

/** What running commands needs. */
export interface ExecOptions {
  readonly platform: Platform;
  readonly rooms: Rooms;
}

/** The present run of a container, or a failure that says that there is none. */
export function presentRun(platform: Platform, workload: Workload, container: WorkloadContainer): RunOf {
  const now = platform.clock.wall();
  const span = runsOf(workload, container, now).last;
  if (!span || !isRunning(workload, container, now))
    throw failures.notFound(`container "${container.name}" in pod "${workload.ref.name}" is not running`);
  return { workload, container, span };
}

/** What the kernel's kill is as an exit code. */
const killed = 137;

/** Runs something until it ends, the container ends, or the client goes. */
async function whileRunning(
  { platform }: ExecOptions,
  run: RunOf,
  { context, start }: { readonly context: CallContext; readonly start: (signal: AbortSignal) => Promise<number> },
): Promise<ExitStatus> {
  const life = watchRun(platform, run);
  try {
    const signal = AbortSignal.any([context.signal, life.ended]);
    return { exitCode: await untilAborted(start(signal), signal) };
  } catch (error) {
    context.signal.throwIfAborted();
    if (life.ended.aborted) return { exitCode: killed };
    throw error;
  } finally {
    life.release();
  }
}

/** `kubectl exec`. */
export async function execIn(
  options: ExecOptions,
  run: RunOf,
  call: { readonly words: readonly string[] } & ExecCall,
): Promise<ExitStatus> {
  const { words, streams, context } = call;
  const room = options.rooms.enter(run);
  const { clock } = options.platform;
  return await whileRunning(options, run, {
    context,
    start: (signal) => runCommand({ room, clock, streams, signal }, words),
  });
}

/** Whether a container that ended with this code stays ended. */
function isOverWith({ restartPolicy }: Workload, { kind }: WorkloadContainer, exitCode: number): boolean {
  if (kind === 'ephemeral' || restartPolicy === 'Never') return true;
  return restartPolicy === 'OnFailure' && exitCode === 0;
}

/** The first process of an interactive container: its command, if the shell knows it, or the shell. It ends the container. */
async function attachToShell(options: ExecOptions, run: RunOf, { streams, context }: ExecCall): Promise<ExitStatus> {
  const { platform, rooms } = options;
  const { workload, container } = run;
  const room = rooms.enter(run);
  const words = isKnown(room.command) ? room.command : ['sh'];
  const end = await execIn(options, run, { words, streams, context });
  const at = platform.clock.wall();
  const present = platform.get(workload.ref.uid)?.containers.find(({ name }) => name === container.name);
  if (present && !present.ended && isOverWith(workload, container, end.exitCode))
    await platform.putContainer(workload.ref.uid, { ...present, ended: { at, exitCode: end.exitCode } });
  return end;
}

async function copyLog(
  source: LogSource,
  to: { readonly sink: Sink | undefined; readonly stream: LogOptions['stream'] },
  reading: Parameters<typeof readLog>[2],
): Promise<void> {
  if (!to.sink) return;
  const wanted: LogOptions = { follow: true, previous: false, timestamps: false, tailLines: 0, stream: to.stream };
  for await (const chunk of readLog(source, wanted, reading)) await to.sink.write(chunk);
}

/** `kubectl attach`: the shell of an interactive container, the output of any other. */
export async function attachTo(
  options: ExecOptions,
  run: RunOf,
  call: ExecCall & { readonly logOf: (life: RunLife, gone: AbortSignal) => LogSource },
): Promise<ExitStatus> {
  const { streams, context } = call;
  if (run.container.interactive === true) return await attachToShell(options, run, call);
  const { platform } = options;
  const life = watchRun(platform, run);
  const reading = { clock: platform.clock, signal: context.signal };
  const source = call.logOf(life, context.signal);
  try {
    await Promise.all([
      copyLog(source, { sink: streams.stdout, stream: streams.tty ? 'All' : 'Stdout' }, reading),
      copyLog(source, { sink: streams.stderr, stream: 'Stderr' }, reading),
    ]);
    context.signal.throwIfAborted();
    return { exitCode: run.workload.script.exitCode };
  } finally {
    life.release();
  }
}
