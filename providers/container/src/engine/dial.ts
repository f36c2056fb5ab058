/** Connections to a port of a pod, as its own processes would see them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { PodConnection } from '@virtual-kubelet/provider';

/** Where a port is looked for. */
export interface DialTarget {
  readonly host: string;
  readonly port: number;
  /** A process in the pod's network, for servers that listen on loopback only. */
  readonly pid?: number;
}

interface Ends {
  readonly readable: Readable;
  readonly writable: Writable;
  readonly destroy: () => void;
}

function connectionOf({ readable, writable, destroy }: Ends, signal: AbortSignal): PodConnection {
  signal.addEventListener('abort', destroy, { once: true });
  writable.on('error', destroy);
  return {
    readable: readable as AsyncIterable<Uint8Array>,
    writable: {
      async write(chunk) {
        if (!writable.write(chunk)) await once(writable, 'drain', { signal });
      },
    },
    closeWrite: () => new Promise((resolve) => writable.end(() => resolve())),
  };
}

async function direct({ host, port }: DialTarget, signal: AbortSignal): Promise<PodConnection> {
  const socket: Socket = connect({ host, port, allowHalfOpen: true });
  await once(socket, 'connect', { signal }).catch((error: unknown) => {
    // Otherwise it fails when nobody listens to that any more, which ends the process.
    socket.destroy();
    throw error;
  });
  return connectionOf({ readable: socket, writable: socket, destroy: () => void socket.destroy() }, signal);
}

/** Run inside the pod's network; it says `+` once the connection stands. */
const relay = `const s=require('net').connect({host:'127.0.0.1',port:+process.argv[1],allowHalfOpen:true});
s.once('connect',()=>{process.stdout.write('+');process.stdin.pipe(s);s.pipe(process.stdout)});
s.on('end',()=>process.stdout.write('',()=>require('fs').closeSync(1)));
s.on('close',()=>process.exit(0));
s.on('error',(e)=>{process.stderr.write(e.message);process.exit(1)});`;

/** The engine of another user than root keeps networks in a user namespace, which belongs to that user. */
const isRoot = process.getuid?.() === 0;
const network = isRoot ? ['-n'] : ['-U', '-n', '--preserve-credentials'];

async function fromInside(pid: number, port: number, signal: AbortSignal): Promise<PodConnection> {
  const command = [...network, process.execPath, '-e', relay, String(port)];
  const child = spawn('nsenter', ['-t', String(pid), ...command], { stdio: ['pipe', 'pipe', 'pipe'], signal });
  let problem = '';
  child.stderr.on('data', (chunk: Buffer) => (problem += chunk.toString()));
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error(problem || 'the connection ended')));
  });
  failed.catch(() => undefined);
  await Promise.race([once(child.stdout, 'readable', { signal }), failed]);
  // The end of the output is readable, too: only the sign says that the connection stands.
  if (child.stdout.read(1) === null) await failed;
  // Once the server has said its last nobody listens to us either, and the relay may go.
  child.stdout.once('end', () => child.stdin.end());
  return connectionOf(
    { readable: child.stdout, writable: child.stdin, destroy: () => void child.kill('SIGKILL') },
    signal,
  );
}

/**
 * Connects to the address of the pod; where nothing listens there, to its loopback address. Addresses on a network of
 * another user than root lead nowhere, or to somebody else's pod, so there it is the loopback address at once.
 */
export async function dial(target: DialTarget, signal: AbortSignal): Promise<PodConnection> {
  if (!isRoot && target.pid !== undefined) return fromInside(target.pid, target.port, signal);
  try {
    return await direct(target, signal);
  } catch (error) {
    const refused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
    if (!refused || target.pid === undefined) throw error;
    return fromInside(target.pid, target.port, signal);
  }
}
