import { setTimeout as sleep } from 'node:timers/promises';
import type { Transport, TransportRequest } from '@virtual-kubelet/base';
import type { Job, JobResult } from './job.js';
import { endedStatus, numbersOf, podName, podOf, runningStatus } from './pods.js';

const json = { 'content-type': 'application/json' };
const strategic = { 'content-type': 'application/strategic-merge-patch+json' };
const merge = { 'content-type': 'application/merge-patch+json' };
/** Answers need not say more than what they are about. */
const briefly = { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json' };

async function send(transport: Transport, request: TransportRequest): Promise<void> {
  const { status, body } = await transport.request(request);
  if (status >= 300) throw new Error(`${request.method} ${request.path}: ${status} ${Buffer.from(body).toString()}`);
}

function pathOf(job: Job, number: number): string {
  return `/api/v1/namespaces/${job.namespace}/pods/${podName(number)}`;
}

function patchOf(job: Job, number: number, status: object): TransportRequest {
  const body = JSON.stringify({ status });
  return { method: 'PATCH', path: `${pathOf(job, number)}/status`, headers: { ...strategic, ...briefly }, body };
}

function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

function requestOf(job: Job, number: number): TransportRequest {
  switch (job.do) {
    case 'create': {
      const path = `/api/v1/namespaces/${job.namespace}/pods`;
      return { method: 'POST', path, headers: { ...json, ...briefly }, body: JSON.stringify(podOf(job, number)) };
    }
    case 'delete':
      return { method: 'DELETE', path: pathOf(job, number), headers: briefly };
    case 'remove':
      return { method: 'DELETE', path: `${pathOf(job, number)}?gracePeriodSeconds=0`, headers: briefly };
    case 'get':
      return { method: 'GET', path: pathOf(job, number) };
    case 'list':
      return { method: 'GET', path: `/api/v1/namespaces/${job.namespace}/pods?limit=100` };
    case 'patch': {
      const body = JSON.stringify({ metadata: { annotations: { 'example.com/patched': `${performance.now()}` } } });
      return { method: 'PATCH', path: pathOf(job, number), headers: { ...merge, ...briefly }, body };
    }
    default:
      return patchOf(job, number, runningStatus(now()));
  }
}

/** So many at a time, as fast as they answer. */
async function atFullSpeed(transport: Transport, job: Job): Promise<void> {
  const numbers = numbersOf(job).values();
  const worker = async (): Promise<void> => {
    for (const number of numbers) await send(transport, requestOf(job, number));
  };
  await Promise.all(Array.from({ length: job.connections ?? 16 }, worker));
}

/** Each at its own time, whether those before were answered or not. */
async function atRate(transport: Transport, job: Job, rate: number): Promise<void> {
  const began = performance.now();
  await Promise.all(
    numbersOf(job).map(async (number, i) => {
      await sleep(Math.max(0, began + (i * 1_000) / rate - performance.now()));
      await send(transport, requestOf(job, number));
    }),
  );
}

async function timed(run: Promise<void>): Promise<number> {
  const began = performance.now();
  await run;
  return performance.now() - began;
}

/** Deletion with grace leaves the pod until somebody removes it, since no agent looks after its node. */
async function alone(transport: Transport, job: Job): Promise<NonNullable<JobResult['calls']>> {
  const calls = { running: [] as number[], ended: [] as number[], removed: [] as number[] };
  for (const number of numbersOf(job)) {
    await send(transport, requestOf({ ...job, do: 'create' }, number));
    calls.running.push(await timed(send(transport, patchOf(job, number, runningStatus(now())))));
    await send(transport, requestOf({ ...job, do: 'delete' }, number));
    calls.ended.push(await timed(send(transport, patchOf(job, number, endedStatus(now())))));
    calls.removed.push(await timed(send(transport, requestOf({ ...job, do: 'remove' }, number))));
    if (job.rate !== undefined) await sleep(1_000 / job.rate);
  }
  return calls;
}

/** Does a job. */
export async function perform(transport: Transport, job: Job): Promise<JobResult> {
  const began = performance.now();
  if (job.do === 'alone') return { calls: await alone(transport, job), took: performance.now() - began };
  await (job.rate === undefined ? atFullSpeed(transport, job) : atRate(transport, job, job.rate));
  return { took: performance.now() - began };
}
