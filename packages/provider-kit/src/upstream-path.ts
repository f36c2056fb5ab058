import type { StreamRequest } from '@virtual-kubelet/provider';

/** What an API server calls the parameters that kubelets call otherwise; a kubelet's `1` is its `true`. */
const apiServerNames: ReadonlyMap<string, string> = new Map([
  ['input', 'stdin'],
  ['output', 'stdout'],
  ['error', 'stderr'],
  ['tty', 'tty'],
]);

function searchOf(query: string): string {
  return query === '' ? '' : `?${query}`;
}

/** Path and query of the same stream on a kubelet, for `upstream` of a provider that fronts one. */
export function kubeletPath({ kind, pod, container, query }: StreamRequest): string {
  const route = kind === 'logs' ? 'containerLogs' : kind;
  const names = [pod.namespace, pod.name, ...(container === undefined ? [] : [container])];
  return `/${route}/${names.map(encodeURIComponent).join('/')}${searchOf(query)}`;
}

function apiServerParameter(kind: StreamRequest['kind'], [name, value]: readonly [string, string]): [string, string] {
  if (kind === 'portForward') return [name === 'port' ? 'ports' : name, value];
  const known = kind === 'logs' ? undefined : apiServerNames.get(name);
  return known === undefined ? [name, value] : [known, value === '1' ? 'true' : value];
}

/**
 * Path and query of the same stream on an API server, for `upstream` of a provider whose pods run in another cluster. Give a
 * request that names the pod as it is called there.
 */
export function apiServerPath({ kind, pod, container, query }: StreamRequest): string {
  const subresource = kind === 'logs' ? 'log' : kind.toLowerCase();
  const parameters = [...new URLSearchParams(query)].map((each) => apiServerParameter(kind, each));
  if (container !== undefined) parameters.push(['container', container]);
  const names = `namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}`;
  return `/api/v1/${names}/${subresource}${searchOf(new URLSearchParams(parameters).toString())}`;
}
