/** A Transport whose peer is a server in the same process: no sockets, no timers, the same bytes. */
import { joinBytes } from '@virtual-kubelet/base';
import type { Transport, TransportRequest, TransportResponse, TransportStream } from '@virtual-kubelet/base';
import { playgroundError } from './errors.js';
import type { PlaygroundServer } from './server.js';
import type { Answer, KubeletAnswer, MetricsAnswer, WatchAnswer } from './store/answer.js';
import type { HttpMessage } from './store/request.js';
import type { User } from './store/user.js';
import { adminUser } from './store/user.js';
import { encodeAnswer, encodeMessages, watchHeaders } from './wire.js';

/** What happens to an exchange. */
export type Verdict =
  | {
      readonly do: 'pass';
      /** Breaks the body of a stream after this many bytes. */
      readonly cutAfter?: number;
    }
  /** Answers instead of the server, which never sees the request. */
  | {
      readonly do: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The request never arrives. */
  | { readonly do: 'fail before'; readonly error: Error }
  /** The request has its effect; its answer is lost. */
  | { readonly do: 'fail after'; readonly error: Error };

/** Choices of {@link inProcessTransport}. */
export interface InProcessTransportOptions {
  /** Who makes the requests. @default an administrator */
  readonly user?: User;
  /** Decides about every exchange before it begins; may take its time. @default all pass */
  readonly intercept?: (request: TransportRequest) => Verdict | Promise<Verdict>;
}

/** A transport with handles for tests. */
export interface InProcessTransport extends Transport {
  /** Breaks all open streams as a lost connection does; without an error they end as a server ends them. */
  cutStreams(error?: Error): void;
  /** How many streams are open. */
  readonly openStreams: number;
}

/** Connects to a server in this process. */
export function inProcessTransport(
  server: PlaygroundServer,
  options: InProcessTransportOptions = {},
): InProcessTransport {
  const { user = adminUser, intercept } = options;
  const streams = new Set<OpenStream>();
  const closed = new AbortController();

  async function begin(request: TransportRequest): Promise<Verdict> {
    request.signal?.throwIfAborted();
    closed.signal.throwIfAborted();
    const verdict = intercept === undefined ? pass : await intercept(request);
    request.signal?.throwIfAborted();
    if (verdict.do === 'fail before') throw verdict.error;
    return verdict;
  }

  /** There is no way to a kubelet from here. */
  function answerTo(request: TransportRequest): Exclude<Answer, KubeletAnswer | MetricsAnswer> {
    const answer = server.handle(messageOf(request, user));
    if (answer.is === 'kubelet' || answer.is === 'metrics')
      throw playgroundError('VK_PLAYGROUND_NO_UPGRADE', { path: request.path });
    return answer;
  }

  async function stream(request: TransportRequest): Promise<TransportStream> {
    const verdict = await begin(request);
    if (verdict.do === 'answer') return wholeStream(cannedResponse(verdict));
    const answer = answerTo(request);
    if (verdict.do === 'fail after') throw verdict.error;
    if (answer.is !== 'watch') return wholeStream(encodeAnswer(answer, request.headers?.['if-none-match']));
    const cutAfter = verdict.do === 'pass' ? verdict.cutAfter : undefined;
    const open = openStream(server, answer, { signal: request.signal, cutAfter });
    streams.add(open);
    void open.done.then(() => streams.delete(open));
    return { status: 200, headers: watchHeaders, body: open.body };
  }

  async function request(request: TransportRequest): Promise<TransportResponse> {
    const verdict = await begin(request);
    if (verdict.do === 'answer') return cannedResponse(verdict);
    const answer = answerTo(request);
    if (verdict.do === 'fail after') throw verdict.error;
    if (answer.is !== 'watch') return encodeAnswer(answer, request.headers?.['if-none-match']);
    return {
      status: 200,
      headers: watchHeaders,
      body: await readAll(openStream(server, answer, { signal: request.signal }).body),
    };
  }

  return {
    request,
    stream,
    upgrade: ({ path }) => Promise.reject(playgroundError('VK_PLAYGROUND_NO_UPGRADE', { path })),
    cutStreams(error) {
      for (const each of streams) each.cut(error);
    },
    get openStreams() {
      return streams.size;
    },
    close() {
      closed.abort(playgroundError('VK_PLAYGROUND_CLOSED'));
      for (const each of streams) each.cut();
      return Promise.resolve();
    },
  };
}

const pass: Verdict = { do: 'pass' };
const encoder = new TextEncoder();

function messageOf(request: TransportRequest, user: User): HttpMessage {
  const { method, path, headers = {}, body = '' } = request;
  return { method, target: path, headers, body, user };
}

function cannedResponse(verdict: Verdict & { readonly do: 'answer' }): TransportResponse {
  const headers = verdict.headers ?? { 'content-type': 'application/json' };
  return { status: verdict.status, headers, body: encoder.encode(verdict.body ?? '') };
}

async function* once(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  if (chunk.length > 0) yield chunk;
}

function wholeStream(response: TransportResponse): TransportStream {
  return { ...response, body: once(response.body) };
}

async function readAll(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return joinBytes(chunks);
}

interface OpenStream {
  readonly body: AsyncIterable<Uint8Array>;
  /** Settles when the stream has ended, however. */
  readonly done: Promise<void>;
  cut(error?: Error): void;
}

interface OpenStreamOptions {
  readonly signal: AbortSignal | undefined;
  /** Bytes until the stream breaks. */
  readonly cutAfter?: number | undefined;
}

/** A watch as a body that can be cut from outside, even while its reader waits. */
function openStream(server: PlaygroundServer, answer: WatchAnswer, options: OpenStreamOptions): OpenStream {
  const { signal, cutAfter = Infinity } = options;
  let left = cutAfter;
  const controller = new AbortController();
  let failure: Error | undefined;
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const follow = (): void => controller.abort();
  signal?.addEventListener('abort', follow, { once: true });
  const messages = server.follow(answer, controller.signal);

  async function next(): Promise<IteratorResult<Uint8Array>> {
    if (failure !== undefined) throw failure;
    const result = await messages.next();
    signal?.throwIfAborted();
    if (failure !== undefined) throw failure;
    if (result.done !== true) return { done: false, value: piece(encodeMessages(result.value)) };
    end();
    return { done: true, value: undefined };
  }

  /** A chunk, or its beginning where the stream breaks inside it; then the next read fails. */
  function piece(chunk: Uint8Array): Uint8Array {
    const allowed = chunk.subarray(0, left);
    left -= chunk.length;
    if (left < 0) failure = new Error('the connection was cut');
    return allowed;
  }

  function end(): void {
    signal?.removeEventListener('abort', follow);
    controller.abort();
    finish();
  }

  const iterator: AsyncIterator<Uint8Array> = {
    next: () =>
      next().catch((error: unknown) => {
        end();
        throw error;
      }),
    return: () => {
      end();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
  return {
    body: { [Symbol.asyncIterator]: () => iterator },
    done,
    cut(error) {
      failure = error;
      end();
    },
  };
}
