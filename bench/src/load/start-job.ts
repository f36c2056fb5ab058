import { startChild } from '../child.js';
import { places } from '../places.js';
import type { Job, JobResult } from './job.js';

/** Does a job in a process of its own. */
export async function startJob(job: Job): Promise<JobResult> {
  return JSON.parse(await startChild(process.execPath, [places.load, JSON.stringify(job)]).done) as JobResult;
}
