import type { MetricRegistry } from '@virtual-kubelet/base';

/** What an API call is for, in the words of RBAC. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

/** Why an informer read its whole selection again. */
export type ListReason = 'start' | 'expired' | 'closed' | 'malformed' | 'restored' | 'asked';

/** Which calls a number is about. */
export interface CallKind {
  readonly verb: Verb;
  /** With its subresource, as in `pods/status`. */
  readonly resource: string;
}

/** Told of what client and informers do. The transport counts the requests themselves. */
export interface ClientMetrics {
  /** A call ended; `seconds` with all its attempts. */
  called(kind: CallKind, seconds: number): void;
  /** A call is tried again because of this: an HTTP status, or how the exchange broke. */
  retried(kind: CallKind, because: string): void;
  /** An informer reads everything. */
  listed(resource: string, reason: ListReason): void;
  /** An informer handled events of a watch. */
  watched(resource: string, type: string): void;
}

/** Counts nothing. */
export const silentMetrics: ClientMetrics = {
  called: () => undefined,
  retried: () => undefined,
  listed: () => undefined,
  watched: () => undefined,
};

const buckets: readonly number[] = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Declares the client's families. Once per registry: all clients of a process share the result. */
export function clientMetrics(registry: MetricRegistry): ClientMetrics {
  const duration = registry.histogram({
    name: 'virtual_kubelet_api_call_duration_seconds',
    help: 'Time of calls to the API server, repetitions included, by verb and resource.',
    labels: ['verb', 'resource'],
    buckets,
  });
  const retries = registry.counter({
    name: 'virtual_kubelet_api_call_retries_total',
    help: 'Calls to the API server that were tried again, by verb, resource and what went wrong.',
    labels: ['verb', 'resource', 'because'],
  });
  const lists = registry.counter({
    name: 'virtual_kubelet_informer_lists_total',
    help: 'Times an informer read its whole selection, by resource and reason.',
    labels: ['resource', 'reason'],
  });
  const events = registry.counter({
    name: 'virtual_kubelet_informer_events_total',
    help: 'Events of watches by resource and type; skipped ones were not for us.',
    labels: ['resource', 'type'],
  });
  return {
    called: ({ verb, resource }, seconds) => duration(verb, resource).observe(seconds),
    retried: ({ verb, resource }, because) => retries(verb, resource, because).add(),
    listed: (resource, reason) => lists(resource, reason).add(),
    watched: (resource, type) => events(resource, type).add(),
  };
}
