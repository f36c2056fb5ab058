import type { KubeletApiOptions } from '../kubelet-api-options.js';
import { logRefusal, openContainerLogs, parseLogQuery } from '../logs/index.js';
import type { LogAnswer } from '../logs/index.js';
import type { RequestCall } from './request-call.js';
import { notImplemented, podTarget } from './target.js';

/** Finds the log a request means, or says why there is none. */
export async function containerLogs(call: RequestCall, options: KubeletApiOptions): Promise<LogAnswer> {
  const { provider, pods, clock, contextOf } = options;
  const refusal = (status: number, message: string): LogAnswer => ({ refusal: { status, message } });
  if (!provider.getContainerLogs) return refusal(notImplemented.status, notImplemented.body);
  const parsed = parseLogQuery(call.url.searchParams, clock.wall());
  if ('refusal' in parsed) return parsed;
  const target = podTarget(pods, call.parameters);
  if ('status' in target) return refusal(404, `pod "${call.parameters.pod ?? ''}" does not exist`);
  const { container = '' } = call.parameters;
  const turnedAway = logRefusal(target.pod, container, parsed.options.previous);
  if (turnedAway) return { refusal: turnedAway };
  return openContainerLogs({
    provider: { getContainerLogs: provider.getContainerLogs.bind(provider) },
    container: { pod: target.ref, container },
    options: parsed.options,
    context: contextOf('logs', call.gone),
    clock,
  });
}
