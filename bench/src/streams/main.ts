// The client of streams: `node dist/streams/main.js '<job as JSON>'` does one job and prints its result as JSON.
import { setTimeout as sleep } from 'node:timers/promises';
import { usageOf } from '../process-usage.js';
import type { StreamJob, StreamResult } from './job.js';
import { openSession } from './sessions.js';
import type { Session } from './sessions.js';

const job = JSON.parse(process.argv[2] ?? '{}') as StreamJob;

const chunkSize = 64 * 1024;
/** As of who types and sees a line. */
const message = Buffer.alloc(64, 'x');
const { pause = 0 } = job;

/** Not a loop over the bytes: leaving one destroys a socket, whose writer may still wait to hear that its last bytes left. */
async function readAll({ bytes }: Session, amount: number): Promise<void> {
  const reader = bytes[Symbol.asyncIterator]();
  for (let left = amount; left > 0;) {
    const { value, done } = await reader.next();
    if (done === true) throw new Error(`${left} bytes did not come`);
    left -= value.length;
  }
}

async function writeAll({ write }: Session, amount: number): Promise<void> {
  for (let left = amount; left > 0; left -= chunkSize) await write(Buffer.allocUnsafe(Math.min(chunkSize, left)));
}

async function talk({ write, bytes }: Session, messages: number): Promise<number[]> {
  const reader = bytes[Symbol.asyncIterator]();
  const trips: number[] = [];
  await sleep(Math.random() * pause);
  for (let i = 0; i < messages; i += 1) {
    const began = performance.now();
    await write(Buffer.from(message));
    for (let left = message.length; left > 0; left -= (await reader.next()).value?.length ?? left);
    trips.push(performance.now() - began);
    await sleep(pause);
  }
  return trips;
}

async function use(session: Session): Promise<number[]> {
  if (job.do === 'talk') return talk(session, job.amount);
  const writing = job.do === 'echo' ? writeAll(session, job.amount) : undefined;
  await Promise.all([writing, readAll(session, job.amount)]);
  return [];
}

const opened = (): Promise<Session[]> => Promise.all(Array.from({ length: job.sessions }, () => openSession(job)));

/** What is read flows as soon as it is asked for; everything else begins when all sessions are open. */
async function perform(): Promise<StreamResult> {
  const early = job.do === 'read' ? undefined : await opened();
  const { cpu } = usageOf(job.pid);
  const began = performance.now();
  const sessions = early ?? (await opened());
  const trips = (await Promise.all(sessions.map(use))).flat();
  const took = performance.now() - began;
  const result = { took, cpu: usageOf(job.pid).cpu - cpu, trips };
  for (const session of sessions) session.close();
  const bytes = job.do === 'talk' ? message.length : 1;
  return { ...result, megabytes: (job.sessions * job.amount * bytes) / 2 ** 20 };
}

process.stdout.write(`${JSON.stringify(await perform())}\n`, () => process.exit(0));
