import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { EngineClient } from './engine-client.js';
import { engineClient } from './engine-client.js';

/** An engine on a Unix socket that answers by a function, and the requests it had. */
export interface EngineServer {
  readonly client: EngineClient;
  /** Method and path with query, in order. */
  readonly asked: string[];
}

/** Starts one; it ends with the test. @param answer the JSON for a path; several values are sent as a line each; undefined: 404 */
export async function engineServer(answer: (path: string) => readonly unknown[] | undefined): Promise<EngineServer> {
  const folder = await mkdtemp(join(tmpdir(), 'vk-engine-'));
  const socket = join(folder, 'engine.sock');
  const asked: string[] = [];
  const server = createServer(({ method, url = '' }, response) => {
    asked.push(`${method} ${url}`);
    const values = answer(url);
    response.statusCode = values ? 200 : 404;
    response.end((values ?? [{ message: 'no such thing' }]).map((value) => JSON.stringify(value)).join('\n'));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const client = engineClient(socket, '');
  onTestFinished(async () => {
    await client.close();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });
  return { client, asked };
}
