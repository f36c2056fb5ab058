/** One request over HTTP: who makes it, its body, its answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StatusReason } from '@virtual-kubelet/kubernetes';
import { failureStatus } from '@virtual-kubelet/kubernetes';
import type { Playground } from '../playground.js';
import { answer } from '../store/answer.js';
import type { User } from '../store/user.js';
import { anonymousUser } from '../store/user.js';
import { encodeAnswer } from '../wire.js';
import { identify } from './authentication.js';
import { readBody } from './body.js';
import { impersonated } from './impersonation.js';
import { writeAnswer, writeWatch } from './write-answer.js';

/** Bytes of a request's body; upstream reads 3 MiB. */
const bodyLimit = 3 * 1024 * 1024;

/** What answering needs beside the request. */
export interface ExchangeOptions {
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
    else refuse(response, 'InternalError', `Internal error occurred: ${String(error)}`);
  }
}

async function respond({ request, response }: Exchange, options: ExchangeOptions): Promise<void> {
  const { server } = options.playground;
  const known = userOf(request, options);
  if (known === undefined) return refuse(response, 'Unauthorized', 'Unauthorized');
  const speaker = impersonated(request.headers, known, server.store.settings.authorize);
  if (speaker.is === 'forbidden')
    return refuse(response, 'Forbidden', `User "${known.username}" may not speak for others`);
  const { user } = speaker;
  const bytes = await readBody(request, bodyLimit);
  if (bytes === 'too large')
    return refuse(response, 'RequestEntityTooLarge', `Request entity too large: limit is ${bodyLimit}`);
  const { method = 'GET', url: target = '/' } = request;
  const headers = request.headers as Readonly<Record<string, string | undefined>>;
  const result = server.handle({ method, target, headers, body: bytes, user });
  if (result.is !== 'watch') return writeAnswer(response, encodeAnswer(result, headers['if-none-match']));
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, options.closing]);
  await writeWatch(response, server.follow(result, signal), signal);
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

function refuse(response: ServerResponse, reason: StatusReason, message: string): void {
  const status = failureStatus(reason, { message });
  response.shouldKeepAlive = false;
  writeAnswer(response, encodeAnswer(answer(status.code ?? 500, status)));
}
