/** Requests that go on to a kubelet, and its answers that come back as they are. */
import { once } from 'node:events';
import type {
  ClientRequest,
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { failureStatus, reasonOfCode } from '@virtual-kubelet/kubernetes';
import type { Status } from '@virtual-kubelet/kubernetes';
import type { KubeletAnswer } from '../store/answer.js';
import { answer as answerOf } from '../store/answer.js';
import { encodeAnswer } from '../wire.js';
import { writeAnswer } from './write-answer.js';
import type { KubeletProxyOptions } from './kubelet-connect.js';
import { connectKubelet } from './kubelet-connect.js';
import { writeHead } from './upgrade-head.js';

/** A request on its way, and where it goes. */
export interface Forwarding {
  readonly request: IncomingMessage;
  readonly target: KubeletAnswer;
  /** Aborts when the client is gone or the server ends. */
  readonly signal: AbortSignal;
}

/** Headers that say who asks, or concern one connection only. */
const ownHeaders =
  /^(authorization|cookie|host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-length|impersonate-.*)$/;

function passedHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ownHeaders.test(name)));
}

function connect(forwarding: Forwarding, options: KubeletProxyOptions, headers: OutgoingHttpHeaders): ClientRequest {
  const { request, target, signal } = forwarding;
  return connectKubelet({ target, method: request.method ?? 'GET', headers, signal }, options);
}

/** Asks a kubelet and passes its answer on as it comes, no faster than the client reads it. */
export async function forwardRequest(
  forwarding: Forwarding & { readonly body: Uint8Array },
  response: ServerResponse,
  options: KubeletProxyOptions,
): Promise<void> {
  const { body, target, request, signal } = forwarding;
  const sent = connect(forwarding, options, { ...passedHeaders(request.headers), 'content-length': body.length });
  sent.end(body);
  let answer: IncomingMessage;
  try {
    [answer] = (await once(sent, 'response')) as [IncomingMessage];
  } catch (error) {
    return writeStatus(response, dialFailure(error));
  }
  const { statusCode: code = 502 } = answer;
  if (!target.isRaw && code >= 300) return writeStatus(response, await kubeletFailure(answer, forwarding));
  response.writeHead(code, passedHeaders(answer.headers));
  response.flushHeaders();
  await pipeline(answer, response, { signal }).catch((error: unknown) => cutOff(response, error));
}

/** The kubelet or the client went away in the middle: the answer cannot be whole any more. */
function cutOff(response: ServerResponse, error: unknown): void {
  response.destroy(error instanceof Error ? error : undefined);
}

function writeStatus(response: ServerResponse, status: Status): void {
  writeAnswer(response, encodeAnswer(answerOf(status.code ?? 500, status)));
}

function dialFailure(error: unknown): Status {
  const why = error instanceof Error ? error.message : String(error);
  return failureStatus('InternalError', { message: `Internal error occurred: error dialing backend: ${why}` });
}

/** What a kubelet says in its own words when it refuses, at most. */
const longestExplanation = 2048;

async function kubeletFailure(answer: IncomingMessage, { request, target }: Forwarding): Promise<Status> {
  let text = '';
  for await (const chunk of answer) if (text.length < longestExplanation) text += String(chunk);
  const { statusCode: code = 500 } = answer;
  const words = text.trim().slice(0, longestExplanation);
  const reason = reasonOfCode(code) ?? 'InternalError';
  if (code === 400 && words !== '') return failureStatus(reason, { message: words, code });
  const subject = `(${request.method?.toLowerCase()} ${target.subject})`;
  const message =
    code === 404
      ? `the server could not find the requested resource ${subject}: ${words}`
      : `an error on the server (${JSON.stringify(words)}) has prevented the request from succeeding ${subject}`;
  return failureStatus(reason, { message, code });
}

/** Opens an upgraded connection to a kubelet and joins it with the client's, byte by byte, until either ends. */
export async function forwardUpgrade(
  forwarding: Forwarding,
  client: { readonly socket: Duplex; readonly head: Uint8Array },
  options: KubeletProxyOptions,
): Promise<void> {
  const { request, signal } = forwarding;
  const { connection = 'Upgrade', upgrade = '' } = request.headers;
  const sent = connect(forwarding, options, { ...passedHeaders(request.headers), connection, upgrade });
  sent.end();
  const refused = once(sent, 'response').then(([answer]) => ({ answer: answer as IncomingMessage }));
  const upgraded = once(sent, 'upgrade').then(([answer, socket, head]) => ({
    answer: answer as IncomingMessage,
    backend: { socket: socket as Duplex, head: head as Uint8Array },
  }));
  refused.catch(() => undefined);
  upgraded.catch(() => undefined);
  const { answer, backend } = await Promise.race<{ answer: IncomingMessage; backend?: Joined }>([upgraded, refused]);
  writeHead(client.socket, answer);
  if (backend === undefined) await pipeline(answer, client.socket, { signal });
  else await joined(client, backend, signal);
}

interface Joined {
  readonly socket: Duplex;
  /** Bytes that came with the head. */
  readonly head: Uint8Array;
}

/** Both directions at once. The end of one side's bytes is passed on; the end of either connection ends both. */
async function joined(client: Joined, backend: Joined, signal: AbortSignal): Promise<void> {
  if (client.head.length > 0) backend.socket.write(client.head);
  if (backend.head.length > 0) client.socket.write(backend.head);
  const sockets = [client.socket, backend.socket] as const;
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  signal.addEventListener('abort', cut, { once: true });
  backend.socket.on('error', cut);
  client.socket.pipe(backend.socket).pipe(client.socket);
  await Promise.race(sockets.map((socket) => once(socket, 'close')));
  cut();
  signal.removeEventListener('abort', cut);
}
