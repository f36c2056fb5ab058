import { startChild } from '../child.js';
import { places } from '../places.js';
import type { Job, JobResult, WatchJob } from './job.js';

/** Does a job in a process of its own. */
export async function startJob(job: Job): Promise<JobResult> {
  return JSON.parse(await startChild(process.execPath, [places.load, JSON.stringify(job)]).done) as JobResult;
}

/** Starts to watch in a process of its own; resolves when all watches stand, `done` when they have seen everything. */
export async function startWatchers(job: WatchJob): Promise<{ readonly done: Promise<unknown> }> {
  const child = startChild(process.execPath, [places.load, JSON.stringify(job)]);
  await child.firstLine();
  return { done: child.done };
}
