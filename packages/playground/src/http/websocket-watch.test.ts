import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { systemClock, systemIds, systemRandom } from '@virtual-kubelet/base';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Playground, ServedPlayground } from '../index.js';
import { createPlayground, servePlayground } from '../index.js';
import { adminUser } from '../store.js';

let playground: Playground;
let served: ServedPlayground;

beforeAll(async () => {
  playground = createPlayground({ clock: systemClock, random: systemRandom, ids: systemIds });
  served = await servePlayground({ playground, plain: true, anonymous: adminUser });
});

afterAll(async () => {
  await served.close();
  playground.close();
});

const headers = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

function ask(path: string, more: object = {}) {
  const asked = request(served.url + path, { headers: { ...headers, ...more } });
  asked.end();
  return asked;
}

/** Frames of a server: short or with a length of two bytes, never masked. */
async function* frames(
  socket: Duplex,
  first: Buffer,
): AsyncGenerator<{ readonly code: number; readonly data: Buffer }> {
  let rest = first;
  const chunks = (socket as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  const fill = async (size: number): Promise<void> => {
    while (rest.length < size) {
      const { done, value } = await chunks.next();
      if (done === true) throw new Error('the connection ended');
      rest = Buffer.concat([rest, value]);
    }
  };
  for (;;) {
    await fill(4);
    const short = (rest[1] ?? 0) & 0x7f;
    const [start, length] = short === 126 ? [4, rest.readUInt16BE(2)] : [2, short];
    await fill(start + length);
    yield { code: (rest[0] ?? 0) & 0x0f, data: rest.subarray(start, start + length) };
    rest = rest.subarray(start + length);
  }
}

const text = 1;
const close = 8;

it('a watch sends each change as a message, and closes when its time is over', async () => {
  const asked = ask(
    '/api/v1/namespaces/default/configmaps?watch=true&timeoutSeconds=1&fieldSelector=metadata.name=seen',
  );
  const [answer, socket, head] = (await once(asked, 'upgrade')) as [IncomingMessage, Duplex, Buffer];
  expect(answer.statusCode).toBe(101);
  const received = frames(socket, head);
  playground.server.request({
    verb: 'create',
    apiVersion: 'v1',
    resource: 'configmaps',
    namespace: 'default',
    body: { metadata: { name: 'seen' }, data: { a: 'b' } },
  });
  const first = (await received.next()).value as { code: number; data: Buffer };
  expect(first.code).toBe(text);
  expect(JSON.parse(first.data.toString())).toMatchObject({ type: 'ADDED', object: { data: { a: 'b' } } });
  const last = (await received.next()).value as { code: number; data: Buffer };
  expect([last.code, last.data.readUInt16BE(0)]).toEqual([close, 1000]);
  socket.destroy();
  await expect.poll(() => playground.server.openWatches).toBe(0);
});

it('a client that goes away ends its watch', async () => {
  const asked = ask('/api/v1/configmaps?watch=true', { 'sec-websocket-protocol': 'anything' });
  const [answer, socket] = (await once(asked, 'upgrade')) as [IncomingMessage, Duplex];
  expect(answer.headers['sec-websocket-protocol']).toBe('anything');
  await expect.poll(() => playground.server.openWatches).toBe(1);
  socket.destroy();
  await expect.poll(() => playground.server.openWatches).toBe(0);
});

it.each([
  ['a list', '/api/v1/configmaps', {}, 400],
  ['a resource that is not there', '/api/v1/widgets?watch=true', {}, 404],
  ['an upgrade to something else', '/api/v1/configmaps?watch=true', { upgrade: 'SPDY/3.1' }, 400],
])('%s is refused', async (_title, path, more, status) => {
  const [answer] = (await once(ask(path, more), 'response')) as [IncomingMessage];
  expect(answer.statusCode).toBe(status);
  answer.resume();
});
