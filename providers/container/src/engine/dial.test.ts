import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { dial } from './dial.js';

it('a connection that fails after its caller has gone harms nobody', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => void uncaught.push(error);
  process.on('uncaughtException', note);
  onTestFinished(() => void process.off('uncaughtException', note));
  const cancel = new AbortController();
  const dialed = dial({ host: '127.0.0.1', port }, cancel.signal);
  cancel.abort();
  await expect(dialed).rejects.toMatchObject({ name: 'AbortError' });
  // Another connection to the same port, refused later than the first one.
  await expect(dial({ host: '127.0.0.1', port }, new AbortController().signal)).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
  await setImmediate();
  expect(uncaught).toEqual([]);
});
