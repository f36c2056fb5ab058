import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What can be done to the API server's process by whoever owns it. */
export interface ApiServerSwitch {
  kill(): Promise<void>;
  start(): Promise<void>;
  restart(): Promise<void>;
}

const verbs = ['kill', 'start', 'restart'] as const;

/**
 * Lets other threads and processes reach the owner of the API server's process: `POST /kill`, `/start`, `/restart`.
 * Loopback only.
 */
export async function serveControl(target: ApiServerSwitch): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const verb = verbs.find((name) => request.url === `/${name}` && request.method === 'POST');
    if (!verb) return void response.writeHead(404).end();
    target[verb]().then(
      () => response.writeHead(204).end(),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

/** The switch of an API server whose owner serves {@link serveControl} at that address. */
export function remoteSwitch(url: string): ApiServerSwitch {
  const send = async (verb: (typeof verbs)[number]): Promise<void> => {
    const answer = await fetch(`${url}/${verb}`, {
      method: 'POST',
      headers: { connection: 'close' },
    });
    if (!answer.ok) throw new Error(`cannot ${verb} the API server: ${await answer.text()}`);
  };
  return { kill: () => send('kill'), start: () => send('start'), restart: () => send('restart') };
}
