import type { Pod } from '@virtual-kubelet/kubernetes';
import { messageOf } from '@virtual-kubelet/base';
import type { ContainerRef, PodRef } from '@virtual-kubelet/provider';
import type { KubeletApiOptions } from '../kubelet-api-options.js';
import { cadvisorMetricsOf, metricsContentType, probeMetricsOf, resourceMetricsOf } from '../metrics/index.js';
import { anyRunning, imageOf, statusOf } from '../pod-lookup.js';
import type { Reply } from '../reply.js';
import { json, text } from '../reply.js';
import type { RouteName } from '../routes.js';
import { statsReader, summaryOf } from '../stats/index.js';
import type { NodeUsage } from '../stats/index.js';
import type { RequestCall } from './request-call.js';
import { runCommand } from './run-command.js';
import { notImplemented } from './target.js';

/** Answers one kind of request. */
export type Answer = (call: RequestCall) => Promise<Reply> | Reply;

/** Routes that are answered at once; logs and streams are not among them. */
export type AnsweredRoute = Exclude<RouteName, 'attach' | 'containerLogs' | 'exec' | 'portForward'>;

function podList(pods: readonly Pod[]): Reply {
  return json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods });
}

function prometheus(body: string): Reply {
  return { status: 200, contentType: metricsContentType, body };
}

/** Checks are named as a kubelet names them; this node has no separate ones. */
const checks = ['ping', 'log', 'syncloop'];

function health(call: RequestCall, problems: readonly string[]): Reply {
  const check = call.url.pathname.replace(/^\/healthz\/?/, '');
  if (check !== '' && !checks.includes(check)) return text(404, '404 page not found');
  if (problems.length === 0 && check === '' && call.url.searchParams.has('verbose'))
    return text(200, `${checks.map((name) => `[+]${name} ok\n`).join('')}healthz check passed\n`);
  return problems.length === 0 ? text(200, 'ok') : text(500, `healthz check failed\n${problems.join('\n')}`);
}

/** The answers of one node's API. */
export function answersOf(options: KubeletApiOptions): Readonly<Record<AnsweredRoute, Answer>> {
  const { provider, pods, clock, contextOf, capacity } = options;
  const stats = provider.getStats
    ? statsReader({
        provider: { getStats: provider.getStats.bind(provider) },
        clock,
        contextOf: (signal, deadline) => contextOf('stats', signal, deadline),
      })
    : undefined;
  const startTime = clock.wall();

  /** Undefined when it cannot be read: the metrics then say that. */
  const usage = async (call: RequestCall): Promise<NodeUsage | undefined> => {
    try {
      return await stats?.read(call.gone);
    } catch (error) {
      call.gone.throwIfAborted();
      options.logger.warn('the use of the node cannot be read', { error: messageOf(error) });
      return undefined;
    }
  };

  const podOf = ({ namespace, name, uid }: PodRef): Pod | undefined => {
    const pod = pods.find(namespace, name);
    return pod?.metadata?.uid === uid ? pod : undefined;
  };
  const facts = {
    imageOf: ({ pod: ref, container }: ContainerRef) => {
      const pod = podOf(ref);
      return pod && imageOf(pod, container);
    },
    /** As in a kubelet, without the name of the runtime before it. */
    containerIdOf: ({ pod: ref, container }: ContainerRef) => {
      const pod = podOf(ref);
      return pod && statusOf(pod, container)?.containerID?.replace(/^.*:\/\//, '');
    },
  };

  return {
    healthz: (call) => health(call, options.problems()),
    pods: () => podList(pods.list()),
    runningPods: () => podList(pods.list().filter(anyRunning)),
    configz: () => json({ kubeletconfig: options.configuration() }),
    nodeLogs: () => text(405, 'logs endpoint is disabled.'),
    metrics: () => prometheus(options.metrics()),
    probes: async (call) => prometheus(probeMetricsOf((await usage(call))?.probes)),
    resource: async (call) => prometheus(resourceMetricsOf(await usage(call))),
    cadvisor: async (call) => prometheus(cadvisorMetricsOf(await usage(call), { ...capacity(), ...facts })),
    run: (call) => runCommand(call, options),
    async summary(call) {
      if (!stats) return notImplemented;
      try {
        const seen = await stats.read(call.gone);
        const started = new Map(pods.list().map(({ metadata, status }) => [metadata?.uid, status?.startTime]));
        const podStartTime = ({ uid }: PodRef): string | undefined => started.get(uid);
        return json(summaryOf(seen, { nodeName: options.node, startTime, podStartTime }));
      } catch (error) {
        call.gone.throwIfAborted();
        return text(500, `the use of the node cannot be read: ${messageOf(error)}`);
      }
    },
  };
}
