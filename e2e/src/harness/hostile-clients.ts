/**
 * Clients of a node's port that mean harm, with and without credentials, all at once until it is ended. They run in a
 * process of their own ({@link startHostileLoad}), so that whoever looks on is not disturbed.
 */
import { randomBytes } from 'node:crypto';
import { request } from 'node:https';
import { connect as connectPlainly } from 'node:net';
import type { Socket } from 'node:net';
import { connect } from 'node:tls';
import { systemClock } from '@virtual-kubelet/base';
import { openPortForward, openRemoteCommand } from '@virtual-kubelet/streams';
import type { HostileTarget } from './hostile-load.js';

/** One attempt; it resolves when the server has ended it. */
type Way = (attack: HostileTarget) => Promise<void>;

const clock = systemClock;
const host = '127.0.0.1';
const mute = (): void => undefined;

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

function dialPlainly({ port }: HostileTarget, then: (socket: Socket) => void): Promise<void> {
  const socket = connectPlainly(port, host).on('error', mute);
  socket.once('connect', () => then(socket));
  return closed(socket);
}

/** A TLS connection that shows nothing of its sender, or the credentials; what comes back is read or not. */
function dial(attack: HostileTarget, who: 'stranger' | 'known', then: (socket: Socket) => void): Promise<void> {
  const { port, as } = attack;
  const { certificatePem: cert, keyPem: key } = who === 'known' ? as : {};
  const socket = connect({ host, port, cert, key, rejectUnauthorized: false });
  socket.on('error', mute).once('secureConnect', () => then(socket));
  return closed(socket);
}

function head(line: string, ...headers: readonly string[]): string {
  return [line, 'Host: node', ...headers, '', ''].join('\r\n');
}

const spdy = ['Connection: Upgrade', 'Upgrade: SPDY/3.1', 'X-Stream-Protocol-Version: portforward.k8s.io'];

/** Writes again and again and never reads. */
function pour(socket: Socket, chunk: Uint8Array): void {
  const more = (): void => {
    while (socket.writable && socket.write(chunk));
  };
  socket.pause();
  socket.on('drain', more);
  more();
}

/** A thousand PING frames of SPDY/3.1, each of which wants an answer. */
function pings(): Buffer {
  const frame = Buffer.from([0x80, 0x03, 0x00, 0x06, 0, 0, 0, 4, 0, 0, 0, 1]);
  return Buffer.concat(Array.from({ length: 1_000 }, () => frame));
}

const asTarget = ({ port, as }: HostileTarget, path: string) => ({
  url: `https://${host}:${port}${path}`,
  tls: { cert: as.certificatePem, key: as.keyPem, rejectUnauthorized: false },
});

async function silentCommand(attack: HostileTarget, command: string, dialect: 'spdy' | 'websocket'): Promise<void> {
  const streams = { stdin: true, stdout: true, stderr: true, tty: false };
  const path = `/exec/${attack.pod}/c?${command}&input=1&output=1&error=1`;
  const client = await openRemoteCommand(asTarget(attack, path), { clock, dialect, streams });
  client.outcome.catch(mute);
  await new Promise((resolve) => client.gone.addEventListener('abort', resolve, { once: true }));
}

/** As many connections through one session as it takes, each with bytes that are echoed and never read. */
async function manyForwards(attack: HostileTarget): Promise<void> {
  const session = await openPortForward(asTarget(attack, `/portForward/${attack.pod}`), { clock, dialect: 'spdy' });
  try {
    for (let count = 0; count < 500; count += 1) {
      const { writable, error } = await session.connect(80);
      error.catch(mute);
      writable.write(Buffer.alloc(64 * 1024)).catch(mute);
    }
  } finally {
    session.destroy();
  }
}

