/**
 * Asks the HTTP handlers of the real kubelet what `packages/kubelet-api/src/recorded-kubelet.json` holds requests for, and
 * writes their answers there; and what clients of Kubernetes and the streaming server of CRI runtimes say to each other over
 * SPDY, into `packages/streams/src/spdy/recorded-spdy.json`:
 * `e2e/toolchain/build.sh kubelet-server && node e2e/dist/record-kubelet.js`.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { binaryPaths } from './harness/toolchain.js';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly as: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Spoken {
  readonly path: string;
  readonly protocols: readonly string[];
  /** Messages to send, base64. */
  readonly say: readonly string[];
}

interface Recording {
  readonly kubelet: string;
  readonly requests: readonly { readonly request: Asked }[];
  readonly streams: readonly Spoken[];
}

/** A session that says nothing for this long has said all, milliseconds. */
const silence = 1_000;
const left = new Set(['date', 'content-length']);

function credentials(as: string): Readonly<Record<string, string>> {
  return as === 'nobody' ? {} : { authorization: `Bearer ${as}` };
}

function headersOf({ headers }: IncomingMessage): object {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !left.has(name))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

async function answered(address: string, { method, path, as, headers = {} }: Asked): Promise<object> {
  const sent = httpRequest(`http://${address}`, {
    method,
    path,
    agent: false,
    headers: { ...credentials(as), ...headers },
  }).end();
  const [response, upgraded] = await Promise.race([
    once(sent, 'response').then(([answer]) => [answer as IncomingMessage, false] as const),
    once(sent, 'upgrade').then(([answer]) => [answer as IncomingMessage, true] as const),
  ]);
  const body = upgraded ? '' : await text(response);
  sent.destroy();
  return { status: response.statusCode, headers: headersOf(response), body };
}

async function heard(address: string, { path, protocols, say }: Spoken): Promise<object> {
  const socket = new WebSocket(`ws://${address}${path}`, [...protocols], { headers: credentials('full') });
  const messages: object[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const wait = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      isOver = true;
      socket.terminate();
    }, silence);
  };
  socket.on('message', (data: Buffer, isBinary) => {
    messages.push({ binary: isBinary, bytes: data.toString('base64') });
    wait();
  });
  const opened = new Promise<string | undefined>((resolve) => {
    socket.once('open', () => resolve(undefined));
    // Of a refusal the status, of a handshake that makes no sense what is wrong with it.
    socket.on('error', ({ message }) => resolve(message));
  });
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  const refusal = await opened;
  if (refusal !== undefined) return { refusal };
  wait();
  const binary = !socket.protocol.includes('base64');
  for (const each of say) socket.send(Buffer.from(each, 'base64'), { binary });
  const code = await closed;
  clearTimeout(timer);
  return { protocol: socket.protocol, messages, ...(isOver ? {} : { closedWith: code }) };
}

function placeOf(file: string): string {
  return fileURLToPath(new URL(`../../packages/${file}`, import.meta.url));
}

async function write(file: string, value: object): Promise<void> {
  await writeFile(file, `${JSON.stringify(value, undefined, 2)}\n`);
}

const path = placeOf('kubelet-api/src/recorded-kubelet.json');
const recording = JSON.parse(await readFile(path, 'utf8')) as Recording;
const program = binaryPaths(['kubelet-server'])['kubelet-server'];
const kubelet = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
const [address] = (await once(createInterface(kubelet.stdout), 'line')) as [string];
const requests: object[] = [];
for (const { request } of recording.requests) requests.push({ request, answer: await answered(address, request) });
const streams: object[] = [];
for (const { path: at, protocols, say } of recording.streams)
  streams.push({ path: at, protocols, say, heard: await heard(address, { path: at, protocols, say }) });
kubelet.stdin.end();
const version = /kubelet-server-([\d.]+)/.exec(program)?.[1] ?? '';
await write(path, { kubelet: version, requests, streams });
const sessions = JSON.parse(execFileSync(program, ['spdy'], { encoding: 'utf8' })) as object;
await write(placeOf('streams/src/spdy/recorded-spdy.json'), { kubelet: version, sessions });
