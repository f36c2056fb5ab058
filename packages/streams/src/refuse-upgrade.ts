import { STATUS_CODES } from 'node:http';
import type { UpgradedSocket } from './upgraded-socket.js';

/** An HTTP answer to an upgrade request that is not granted. */
export interface UpgradeRefusal {
  readonly status: number;
  /** Plain text, sent with a newline at its end as Go's servers do. */
  readonly body: string;
  /** Further headers; a name may occur repeatedly. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/**
 * Answers an upgrade request with a refusal and closes the connection, whatever else the client has sent on it: bytes
 * after a refused upgrade must never be taken for another request.
 */
export function refuseUpgrade(upgraded: UpgradedSocket, refusal: UpgradeRefusal): void {
  const { socket } = upgraded;
  socket.on('error', () => undefined);
  const body = Buffer.from(`${refusal.body}\n`);
  const lines = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? 'Refused'}`,
    ...(refusal.headers ?? []).map(([name, value]) => `${name}: ${value}`),
    'Content-Type: text/plain; charset=utf-8',
    'X-Content-Type-Options: nosniff',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ];
  socket.once('finish', () => socket.destroy());
  socket.end(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]));
}

/** Runs an upgrade; when it fails, waits until the client has its answer and the connection is closed. */
export async function answered<T>({ socket }: UpgradedSocket, upgrade: () => Promise<T>): Promise<T> {
  try {
    return await upgrade();
  } catch (error) {
    if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
    throw error;
  }
}