function unknownToken({ port }: HostileTarget): Promise<void> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${randomBytes(24).toString('hex')}` };
    request({ host, port, path: '/pods', headers, agent: false, rejectUnauthorized: false }, (answer) => {
      answer.resume().once('close', resolve);
    })
      .once('error', () => resolve())
      .end();
  });
}

/** Every way, with how many go on at once. */
const ways: readonly { readonly name: string; readonly atOnce: number; readonly way: Way }[] = [
  { name: 'no handshake', atOnce: 200, way: (attack) => dialPlainly(attack, mute) },
  {
    name: 'no TLS',
    atOnce: 4,
    way: (attack) => dialPlainly(attack, (socket) => void socket.resume().end(randomBytes(4_096))),
  },
  { name: 'a handshake and no request', atOnce: 100, way: (attack) => dial(attack, 'stranger', mute) },
  {
    name: 'a head that never ends',
    atOnce: 100,
    way: (attack) =>
      dial(attack, 'stranger', (socket) => {
        socket.write('GET /pods HTTP/1.1\r\nHost: node\r\nA: ');
        const drip = setInterval(() => void socket.write('a'), 250);
        socket.once('close', () => clearInterval(drip));
      }),
  },
  {
    name: 'garbage',
    atOnce: 4,
    way: (attack) => dial(attack, 'stranger', (socket) => void socket.resume().write(randomBytes(4_096))),
  },
  {
    name: 'a head of a megabyte',
    atOnce: 4,
    way: (attack) =>
      dial(attack, 'stranger', (socket) => {
        socket.resume().write(head('GET /pods HTTP/1.1', `A: ${'a'.repeat(1_000_000)}`));
      }),
  },
  {
    name: 'a body without end',
    atOnce: 4,
    way: (attack) =>
      dial(attack, 'known', (socket) => {
        socket.write(head('POST /stats/summary HTTP/1.1', 'Transfer-Encoding: chunked'));
        pour(socket, Buffer.from(`10000\r\n${'a'.repeat(65_536)}\r\n`));
      }),
  },
  {
    name: 'requests without reading an answer',
    atOnce: 4,
    way: (attack) =>
      dial(attack, 'known', (socket) => pour(socket, Buffer.from(head('GET /metrics HTTP/1.1').repeat(50)))),
  },
  { name: 'unknown tokens', atOnce: 8, way: unknownToken },
  {
    name: 'logs that nobody reads',
    atOnce: 50,
    way: (attack) =>
      dial(attack, 'known', (socket) => {
        socket.pause().write(head(`GET /containerLogs/${attack.pod}/c?follow=true HTTP/1.1`));
      }),
  },
  {
    name: 'output that nobody reads',
    atOnce: 10,
    way: (attack) => silentCommand(attack, 'command=cat&command=/dev/zero', 'websocket'),
  },
  { name: 'commands that wait', atOnce: 200, way: (attack) => silentCommand(attack, 'command=cat', 'spdy') },
  { name: 'forwards that nobody reads', atOnce: 4, way: manyForwards },
  {
    name: 'pings without reading an answer',
    atOnce: 2,
    way: (attack) =>
      dial(attack, 'known', (socket) => {
        socket.write(head(`POST /portForward/${attack.pod} HTTP/1.1`, ...spdy, 'Content-Length: 0'));
        pour(socket, pings());
      }),
  },
  {
    name: 'a protocol nobody speaks',
    atOnce: 4,
    way: (attack) =>
      dial(attack, 'known', (socket) => {
        socket.resume().write(head(`POST /portForward/${attack.pod} HTTP/1.1`, ...spdy, 'Content-Length: 0'));
        socket.write(randomBytes(65_536));
      }),
  },
];

/** Attempts of each kind so far, successful or not. */
const attempts = new Map<string, number>(ways.map(({ name }) => [name, 0]));
const attack = JSON.parse(process.argv[2] ?? '') as HostileTarget;

async function attackAgain(name: string, way: Way): Promise<never> {
  for (;;) {
    attempts.set(name, (attempts.get(name) ?? 0) + 1);
    await way(attack).catch(mute);
    await clock.turn();
  }
}

for (const { name, atOnce, way } of ways)
  for (let attacker = 0; attacker < atOnce; attacker += 1) void attackAgain(name, way);

/** Whoever started it ends this process, and with it every connection at once: the last harm that it does. */
process.on('message', () => process.send?.(Object.fromEntries(attempts)));
process.once('disconnect', () => process.exit());
