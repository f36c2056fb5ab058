// Heads of requests for streams, right ones, wrong ones and none at all, at the door of a node.
import { once } from 'node:events';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { ManualClock, systemClock } from '@virtual-kubelet/base';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Door } from './kubelet-api.test-kit.js';
import { authority, openDoor, people } from './kubelet-api.test-kit.js';

/** Heads of each kind; FUZZ_RUNS=20000 makes a long run of it. */
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300);
const timeout = Math.max(20_000, numRuns * 200);

const clock = new ManualClock();
let door: Door;
beforeAll(async () => {
  door = await openDoor({ clock });
});
afterAll(() => door.close());

type Header = readonly [name: string, value: string];

/** A head as it is on the wire, before it is cut. */
interface Head {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly headers: readonly Header[];
  readonly lineEnd: string;
}

const streams = 'input=1&output=1&error=1';
const targets = [
  `/exec/default/web/c?command=cat&${streams}`,
  `/exec/default/web/c?command=wait&${streams}&tty=1`,
  '/exec/default/web/c',
  `/exec/default/none/c?command=cat&${streams}`,
  '/attach/default/web/c?output=1',
  '/portForward/default/web?port=80',
  '/portForward/default/web',
  '/run/default/web/c?cmd=cat',
  '/containerLogs/default/web/c?follow=true',
  '/metrics',
  `https://elsewhere/exec/default/web/c?command=cat&${streams}`,
  '*',
];
const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const junk = fc.string({ unit: 'binary', maxLength: 40 });
const webSocketNames = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'SPDY/3.1+portforward.k8s.io', 'channel.k8s.io', ''];
const values: Readonly<Record<string, readonly string[]>> = {
  Connection: ['Upgrade', 'upgrade, keep-alive', 'keep-alive', 'close', ''],
  Upgrade: ['websocket', 'SPDY/3.1', 'websocket, SPDY/3.1', 'h2c', ''],
  'Sec-WebSocket-Key': [key, 'short', `${key}x`, ''],
  'Sec-WebSocket-Version': ['13', '8', '13, 8', '1e1', ''],
  'Sec-WebSocket-Protocol': [...webSocketNames, webSocketNames.join(', '), ',,,'],
  'Sec-WebSocket-Extensions': ['permessage-deflate; client_max_window_bits', ';;'],
  'X-Stream-Protocol-Version': ['v4.channel.k8s.io', 'portforward.k8s.io', 'v9.channel.k8s.io', ''],
  Host: ['node', ''],
  'Content-Length': ['0', '5', '-1', '0, 0', '99999999999999999999'],
  'Transfer-Encoding': ['chunked', 'chunked, chunked', 'identity'],
  Authorization: ['Bearer nobody', 'Bearer', 'Basic eDp5'],
  Expect: ['100-continue'],
};

const header: fc.Arbitrary<Header> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...Object.keys(values)).chain(valueOf) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...Object.keys(values)), junk) },
  { weight: 1, arbitrary: fc.tuple(junk, junk) },
);

function valueOf(name: string): fc.Arbitrary<Header> {
  return fc.constantFrom(...(values[name] ?? [''])).map((value): Header => [name, value]);
}

const webSocket: readonly Header[] = [
  ['Host', 'node'],
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', key],
  ['Sec-WebSocket-Protocol', 'v4.channel.k8s.io'],
];
const spdy: readonly Header[] = [
  ['Host', 'node'],
  ['Connection', 'Upgrade'],
  ['Upgrade', 'SPDY/3.1'],
  ['X-Stream-Protocol-Version', 'v4.channel.k8s.io'],
];

/** What a client would send, with some of it twice, missing, or beside what nobody sends. */
const headers = fc
  .tuple(
    fc
      .constantFrom(webSocket, spdy, [])
      .chain((all) => fc.subarray([...all], { minLength: Math.max(0, all.length - 1) })),
    fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 2, arbitrary: fc.array(header, { maxLength: 6 }) }),
  )
  .chain(([usual, others]) => fc.shuffledSubarray([...usual, ...others], { minLength: usual.length + others.length }));

const head: fc.Arbitrary<Head> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'POST', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'CONNECT', 'PRI', 'get', ''),
  target: fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...targets) }, { weight: 1, arbitrary: junk }),
  version: fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/11', 'SPDY/3.1', ''),
  headers,
  lineEnd: fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r'),
});

