import { setMaxListeners } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '@virtual-kubelet/base';
import { defaultIdleTimeout } from '../accept-options.js';
import { refuseUpgrade } from '../refuse-upgrade.js';
import { tuneForStreams } from '../tcp.js';
import type { UpgradedSocket } from '../upgraded-socket.js';
import { probeClient } from './relay-probe.js';
import { clientLeft, defaultAnswerTimeout, ownAnswer, passedHeaders, requestTo, UnfitAnswer } from './relay.js';
import type { RelayOptions, RelayOutcome } from './relay.js';
import { unreachable } from './upgrade.js';
import type { UpgradeTarget } from './upgrade.js';

/** Headers that belong to the protocol of the stream; who asks, and all else, is the relay's own business. */
const passedOn = /^(connection|upgrade|x-stream-protocol-version|sec-websocket-.*)$/;

interface Backend {
  readonly answer: IncomingMessage;
  /** Absent when the other server does not switch. */
  readonly stream?: { readonly socket: Duplex; readonly head: Buffer };
}

function protocolHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => passedOn.test(name)));
}

/** Calls back when the client leaves before anybody reads what it sends. Gives the way to stop looking. */
function whenLeaving(socket: Duplex, left: () => void): () => void {
  socket.once('end', left).once('close', left);
  return () => void socket.off('end', left).off('close', left);
}

function ask(upgraded: UpgradedSocket, target: UpgradeTarget, signal: AbortSignal): Promise<Backend> {
  const { method = 'GET', headers } = upgraded.request;
  return new Promise((resolve, reject) => {
    const sent = requestTo(target, { method, headers: protocolHeaders(headers) });
    const stop = (): void => void sent.destroy(signal.reason as Error);
    const stopLooking = whenLeaving(upgraded.socket, () => {
      upgraded.socket.destroy();
      sent.destroy(new Error('the client has left'));
    });
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    sent.on('error', reject);
    sent.once('response', (answer) => resolve({ answer }));
    sent.once('upgrade', (answer, socket, head) => {
      socket.on('error', () => undefined);
      stopLooking();
      resolve({ answer, stream: { socket, head } });
    });
    sent.end();
  });
}

function headOf({ statusCode, statusMessage }: IncomingMessage, headers: readonly string[]): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let at = 0; at + 1 < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Resolves when nothing was heard for so long. */
async function untilIdle(
  heard: () => number,
  options: { clock: Clock; idle: number; over: AbortSignal },
): Promise<void> {
  const { clock, idle, over } = options;
  for (let left = idle; left > 0; left = heard() + idle - clock.monotonic()) await clock.sleep(left, over);
}

async function join(
  client: UpgradedSocket,
  { socket, head, protocol }: { socket: Duplex; head: Buffer; protocol: string },
  { clock, idleTimeout: idle = defaultIdleTimeout, signal }: RelayOptions,
): Promise<void> {
  tuneForStreams(client.socket);
  tuneForStreams(socket);
  if (head.length > 0) client.socket.write(head);
  if (client.head.length > 0) socket.write(client.head);
  // Two pipelines and both ends of each: more listeners than Node expects of a leak.
  setMaxListeners(0, client.socket, socket);
  // Neither SPDY nor WebSocket ends a stream by ending its connection: the end of one side ends both.
  const end = new AbortController();
  const over = signal ? AbortSignal.any([end.signal, signal]) : end.signal;
  probeClient({ client: client.socket, server: socket, head, protocol }, clock, over);
  const directions = [pipeline(client.socket, socket), pipeline(socket, client.socket)];
  let last = clock.monotonic();
  const heard = (): void => void (last = clock.monotonic());
  client.socket.on('data', heard);
  socket.on('data', heard);
  await Promise.race([...directions, untilIdle(() => last, { clock, idle, over })]).catch(() => undefined);
  end.abort();
  client.socket.destroy();
  socket.destroy();
  await Promise.allSettled(directions);
}

async function passRefusal({ socket }: UpgradedSocket, answer: IncomingMessage): Promise<void> {
  socket.write(headOf(answer, [...passedHeaders(answer), 'Connection', 'close']));
  await pipeline(answer, socket).catch(() => undefined);
  socket.destroy();
}

/**
 * Passes an upgrade request on to another kubelet or API server, which then speaks with the client byte for byte: for
 * nodes that front one. The method and the protocol's headers are the client's; address, identity and everything else
 * are those of the target. A refusal is passed back. Resolves when the stream has ended, also when the target could not be
 * reached, which the client was told then with status 502.
 */
export async function relayUpgrade(
  upgraded: UpgradedSocket,
  target: UpgradeTarget,
  options: RelayOptions,
): Promise<RelayOutcome> {
  const { clock, answerTimeout = defaultAnswerTimeout, signal } = options;
  upgraded.socket.on('error', () => undefined);
  const attempt = clock.deadline(answerTimeout, signal);
  try {
    const { answer, stream } = await ask(upgraded, target, attempt.signal);
    const status = answer.statusCode ?? 0;
    if (stream) {
      attempt.release();
      const switched = ['Connection', 'Upgrade', 'Upgrade', answer.headers.upgrade ?? ''];
      upgraded.socket.write(headOf(answer, [...switched, ...passedHeaders(answer)]));
      await join(upgraded, { ...stream, protocol: answer.headers.upgrade ?? '' }, options);
    } else {
      // Servers that answer an upgrade with success, or send it elsewhere, are not those of Kubernetes.
      if (status < 400) throw new UnfitAnswer(answer);
      await passRefusal(upgraded, answer);
    }
    return { status };
  } catch (cause) {
    if (upgraded.socket.destroyed) return { status: clientLeft };
    const told = ownAnswer(cause, signal);
    refuseUpgrade(upgraded, told);
    return { status: told.status, error: unreachable(cause as Error) };
  } finally {
    attempt.release();
  }
}
