/** HTTP to a container engine over its Unix socket: answers, streams, and connections that become raw bytes. */
import { request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { failures } from '@virtual-kubelet/provider';
import { Agent, request } from 'undici';

/** One request. Queries that are undefined are left out. */
export interface EngineRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** With a leading slash, each part encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Answers other than 2xx that are fine. */
  readonly accept?: readonly number[];
}

/** A connection that both sides use as they like. */
export interface RawConnection {
  readonly socket: Socket;
  /** Bytes that came with the answer. */
  readonly head: Uint8Array;
}

/** Talks to one engine. Close it in the end. */
export interface EngineClient {
  /** The JSON of the answer; undefined when it has none. @throws EngineError */
  json(call: EngineRequest): Promise<unknown>;
  /** The body as it comes. */
  stream(call: EngineRequest): Promise<AsyncIterable<Uint8Array>>;
  /** Upgrades the connection. */
  hijack(call: EngineRequest): Promise<RawConnection>;
  close(): Promise<void>;
}

/** The engine answered with an error. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Whether what was asked about does not exist. */
export function isGone(error: unknown): boolean {
  return error instanceof EngineError && error.status === 404;
}

function queryOf(query: EngineRequest['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue;
    for (const each of Array.isArray(value) ? value : [value]) parameters.append(name, String(each));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

/** What an engine's error body says; both engines use `message`, Podman adds a `cause` that repeats its end. */
function messageIn(text: string, status: number): string {
  try {
    const value: unknown = JSON.parse(text);
    if (value instanceof Object && 'message' in value && typeof value.message === 'string') return value.message;
  } catch {
    // Not JSON: the text itself is the message.
  }
  return text.trim() || `the engine answered with status ${status}`;
}

/** Some answers are a bare id. */
function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}

function isFine(call: EngineRequest, status: number): boolean {
  return (status >= 200 && status < 300) || (call.accept?.includes(status) ?? false);
}

function bodyOf(call: EngineRequest): { body: string | undefined; headers: Record<string, string> } {
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  return { body, headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...call.headers } };
}

/** Sends a request whose connection becomes raw. undici has no body on upgrades, so this goes by node:http. */
function upgrade(socketPath: string, prefix: string, call: EngineRequest): Promise<RawConnection> {
  const { body, headers } = bodyOf(call);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({
      socketPath,
      method: call.method ?? 'POST',
      path: `${prefix}${call.path}${queryOf(call.query)}`,
      agent: false,
      signal: call.signal,
      headers: {
        ...headers,
        connection: 'Upgrade',
        upgrade: 'tcp',
        host: 'engine',
        'content-length': Buffer.byteLength(body ?? ''),
      },
    });
    sent.on('error', reject);
    sent.on('upgrade', (_answer, socket: Socket, head: Uint8Array) => resolve({ socket, head }));
    sent.on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => reject(new EngineError(answer.statusCode ?? 0, messageIn(text, answer.statusCode ?? 0))));
      answer.on('error', reject);
    });
    sent.end(body);
  });
}

/** Makes a client. @param prefix path before every request, such as `/v4.0.0/libpod` */
export function engineClient(socketPath: string, prefix: string): EngineClient {
  const dispatcher = new Agent({ connect: { socketPath }, connections: 32, headersTimeout: 0, bodyTimeout: 0 });
  const send = async (call: EngineRequest) => {
    const { body, headers } = bodyOf(call);
    try {
      return await request(`http://engine${prefix}${call.path}${queryOf(call.query)}`, {
        dispatcher,
        method: call.method ?? 'GET',
        headers,
        signal: call.signal,
        ...(body === undefined ? {} : { body }),
      });
    } catch (error) {
      if (call.signal.aborted) throw error;
      throw failures.retryable(
        `the container engine does not answer: ${error instanceof Error ? error.message : String(error)}`,
        undefined,
        error,
      );
    }
  };
  const checked = async (call: EngineRequest) => {
    const answer = await send(call);
    if (isFine(call, answer.statusCode)) return answer;
    throw new EngineError(answer.statusCode, messageIn(await answer.body.text(), answer.statusCode));
  };
  return {
    async json(call) {
      const answer = await checked(call);
      const text = await answer.body.text();
      if (text.trim() === '') return undefined;
      return parsed(text);
    },
    stream: async (call) => (await checked(call)).body,
    hijack: (call) => upgrade(socketPath, prefix, call),
    close: () => dispatcher.destroy(),
  };
}
