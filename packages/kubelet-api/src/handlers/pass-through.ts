import type { ServerResponse } from 'node:http';
import { messageOf, untilAborted } from '@virtual-kubelet/base';
import type { Sensitive, StreamRequest, Upstream, UpstreamProvider } from '@virtual-kubelet/provider';
import { relayRequest, relayUpgrade } from '@virtual-kubelet/streams';
import type { RelayOutcome, UpgradeTarget } from '@virtual-kubelet/streams';
import type { KubeletApiOptions } from '../kubelet-api-options.js';
import type { KubeletApiLimits } from '../limits.js';
import { refusalOf } from '../logs/index.js';
import { hasContainer, refOf } from '../pod-lookup.js';
import type { Reply } from '../reply.js';
import { text } from '../reply.js';
import type { RouteName, RouteParameters } from '../routes.js';
import { noContainer } from './target.js';
import type { RequestCall } from './request-call.js';
import type { UpgradeCall } from './upgrade-call.js';

/** The client was answered already, with this status. */
export interface Answered {
  readonly answered: number;
}

const kinds: Readonly<Partial<Record<RouteName, StreamRequest['kind']>>> = {
  attach: 'attach',
  containerLogs: 'logs',
  exec: 'exec',
  portForward: 'portForward',
};

interface Asked {
  readonly route: { readonly name: RouteName };
  readonly parameters: RouteParameters;
  readonly url: URL;
  readonly limits: KubeletApiLimits;
  readonly gone: AbortSignal;
}

/** What is asked, of a pod and container of this node only. */
function requestOf({ route, parameters, url }: Asked, { pods }: KubeletApiOptions): StreamRequest | Reply | undefined {
  const kind = kinds[route.name];
  if (!kind) return undefined;
  const { namespace = '', pod: name = '', uid, container } = parameters;
  const pod = pods.find(namespace, name);
  if (!pod || (uid !== undefined && uid !== pod.metadata?.uid))
    return text(404, kind === 'logs' ? `pod "${name}" does not exist` : 'pod does not exist');
  if (container !== undefined && !hasContainer(pod, container))
    return text(
      404,
      kind === 'logs' ? `container "${container}" not found in pod "${name}"` : noContainer(name, container),
    );
  const request = { kind, pod: refOf(pod), query: url.search.slice(1) };
  return container === undefined ? request : { ...request, container };
}

function open(value: string | Sensitive): string {
  return typeof value === 'string' ? value : value.reveal();
}

function isUsable(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

function targetOf({ url, headers = {}, tls = {} }: Upstream): UpgradeTarget {
  const { key, serverName, ...others } = tls;
  return {
    url,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, open(value)])),
    tls: {
      ...others,
      ...(key === undefined ? {} : { key: open(key) }),
      ...(serverName === undefined ? {} : { servername: serverName }),
    },
  };
}

async function ask(
  provider: UpstreamProvider,
  request: StreamRequest,
  { asked, options }: { readonly asked: Asked; readonly options: KubeletApiOptions },
): Promise<UpgradeTarget | Reply | undefined> {
  const { clock, logger, contextOf } = options;
  const time = asked.limits.creationTimeout;
  const limit = clock.deadline(time, asked.gone);
  try {
    const context = contextOf(request.kind, limit.signal, clock.monotonic() + time);
    const upstream = await untilAborted(provider.upstream(request, context), limit.signal);
    if (!upstream) return undefined;
    if (isUsable(upstream.url)) return targetOf(upstream);
    logger.warn('the provider hands a stream through to what is no address', { kind: request.kind });
    return text(500, 'the provider of this node names no address to hand this stream through to');
  } catch (error) {
    asked.gone.throwIfAborted();
    const { status, message } = refusalOf(error);
    return text(status, message);
  } finally {
    limit.release();
  }
}

async function upstreamOf(asked: Asked, options: KubeletApiOptions): Promise<UpgradeTarget | Reply | undefined> {
  const { provider } = options;
  if (!provider.upstream) return undefined;
  const request = requestOf(asked, options);
  if (!request || 'status' in request) return request;
  return ask({ upstream: provider.upstream.bind(provider) }, request, { asked, options });
}

/** Says in the log what the client is not told. */
function noted({ status, error }: RelayOutcome, { logger }: KubeletApiOptions): Answered {
  if (error) logger.warn('a stream could not be handed through', { error: messageOf(error) });
  if (status === 401 || status === 403)
    logger.warn('the server that a stream is handed through to refuses this node', { status });
  return { answered: status };
}

/** Hands exec, attach or port-forward through to the server the provider names. Undefined: it is served here. */
export async function passUpgrade(
  call: UpgradeCall,
  options: KubeletApiOptions,
): Promise<Answered | Reply | undefined> {
  const { upgraded, closing, limits } = call;
  const target = await upstreamOf({ ...call, gone: closing }, options);
  if (!target || 'status' in target) return target;
  const { idleTimeout, creationTimeout: answerTimeout } = limits;
  const { clock } = options;
  return noted(await relayUpgrade(upgraded, target, { clock, idleTimeout, answerTimeout, signal: closing }), options);
}

/** The same for a log. */
export async function passLog(
  call: RequestCall,
  response: ServerResponse,
  options: KubeletApiOptions,
): Promise<Answered | Reply | undefined> {
  const { gone: signal, limits } = call;
  const target = await upstreamOf({ ...call, route: { name: 'containerLogs' } }, options);
  if (!target || 'status' in target) return target;
  const { clock } = options;
  return noted(await relayRequest(response, target, { clock, answerTimeout: limits.creationTimeout, signal }), options);
}
