import type { Clock } from '@virtual-kubelet/base';
import type { Platform } from './platform.js';
import type { Span } from './runs.js';
import { runsOf } from './runs.js';
import type { Workload, WorkloadContainer } from './timeline.js';

/** A sleep nobody waits the end of, milliseconds. */
const longestSleep = 86_400_000;

/** One run of a container, watched by whoever has a stream in it. */
export interface RunLife {
  /** Aborts when the run ended. */
  readonly ended: AbortSignal;
  /** The run as it is now. */
  span(): Span;
  /** Stops watching. */
  release(): void;
}

/** Names a run. */
export interface RunOf {
  readonly workload: Workload;
  readonly container: WorkloadContainer;
  readonly span: Span;
}

function presentSpan(platform: Platform, run: RunOf): Span {
  const now = platform.clock.wall();
  const ended: Span = { start: run.span.start, end: run.span.end ?? now };
  const workload = platform.get(run.workload.ref.uid);
  const container = workload?.containers.find(({ name }) => name === run.container.name);
  const last = workload && container && runsOf(workload, container, now).last;
  return last?.start === run.span.start ? last : ended;
}

/** Watches a run until it is released. */
export function watchRun(platform: Platform, run: RunOf): RunLife {
  const over = new AbortController();
  let last = run.span;
  const span = (): Span => {
    if (last.end === undefined) last = presentSpan(platform, run);
    return last;
  };
  const check = (): void => {
    if (span().end !== undefined) over.abort(new DOMException('the container ended', 'AbortError'));
  };
  const stop = platform.watch(run.workload.ref.uid, check);
  check();
  return { ended: over.signal, span, release: stop };
}

/** Sleeps until a time passed or a run ended; rejects when the client is gone. */
export async function sleepInRun(
  clock: Clock,
  ms: number,
  signals: { readonly ended: AbortSignal; readonly gone: AbortSignal },
): Promise<void> {
  signals.gone.throwIfAborted();
  if (signals.ended.aborted) return;
  const either = AbortSignal.any([signals.ended, signals.gone]);
  try {
    await clock.sleep(Math.min(ms, longestSleep), either);
  } catch {
    signals.gone.throwIfAborted();
  }
}
