import type { Lane, MetricRegistry, TransportRequest } from '@virtual-kubelet/base';
import type { TransportErrorKind } from './transport-error.js';

/** Counts requests: once per answer or broken exchange. */
export type RequestCounter = (request: TransportRequest, lane: Lane, outcome: number | TransportErrorKind) => void;

/**
 * The resource a path is about, with its subresource: `pods/status`. The set is bounded because only our own code asks
 * for paths; names of objects never get in.
 */
function resourceOf(path: string): string {
  const segments = (path.split('?', 1)[0] ?? '').split('/').slice(1);
  const rest = segments[0] === 'api' ? segments.slice(2) : segments.slice(3);
  if ((segments[0] !== 'api' && segments[0] !== 'apis') || !rest[0]) return 'other';
  const [collection, , below] = rest;
  const ownSubresource = below === undefined || below === 'status' || below === 'finalize';
  const [resource, , subresource] = collection === 'namespaces' && !ownSubresource ? rest.slice(2) : rest;
  return subresource ? `${resource}/${subresource}` : (resource ?? 'other');
}

/** Makes the counter, or one that does nothing where there is no registry. */
export function requestCounter(metrics: MetricRegistry | undefined): RequestCounter {
  if (metrics === undefined) return () => undefined;
  const count = metrics.counter({
    name: 'virtual_kubelet_api_requests_total',
    help: 'Requests to the API server by lane, method, resource, and HTTP status or how the exchange broke.',
    labels: ['lane', 'method', 'resource', 'status'],
  });
  return (request, lane, outcome) => count(lane, request.method, resourceOf(request.path), String(outcome)).add();
}
