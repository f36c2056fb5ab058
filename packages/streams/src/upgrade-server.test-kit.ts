import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { CodedError } from '@virtual-kubelet/base';
import { createSelfSignedCertificate } from '@virtual-kubelet/certificates';
import type { UpgradedSocket, UpgradeTarget } from './index.js';

/** What a test does with an upgrade; what it throws is a failure of the test. */
export type OnUpgrade = (upgraded: UpgradedSocket) => Promise<unknown>;

/** A server that hands every upgrade to the test. */
export interface UpgradeServer {
  readonly target: UpgradeTarget;
  readonly port: number;
  /** Sockets that are open now. */
  readonly sockets: ReadonlySet<Socket>;
  /** Resolves when no socket is open any more. */
  empty(): Promise<void>;
}

/** Servers of one test file; `cleanUp` belongs into `afterEach`, and fails when an upgrade handler has failed. */
export interface UpgradeServers {
  plain(onUpgrade: OnUpgrade): Promise<UpgradeServer>;
  tls(onUpgrade: OnUpgrade): Promise<UpgradeServer>;
  /** A raw connection, destroyed at the end of the test. */
  raw(server: UpgradeServer): RawClient;
  cleanUp(): Promise<void>;
}

const validity = { notBefore: Date.now() - 3_600_000, notAfter: Date.now() + 3_600_000 };
const serving = createSelfSignedCertificate({ commonName: 'node', ipAddresses: ['127.0.0.1'], ...validity });

/** Bytes against a server, without any code of ours between. */
export interface RawClient {
  readonly socket: Socket;
  /** Sends text as it is, and bytes given in hexadecimal (blanks are ignored). */
  text(...lines: string[]): void;
  hex(bytes: string): void;
  /** All bytes received so far. */
  received(): Buffer;
  /** Resolves with all bytes received as soon as they satisfy the test. */
  until(enough: (received: Buffer) => boolean): Promise<Buffer>;
  /** Resolves with all bytes received when the server has closed. */
  closed(): Promise<Buffer>;
}

function rawClient(socket: Socket): RawClient {
  let received = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
  });
  const over = once(socket, 'close').catch(() => undefined);
  return {
    socket,
    received: () => received,
    text: (...lines) => void socket.write(lines.map((line) => `${line}\r\n`).join('')),
    hex: (bytes) => void socket.write(Buffer.from(bytes.replaceAll(/\s/g, ''), 'hex')),
    until: (enough) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!enough(received)) return;
          socket.off('data', look).off('close', closed);
          resolve(received);
        };
        const closed = (): void => reject(new Error(`closed after ${received.toString('latin1')}`));
        socket.on('data', look).once('close', closed);
        look();
      }),
    async closed() {
      await over;
      return received;
    },
  };
}

/** Makes {@link UpgradeServers}: on loopback, at ports the system picks. */
export function upgradeServers(): UpgradeServers {
  const cleanups: (() => unknown)[] = [];
  let failures: unknown[] = [];

  const start = async (server: Server, scheme: string, onUpgrade: OnUpgrade): Promise<UpgradeServer> => {
    const sockets = new Set<Socket>();
    let waiting: (() => void)[] = [];
    server.on(scheme === 'https' ? 'secureConnection' : 'connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => {
        sockets.delete(socket);
        if (sockets.size > 0) return;
        for (const resolve of waiting) resolve();
        waiting = [];
      });
    });
    server.on('upgrade', (request, socket, head) => {
      onUpgrade({ request, socket, head }).catch((error: unknown) => failures.push(error));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    cleanups.push(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    });
    return {
      port,
      sockets,
      target: { url: `${scheme}://127.0.0.1:${port}/`, tls: { ca: serving.certificatePem } },
      empty: () => (sockets.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    };
  };

  return {
    plain: (onUpgrade) => start(createServer(), 'http', onUpgrade),
    tls: (onUpgrade) =>
      start(createTlsServer({ cert: serving.certificatePem, key: serving.keyPem }), 'https', onUpgrade),
    raw(server) {
      const socket = connect(server.port, '127.0.0.1');
      cleanups.push(() => socket.destroy());
      return rawClient(socket);
    },
    async cleanUp() {
      for (const cleanup of cleanups.splice(0)) await cleanup();
      const [failure] = failures;
      failures = [];
      if (failure !== undefined) throw failure;
    },
  };
}

/** SHA-256 of a byte stream. */
export async function digestOf(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest('hex');
}

/** A byte stream as text. */
export async function textOf(bytes: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  let text = '';
  for await (const chunk of bytes ?? []) text += Buffer.from(chunk).toString();
  return text;
}

/** A fixed run of bytes without a short period, in chunks of `size`. */
export function* noise(total: number, size = 60_000): Generator<Buffer> {
  let seed = 12_345;
  const block = Buffer.alloc(size + 4096);
  for (let at = 0; at + 4 <= block.length; at += 4) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    block.writeUInt32LE(seed, at);
  }
  for (let sent = 0, round = 0; sent < total; sent += size, round += 1) {
    const offset = (round * 37) % 4096;
    yield Buffer.from(block.subarray(offset, offset + Math.min(size, total - sent)));
  }
}

/** Whether the code returns, or throws an error that users can read. */
export function endsWell(code: () => unknown): boolean {
  try {
    code();
    return true;
  } catch (error) {
    return error instanceof CodedError;
  }
}
