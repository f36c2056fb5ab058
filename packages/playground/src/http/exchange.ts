/** One request over HTTP: who makes it, its body, its answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Status, StatusReason } from '@virtual-kubelet/kubernetes';
import { failureStatus, isStatus } from '@virtual-kubelet/kubernetes';
import type { Playground } from '../playground.js';
import { acceptMessages } from '@virtual-kubelet/streams';
import type { Answer, WatchAnswer } from '../store/answer.js';
import { answer } from '../store/answer.js';
import type { User } from '../store/user.js';
import { anonymousUser } from '../store/user.js';
import { encodeAnswer } from '../wire.js';
import { identify } from './authentication.js';
import { readBody } from './body.js';
import { impersonated } from './impersonation.js';
import type { KubeletProxyOptions } from './kubelet-connect.js';
import { documentsOf } from './kubelet-metrics.js';
import { forwardRequest, forwardUpgrade } from './kubelet-proxy.js';
import { refuseUpgrade } from './upgrade-head.js';
import { sendWatch, writeAnswer, writeWatch } from './write-answer.js';

/** Bytes of a request's body; upstream reads 3 MiB. */
const bodyLimit = 3 * 1024 * 1024;

/** What answering needs beside the request. */
export interface ExchangeOptions extends KubeletProxyOptions {
  readonly playground: Pick<Playground, 'server'>;
  /** Users by bearer token. */
  readonly tokens?: ReadonlyMap<string, User>;
  /** Who somebody is that shows nothing. */
  readonly anonymous?: User;
  /** The server ends. */
  readonly closing: AbortSignal;
}

/** A request and where its answer goes. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Answers one request. Never rejects. */
export async function exchanged(exchange: Exchange, options: ExchangeOptions): Promise<void> {
  const { request, response } = exchange;
  const { logger } = options.playground.server;
  try {
    await respond(exchange, options);
  } catch (error) {
    if (request.destroyed && !response.headersSent) return;
    logger.error('a request failed inside the API server', { method: request.method, path: request.url, error });
    if (response.headersSent) response.destroy();
    else refuse(response, failed('InternalError', `Internal error occurred: ${String(error)}`));
  }
}

async function respond({ request, response }: Exchange, options: ExchangeOptions): Promise<void> {
  const speaker = speakerOf(request, options);
  if (speaker.is === 'refused') return refuse(response, speaker.status);
  const body = await readBody(request, bodyLimit);
  if (body === 'too large')
    return refuse(response, failed('RequestEntityTooLarge', `Request entity too large: limit is ${bodyLimit}`));
  const result = handled(request, { ...options, user: speaker.user, body });
  // Most answers are whole at once: what it takes to end one early is only made for the others.
  if (result.is === 'object' || result.is === 'text' || result.is === 'document')
    return writeAnswer(response, encodeAnswer(result, request.headers['if-none-match']));
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, options.closing]);
  if (result.is === 'watch') await writeWatch(response, options.playground.server.follow(result, signal), signal);
  else if (result.is === 'kubelet') await forwardRequest({ request, target: result, body, signal }, response, options);
  else {
    const { clock } = options.playground.server;
    const documents = await documentsOf(result.sources, { ...options, clock, signal });
    writeAnswer(response, encodeAnswer(result.combine(documents)));
  }
}

/** A request to speak another protocol on the same connection. */
export interface UpgradeExchange {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** Bytes that came with the head. */
  readonly head: Uint8Array;
}

/** Answers a request for an upgrade: kubelets do that, and watches over WebSocket. Never rejects. */
export async function upgraded({ request, socket, head }: UpgradeExchange, options: ExchangeOptions): Promise<void> {
  const { logger } = options.playground.server;
  const gone = new AbortController();
  socket.on('error', () => undefined);
  socket.once('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, options.closing]);
  try {
    const speaker = speakerOf(request, options);
    if (speaker.is === 'refused') return refuseUpgrade(socket, speaker.status);
    const target = handled(request, { ...options, user: speaker.user, body: '' });
    if (target.is === 'kubelet') await forwardUpgrade({ request, target, signal }, { socket, head }, options);
    else if (target.is === 'watch') await watchOver({ request, socket, head }, target, { ...options, signal });
    else refuseUpgrade(socket, statusOf(target));
  } catch (error) {
    if (signal.aborted) return void socket.destroy();
    logger.debug('an upgrade failed', { path: request.url, error });
    refuseUpgrade(socket, failed('InternalError', `Internal error occurred: error dialing backend: ${String(error)}`));
  }
}

interface Watching extends ExchangeOptions {
  readonly signal: AbortSignal;
}

async function watchOver(
  { request, socket, head }: UpgradeExchange,
  watch: WatchAnswer,
  options: Watching,
): Promise<void> {
  const { server } = options.playground;
  const upgrade = { request, socket, head: Buffer.from(head) };
  const sender = await acceptMessages(upgrade, { clock: server.clock }).catch(() => undefined);
  if (sender === undefined) return;
  await sendWatch(sender, server.follow(watch, AbortSignal.any([options.signal, sender.gone])));
}

function statusOf(answer: Answer): Status {
  if (answer.is === 'object' && isStatus(answer.body) && answer.body.status === 'Failure') return answer.body;
  return failed('BadRequest', 'this resource does not upgrade connections');
}

interface Handling extends ExchangeOptions {
  readonly user: User;
  readonly body: string | Uint8Array;
}

function handled(request: IncomingMessage, { playground, user, body }: Handling): Answer {
  const { method = 'GET', url: target = '/' } = request;
  const headers = request.headers as Readonly<Record<string, string | undefined>>;
  return playground.server.handle({ method, target, headers, body, user });
}

type Speaker = { readonly is: 'user'; readonly user: User } | { readonly is: 'refused'; readonly status: Status };

/** For whom a request is made, and who is not let in. */
function speakerOf(request: IncomingMessage, options: ExchangeOptions): Speaker {
  const known = userOf(request, options);
  if (known === undefined) return { is: 'refused', status: failed('Unauthorized', 'Unauthorized') };
  const speaker = impersonated(request.headers, known, options.playground.server.store.settings.authorize);
  if (speaker.is === 'user') return speaker;
  return { is: 'refused', status: failed('Forbidden', `User "${known.username}" may not speak for others`) };
}

function userOf(request: IncomingMessage, options: ExchangeOptions): User | undefined {
  const { playground, tokens = new Map(), anonymous } = options;
  const identity = identify(request, { server: playground.server, tokens });
  if (identity.is === 'user') return identity.user;
  if (identity.is === 'refused') return undefined;
  return anonymous ?? (isPublic(request.url ?? '') ? anonymousUser : undefined);
}

/** What upstream's default roles let everybody read. */
function isPublic(target: string): boolean {
  return /^\/(healthz|livez|readyz|version)(\/|\?|$)/.test(target);
}

function failed(reason: StatusReason, message: string): Status {
  return failureStatus(reason, { message });
}

function refuse(response: ServerResponse, status: Status): void {
  response.shouldKeepAlive = false;
  writeAnswer(response, encodeAnswer(answer(status.code ?? 500, status)));
}
