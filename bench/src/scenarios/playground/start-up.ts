import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import type { Bench } from '../../bench.js';
import { startChild } from '../../child.js';
import { places } from '../../places.js';
import type { Row } from '../../scenario.js';
import { atMost } from '../../scenario.js';
import { median, rounded } from '../../statistics.js';
import { waitUntil } from '../../wait.js';

const rounds = 7;

interface Times {
  /** Seconds until `/readyz` answers. */
  readonly server: number;
  /** Seconds until it says that its node is Ready and what to type next. */
  readonly node: number;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Whether a server answers that it is ready. Its authority is not known before it has started. */
function isReady(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const options = { port, host: '127.0.0.1', path: '/readyz', rejectUnauthorized: false, agent: false };
    get(options, (response) => {
      response.resume();
      resolve(response.statusCode === 200 || undefined);
    }).on('error', () => resolve(undefined));
  });
}

async function started(folder: string): Promise<Times> {
  const port = await freePort();
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1_000;
  const flags = ['--port', String(port), '--kubeconfig', join(folder, 'kubeconfig')];
  const child = startChild(places.command, ['playground', ...flags]);
  const what = (): string => `the playground; it says:\n${child.log()}`;
  await waitUntil(what, () => isReady(port), { every: 5 });
  const server = seconds();
  await waitUntil(what, () => child.log().includes('It runs until Ctrl-C') || undefined, { every: 2 });
  const node = seconds();
  await child.stop();
  return { server, node };
}

/** How long it takes from typing the command. */
export async function startUp(bench: Bench): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-playground-'));
  const times: Times[] = [];
  for (let i = 0; i < (bench.isQuick ? 1 : rounds); i += 1) times.push(await started(folder));
  rmSync(folder, { recursive: true, force: true });
  const [server, node] = [median(times.map((one) => one.server)), median(times.map((one) => one.node))];
  const { startSeconds } = bench.cluster;
  const peer = startSeconds === undefined ? {} : { kubernetes: rounded(startSeconds) };
  return [
    {
      id: 'server.start',
      what: 'Start of the program to an answer of /readyz, median',
      unit: 's',
      values: { playground: rounded(server), ...peer },
      ...atMost(server, 1, 'under 1 s'),
    },
    {
      id: 'server.node',
      what: 'the same to its node Ready',
      unit: 's',
      values: { playground: rounded(node) },
      ...atMost(node, 1, 'under 1 s'),
    },
  ];
}
