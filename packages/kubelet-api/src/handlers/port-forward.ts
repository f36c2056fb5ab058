import { messageOf, untilAborted } from '@virtual-kubelet/base';
import type { PodConnection, PodRef, PortForwardProvider } from '@virtual-kubelet/provider';
import { acceptPortForward } from '@virtual-kubelet/streams';
import type { ForwardedConnection } from '@virtual-kubelet/streams';
import type { KubeletApiOptions } from '../kubelet-api-options.js';
import type { Reply } from '../reply.js';
import type { UpgradeCall } from './upgrade-call.js';
import { notImplemented, podTarget } from './target.js';

async function toPod(client: ForwardedConnection, pod: PodConnection): Promise<void> {
  for await (const chunk of client.readable) await pod.writable.write(chunk);
  await pod.closeWrite();
}

async function toClient(pod: PodConnection, client: ForwardedConnection): Promise<void> {
  for await (const chunk of pod.readable) await client.writable.write(chunk);
  await client.closeWrite();
}

interface Forwarding {
  readonly provider: PortForwardProvider;
  readonly ref: PodRef;
  readonly options: KubeletApiOptions;
  readonly closing: AbortSignal;
  readonly takeForward: UpgradeCall['takeForward'];
}

/** Copies both ways until both have ended; the failure of one ends the other. */
async function forward(client: ForwardedConnection, forwarding: Forwarding): Promise<void> {
  const { provider, ref, options, closing, takeForward } = forwarding;
  const free = takeForward();
  const stop = new AbortController();
  const signal = AbortSignal.any([client.gone, closing, stop.signal]);
  try {
    if (!free) throw new Error('too many connections are forwarded: try again later');
    const dialled = provider.portForward(ref, client.port, options.contextOf('portForward', signal));
    const pod = await untilAborted(dialled, signal);
    await untilAborted(Promise.all([toPod(client, pod), toClient(pod, client)]), signal);
  } catch (error) {
    if (client.gone.aborted) return;
    const which = `port ${client.port} to pod ${ref.name}, uid ${ref.uid}`;
    await client.fail(`error forwarding ${which}: ${messageOf(error)}`).catch(() => undefined);
  } finally {
    stop.abort(new DOMException('the connection has ended', 'AbortError'));
    free?.();
  }
}

/** Serves a port-forward session: any number of connections, each failing for itself. */
export async function portForward(call: UpgradeCall, options: KubeletApiOptions): Promise<Reply | undefined> {
  const { provider, pods, clock } = options;
  if (!provider.portForward) return notImplemented;
  const target = podTarget(pods, call.parameters);
  if ('status' in target) return target;
  const { idleTimeout, creationTimeout } = call.limits;
  const session = await acceptPortForward(call.upgraded, { clock, idleTimeout, creationTimeout });
  const { closing } = call;
  const close = (): void => void session.close();
  closing.addEventListener('abort', close, { once: true });
  const forwarding = {
    provider: { portForward: provider.portForward.bind(provider) },
    ref: target.ref,
    options,
    closing,
    takeForward: call.takeForward,
  };
  const open = new Set<Promise<void>>();
  try {
    for await (const connection of session.connections) {
      const one = forward(connection, forwarding).finally(() => open.delete(one));
      open.add(one);
    }
    await Promise.all(open);
  } finally {
    closing.removeEventListener('abort', close);
    await session.close();
  }
  return undefined;
}
