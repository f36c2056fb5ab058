/** One action of a probe or hook: a command, an HTTP request, a connection, a gRPC health check, a pause. */
import type { Clock } from '@virtual-kubelet/base';
import { messageOf } from '@virtual-kubelet/base';
import type { Container, ExecAction, HTTPGetAction, LifecycleHandler, Probe } from '@virtual-kubelet/kubernetes';
import type { Sink } from '@virtual-kubelet/provider';
import { portNumber } from '@virtual-kubelet/provider-kit';
import type { ContainerBackend } from './backend.js';

/** An HTTP request of a probe, to one host. */
export interface ProbeRequest {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Names as written; later ones of a name are kept beside earlier ones. */
  readonly headers: readonly (readonly [string, string])[];
}

/** The answer to a {@link ProbeRequest}; the body is cut after 10 KiB. */
export interface ProbeAnswer {
  readonly status: number;
  readonly location?: string;
  readonly body: string;
}

/** How probes reach into the pod's network. Certificates are not verified and connections not kept, as upstream. */
export interface ProbeClient {
  http(request: ProbeRequest, signal: AbortSignal): Promise<ProbeAnswer>;
  /** Resolves when the connection stands; it is closed at once. */
  tcp(host: string, port: number, signal: AbortSignal): Promise<void>;
  /** Serving status of grpc.health.v1, such as `SERVING`. */
  grpc(target: { host: string; port: number; service: string }, signal: AbortSignal): Promise<string>;
}

/** Where an action takes place. */
export interface HandlerTarget {
  readonly container: Container;
  readonly containerId: string;
  /** Address of the pod; that of the machine on its network. */
  readonly host: string;
}

/** What handlers act with. */
export interface HandlerOptions {
  readonly backend: Pick<ContainerBackend, 'exec'>;
  readonly client: ProbeClient;
  readonly clock: Clock;
}

/** The outcome of an action; `note` is what it said. */
export interface HandlerResult {
  readonly ok: boolean;
  readonly note: string;
  /** It counts as success, but the note says what is odd about it. */
  readonly isOdd?: boolean;
}

/** What is sent as user agent; services tell probes from people by its prefix. */
const userAgent = 'kube-probe/1.37';
const mostOutput = 10 * 1_024;
/** Requests in a chain of redirects, and the answers that are followed, as by Go's client. */
const mostRedirects = 10;
const followed: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Collects output up to a limit and drops the rest, so that a command that writes much is not held up. */
function collector(): { readonly sink: Sink; text(): string } {
  const decoder = new TextDecoder();
  let text = '';
  return {
    sink: {
      async write(chunk) {
        if (text.length < mostOutput) text += decoder.decode(chunk, { stream: true });
      },
    },
    text: () => text.slice(0, mostOutput).trim(),
  };
}

async function runExec(
  options: HandlerOptions,
  target: HandlerTarget,
  call: { action: ExecAction; signal: AbortSignal },
): Promise<HandlerResult> {
  const output = collector();
  const { exitCode } = await options.backend.exec(
    target.containerId,
    { command: call.action.command ?? [], streams: { tty: false, stdout: output.sink, stderr: output.sink } },
    call.signal,
  );
  return { ok: exitCode === 0, note: output.text() || (exitCode === 0 ? '' : `command exited with ${exitCode}`) };
}

function requestOf(action: HTTPGetAction, target: HandlerTarget): ProbeRequest {
  const own = (action.httpHeaders ?? []).map(({ name, value }): readonly [string, string] => [name, value ?? '']);
  const has = (wanted: string): boolean => own.some(([name]) => name.toLowerCase() === wanted);
  const path = action.path || '/';
  return {
    scheme: action.scheme?.toLowerCase() === 'https' ? 'https' : 'http',
    host: action.host || target.host,
    port: portNumber(target.container, action.port),
    path: path.startsWith('/') ? path : `/${path}`,
    headers: [
      ...(has('user-agent') ? [] : [['User-Agent', userAgent] as const]),
      ...(has('accept') ? [] : [['Accept', '*/*'] as const]),
      // An empty value of these two asks for the header to be left out.
      ...own.filter(([name, value]) => value !== '' || !/^(user-agent|accept)$/i.test(name)),
    ],
  };
}

function redirected(request: ProbeRequest, location: string): ProbeRequest | 'elsewhere' {
  const base = `${request.scheme}://${hostText(request.host)}:${request.port}${request.path}`;
  const next = new URL(location, base);
  if (next.hostname !== new URL(base).hostname) return 'elsewhere';
  const scheme = next.protocol === 'https:' ? 'https' : 'http';
  return {
    ...request,
    scheme,
    port: Number(next.port) || (scheme === 'https' ? 443 : 80),
    path: next.pathname + next.search,
  };
}

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** kubernetes/kubernetes:pkg/probe/http, DoHTTPProbe: an answer 3xx that is not followed is a success with a warning. */
async function runHttp(client: ProbeClient, first: ProbeRequest, signal: AbortSignal): Promise<HandlerResult> {
  let request = first;
  for (let sent = 1; ; sent += 1) {
    const { status, location, body } = await client.http(request, signal);
    if (status < 200 || status >= 400) return { ok: false, note: `HTTP probe failed with statuscode: ${status}` };
    if (status < 300) return { ok: true, note: body };
    const next = location === undefined || !followed.has(status) ? 'elsewhere' : redirected(request, location);
    if (next === 'elsewhere')
      return { ok: true, isOdd: true, note: `Probe terminated redirects, Response body: ${body}` };
    if (sent === mostRedirects) return { ok: false, note: `stopped after ${mostRedirects} redirects` };
    request = next;
  }
}

/** A probe's action or a hook's. */
export type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & Pick<LifecycleHandler, 'sleep'>;

async function run(
  options: HandlerOptions,
  target: HandlerTarget,
  call: { handler: Handler; signal: AbortSignal },
): Promise<HandlerResult> {
  const { handler, signal } = call;
  const { client, clock } = options;
  if (handler.exec) return runExec(options, target, { action: handler.exec, signal });
  if (handler.httpGet) return runHttp(client, requestOf(handler.httpGet, target), signal);
  if (handler.tcpSocket) {
    await client.tcp(
      handler.tcpSocket.host || target.host,
      portNumber(target.container, handler.tcpSocket.port),
      signal,
    );
    return { ok: true, note: '' };
  }
  if (handler.grpc) {
    const { port, service = '' } = handler.grpc;
    const status = await client.grpc({ host: target.host, port, service }, signal);
    return {
      ok: status === 'SERVING',
      note: status === 'SERVING' ? '' : `service unhealthy (responded with "${status}")`,
    };
  }
  if (handler.sleep) await clock.sleep((handler.sleep.seconds ?? 0) * 1_000, signal);
  return { ok: true, note: '' };
}

/** Runs an action; what it throws is its failure. @param call.timeout milliseconds; absent: until the signal */
export async function runHandler(
  options: HandlerOptions,
  target: HandlerTarget,
  call: { readonly handler: Handler; readonly signal: AbortSignal; readonly timeout?: number },
): Promise<HandlerResult> {
  const limit = call.timeout === undefined ? undefined : options.clock.deadline(call.timeout, call.signal);
  try {
    return await run(options, target, { handler: call.handler, signal: limit?.signal ?? call.signal });
  } catch (error) {
    const timedOut = limit?.signal.aborted === true && !call.signal.aborted;
    return { ok: false, note: timedOut ? `timed out after ${(call.timeout ?? 0) / 1_000}s` : messageOf(error) };
  } finally {
    limit?.release();
  }
}
