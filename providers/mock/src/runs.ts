import type { Workload, WorkloadContainer } from './timeline.js';
import { runAt, startOf, stopAt } from './timeline.js';

/** A time in which a container ran, milliseconds since 1970. */
export interface Span {
  readonly start: number;
  /** Absent: it still runs. */
  readonly end?: number;
}

/** The runs of a container whose output can be read. */
export interface Runs {
  /** The present run, or the last that ended. */
  readonly last?: Span;
  /** The one before that. */
  readonly before?: Span;
}

function span(start: number, end: number, now: number): Runs {
  if (now < start || start >= end) return {};
  return { last: { start, ...(end <= now ? { end } : {}) } };
}

/** The run that ended before one; runs of a mock container are all equally long. */
function earlier(previousEnd: number | undefined, runTime: number): Span | undefined {
  return previousEnd === undefined ? undefined : { start: previousEnd - runTime, end: previousEnd };
}

function cyclingRuns(
  workload: Workload,
  now: number,
  times: { readonly stop: number; readonly runTime: number },
): Runs {
  const { stop, runTime } = times;
  const run = runAt(workload, Math.min(now, stop), runTime);
  const before = earlier(run.previousEnd, runTime);
  const present = span(run.start, Math.min(run.start + runTime, stop), now);
  if (present.last) return { ...present, ...(before ? { before } : {}) };
  // Between two runs nobody asks for the one before the last: what ended is what a pod's last state has.
  return before ? { last: before } : {};
}

function naturalRuns(workload: Workload, container: WorkloadContainer, now: number): Runs {
  const { script, createdAt } = workload;
  const stop = stopAt(workload);
  const begin = createdAt + script.startDelay;
  switch (container.kind) {
    case 'init': {
      const index = workload.containers.filter((c) => c.kind === 'init').indexOf(container);
      const start = begin + index * script.initTime;
      return span(start, Math.min(start + script.initTime, stop), now);
    }
    case 'sidecar':
      return span(begin, stop, now);
    case 'ephemeral':
      return span(container.since ?? begin, stop, now);
    case 'regular':
      if (script.runTime === undefined) return span(startOf(workload), stop, now);
      return cyclingRuns(workload, now, { stop, runTime: script.runTime });
  }
}

/** The runs of a container as a time shows them. */
export function runsOf(workload: Workload, container: WorkloadContainer, now: number): Runs {
  const { ended } = container;
  if (!ended || now < ended.at) return naturalRuns(workload, container, now);
  const runs = naturalRuns(workload, container, ended.at);
  return runs.last ? { ...runs, last: { start: runs.last.start, end: ended.at } } : runs;
}

/** Whether the container runs. */
export function isRunning(workload: Workload, container: WorkloadContainer, now: number): boolean {
  const { last } = runsOf(workload, container, now);
  return last !== undefined && last.end === undefined;
}