function bytesOf({ method, target, version, headers: all, lineEnd }: Head): Buffer {
  const lines = [`${method} ${target} ${version}`, ...all.map(([name, value]) => `${name}: ${value}`), '', ''];
  return Buffer.from(lines.join(lineEnd), 'latin1');
}

/** Where a head is torn, and whether its end is missing; what follows it. */
const manner = fc.record({
  cuts: fc.array(fc.nat(600), { maxLength: 3 }),
  end: fc.oneof({ weight: 4, arbitrary: fc.constant(Infinity) }, { weight: 1, arbitrary: fc.nat(400) }),
  after: fc.uint8Array({ maxLength: 60 }),
});

function piecesOf(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const at = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

type Somebody = 'nobody' | 'reader' | 'full';

async function dial(as: Somebody): Promise<TLSSocket> {
  const { certificate } = as === 'nobody' ? { certificate: undefined } : people[as];
  const credentials = certificate === undefined ? {} : { cert: certificate.certificatePem, key: certificate.keyPem };
  const socket = connect({ host: '127.0.0.1', port: door.port, ca: authority.certificatePem, ...credentials });
  socket.on('error', () => undefined).setNoDelay(true);
  await once(socket, 'secureConnect');
  return socket;
}

/** Sends the pieces and gives what the server says until it has said something, has closed, or has had its time. */
async function answerTo(pieces: readonly Buffer[], as: Somebody): Promise<string> {
  const socket = await dial(as);
  const heard: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => heard.push(chunk));
  for (const piece of pieces) {
    socket.write(piece);
    await systemClock.turn();
  }
  for (let turn = 0; turn < 200 && heard.length === 0 && !socket.destroyed; turn += 1) await systemClock.turn();
  socket.destroy();
  return Buffer.concat(heard).toString('latin1');
}

/** Gives the status, and makes sure that the answer is one and that nothing of it stays. */
async function play(bytes: Buffer, as: Somebody, cuts: readonly number[] = []): Promise<number> {
  const answer = await answerTo(piecesOf(bytes, cuts), as);
  const [first = '', status = '0'] = /^HTTP\/1\.1 (\d{3}) [\w -]+\r\n/.exec(answer) ?? [];
  expect(answer === '' || first !== '').toBe(true);
  await door.idle();
  await clock.settle();
  expect({ calls: door.running.count, timers: clock.pending }).toEqual({ calls: 0, timers: 0 });
  return Number(status);
}

const plain = { version: 'HTTP/1.1', lineEnd: '\r\n' };
const right: readonly Head[] = [
  { ...plain, method: 'GET', target: targets[0] ?? '', headers: webSocket },
  { ...plain, method: 'POST', target: targets[0] ?? '', headers: spdy },
];

test.each(right)('$method: who may is let in, whole or in pieces, and nobody else', async (sent) => {
  const bytes = bytesOf(sent);
  expect(await play(bytes, 'full')).toBe(101);
  expect(await play(bytes, 'full', [3, 40, bytes.length - 1])).toBe(101);
  expect([await play(bytes, 'reader'), await play(bytes, 'nobody')]).toEqual([403, 401]);
  expect(await play(bytes.subarray(0, -1), 'full')).toBe(0);
});

/** What each may hear; 0 is nothing. A body may be asked for with 100, which says nothing of what it is part of. */
const granted: Readonly<Record<Somebody, (status: number) => boolean>> = {
  nobody: (status) => [0, 100, 400, 401, 417].includes(status),
  reader: (status) => status !== 101,
  full: () => true,
};

test.each(['nobody', 'reader', 'full'] as const)(
  'whatever head %s sends, it is answered in HTTP or cut, nothing of it remains, and no stream is opened without the right',
  async (as) => {
    await fc.assert(
      fc.asyncProperty(head, manner, async (sent, { cuts, end, after }) => {
        const bytes = Buffer.concat([bytesOf(sent).subarray(0, end), after]);
        const status = await play(bytes, as, cuts);
        expect(granted[as](status)).toBe(true);
      }),
      { numRuns },
    );
    expect((await door.ask('/healthz')).status).toBe(200);
  },
  timeout,
);
