/** Asks many kubelets at once for what the metrics API tells. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '@virtual-kubelet/base';
import { limiter } from '@virtual-kubelet/base';
import type { KubeletSource } from '../store/answer.js';
import type { KubeletProxyOptions } from './kubelet-connect.js';
import { connectKubelet } from './kubelet-connect.js';

/** How kubelets are asked. */
export interface AskOptions extends KubeletProxyOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Kubelets asked at the same time. */
const atOnce = 20;
/** Milliseconds that one has. */
const patience = 5_000;

/** The documents of the kubelets that answered in time, by node. */
export async function documentsOf(
  sources: readonly KubeletSource[],
  options: AskOptions,
): Promise<ReadonlyMap<string, unknown>> {
  const places = limiter(atOnce);
  const found = new Map<string, unknown>();
  const ask = async (source: KubeletSource): Promise<void> => {
    const document = await places.run(() => documentOf(source, options)).catch(() => undefined);
    if (document !== undefined) found.set(source.node, document);
  };
  await Promise.all(sources.map(ask));
  return found;
}

async function documentOf(target: KubeletSource, options: AskOptions): Promise<unknown> {
  const deadline = options.clock.deadline(patience, options.signal);
  try {
    const headers = { accept: 'application/json' };
    const sent = connectKubelet({ target, method: 'GET', headers, signal: deadline.signal }, options);
    sent.end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of answer.setEncoding('utf8')) text += String(chunk);
    return answer.statusCode === 200 ? (JSON.parse(text) as unknown) : undefined;
  } finally {
    deadline.release();
  }
}
