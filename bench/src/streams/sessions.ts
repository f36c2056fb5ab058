import { once } from 'node:events';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { systemClock } from '@virtual-kubelet/base';
import { openPortForward, openRemoteCommand } from '@virtual-kubelet/streams';
import type { UpgradeTarget } from '@virtual-kubelet/streams';
import type { StreamJob } from './job.js';

/** One stream, opened. */
export interface Session {
  write(chunk: Uint8Array): Promise<void>;
  readonly bytes: AsyncIterable<Uint8Array>;
  close(): void;
}

const host = '127.0.0.1';
const clock = systemClock;

function targetOf({ port, identity }: StreamJob, path: string): UpgradeTarget & { tls: object } {
  // The port shows a certificate it made itself; who it is matters to nobody here.
  return { url: `https://${host}:${port}${path}`, tls: { rejectUnauthorized: false, ...identity } };
}

async function pipe(job: StreamJob): Promise<Session> {
  const socket: TLSSocket = connect({ host, port: job.port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  socket.setNoDelay(true);
  socket.write(job.do === 'read' ? `${job.amount}\n` : 'echo\n');
  return {
    async write(chunk) {
      if (!socket.write(chunk)) await once(socket, 'drain');
    },
    bytes: socket,
    close: () => socket.destroy(),
  };
}

async function log(job: StreamJob): Promise<Session> {
  const { url, tls } = targetOf(job, `/containerLogs/${job.path}?limitBytes=${job.amount}`);
  const sent = request(url, { agent: false, ...tls });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { write: () => Promise.reject(new Error('a log is read')), bytes: answer, close: () => answer.destroy() };
}

async function command(job: StreamJob, dialect: 'spdy' | 'websocket'): Promise<Session> {
  const streams = { stdin: true, stdout: true, stderr: false, tty: false };
  const target = targetOf(job, `/exec/${job.path}?command=cat&input=1&output=1`);
  const { stdin, stdout, destroy } = await openRemoteCommand(target, { clock, dialect, streams });
  if (!stdin || !stdout) throw new Error('exec without its streams');
  return { write: (chunk) => stdin.write(chunk), bytes: stdout, close: destroy };
}

async function forward(job: StreamJob, dialect: 'spdy' | 'websocket'): Promise<Session> {
  const target = targetOf(job, `/portForward/${job.path}`);
  const session = await openPortForward(target, { clock, dialect: dialect === 'spdy' ? 'spdy' : 'tunnel' });
  const { readable, writable } = await session.connect(80);
  return { write: (chunk) => writable.write(chunk), bytes: readable, close: () => session.destroy() };
}

/** Opens one session of a job. */
export function openSession(job: StreamJob): Promise<Session> {
  switch (job.over) {
    case 'pipe':
      return pipe(job);
    case 'http':
      return log(job);
    default:
      return job.do === 'talk' ? command(job, job.over) : forward(job, job.over);
  }
}
