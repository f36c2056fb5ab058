import type { MetricRegistry } from '@virtual-kubelet/base';

/** What a request was answered over. A tunnel of SPDY in a WebSocket is a WebSocket. */
export type AnswerProtocol = 'HTTP' | 'SPDY' | 'WebSocket';

/** Told of what the API did. */
export interface KubeletApiMetrics {
  /**
   * A request was answered. A stream is answered with 101, and counted when it ends; any other status is HTTP.
   * @param route name of the route, or `unknown`
   */
  answered(route: string, status: number, protocol: AnswerProtocol): void;
  /** A stream (exec, attach, port-forward, log) began or ended. */
  stream(change: 1 | -1): void;
}

/** Counts nothing. */
export const silentMetrics: KubeletApiMetrics = {
  answered: () => undefined,
  stream: () => undefined,
};

/** Declares the API's families. Once per registry: all nodes of a process share the result. */
export function kubeletApiMetrics(registry: MetricRegistry): KubeletApiMetrics {
  const requests = registry.counter({
    name: 'virtual_kubelet_kubelet_api_requests_total',
    help: 'Requests to the kubelet APIs of all nodes, by route, HTTP status and protocol. 401 and 403 are the ones to watch.',
    labels: ['route', 'code', 'protocol'],
  });
  let streams = 0;
  registry.observedGauge(
    {
      name: 'virtual_kubelet_kubelet_api_streams',
      help: 'Open streams (exec, attach, port-forward, logs) of the kubelet APIs of all nodes.',
    },
    () => streams,
  );
  return {
    answered: (route, status, protocol) => requests(route, String(status), protocol).add(),
    stream(change) {
      streams += change;
    },
  };
}
