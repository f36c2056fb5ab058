import type { RequiredAccess } from './access/check-access.js';

/** What a path is for. Upgrades (exec, attach, portForward) are streams, everything else is a request with an answer. */
export type RouteName =
  | 'attach'
  | 'cadvisor'
  | 'configz'
  | 'containerLogs'
  | 'exec'
  | 'healthz'
  | 'metrics'
  | 'nodeLogs'
  | 'pods'
  | 'portForward'
  | 'probes'
  | 'resource'
  | 'run'
  | 'runningPods'
  | 'summary';

/** One row of the table of routes. */
export interface Route {
  readonly name: RouteName;
  /** Segments; `{x}` takes one, a trailing `*` takes any number. */
  readonly path: string;
  readonly methods: readonly string[];
  /** Subresources of the Node in the order they are tried; any one is enough. */
  readonly subresources: readonly string[];
  /**
   * Needed whatever the method: a WebSocket opens an exec with GET, and who may read must not thereby run commands.
   * @default the verb that belongs to the method
   */
  readonly verb?: 'create';
}

const read = ['GET'];
const open = ['GET', 'POST'];
const proxy = ['proxy'];

/**
 * Every path of the API, with what it needs (kubernetes/kubernetes:pkg/kubelet/server/{server,auth}.go; the fine-grained
 * subresources of KEP-2862 before `proxy`). The form with a UID is that of static pods: the UID must be the pod's.
 */
export const routes: readonly Route[] = [
  { name: 'healthz', path: '/healthz', methods: read, subresources: ['healthz', 'proxy'] },
  { name: 'healthz', path: '/healthz/*', methods: read, subresources: ['healthz', 'proxy'] },
  { name: 'pods', path: '/pods', methods: read, subresources: ['pods', 'proxy'] },
  { name: 'runningPods', path: '/runningpods', methods: read, subresources: ['pods', 'proxy'] },
  { name: 'configz', path: '/configz', methods: read, subresources: ['configz', 'proxy'] },
  { name: 'summary', path: '/stats/summary', methods: open, subresources: ['stats'] },
  { name: 'metrics', path: '/metrics', methods: read, subresources: ['metrics'] },
  { name: 'resource', path: '/metrics/resource', methods: read, subresources: ['metrics'] },
  { name: 'cadvisor', path: '/metrics/cadvisor', methods: read, subresources: ['metrics'] },
  { name: 'probes', path: '/metrics/probes', methods: read, subresources: ['metrics'] },
  { name: 'nodeLogs', path: '/logs/*', methods: read, subresources: ['log'] },
  {
    name: 'containerLogs',
    path: '/containerLogs/{namespace}/{pod}/{container}',
    methods: read,
    subresources: proxy,
  },
  { name: 'run', path: '/run/{namespace}/{pod}/{container}', methods: ['POST'], subresources: proxy, verb: 'create' },
  {
    name: 'run',
    path: '/run/{namespace}/{pod}/{uid}/{container}',
    methods: ['POST'],
    subresources: proxy,
    verb: 'create',
  },
  { name: 'exec', path: '/exec/{namespace}/{pod}/{container}', methods: open, subresources: proxy, verb: 'create' },
  {
    name: 'exec',
    path: '/exec/{namespace}/{pod}/{uid}/{container}',
    methods: open,
    subresources: proxy,
    verb: 'create',
  },
  { name: 'attach', path: '/attach/{namespace}/{pod}/{container}', methods: open, subresources: proxy, verb: 'create' },
  {
    name: 'attach',
    path: '/attach/{namespace}/{pod}/{uid}/{container}',
    methods: open,
    subresources: proxy,
    verb: 'create',
  },
  { name: 'portForward', path: '/portForward/{namespace}/{pod}', methods: open, subresources: proxy, verb: 'create' },
  {
    name: 'portForward',
    path: '/portForward/{namespace}/{pod}/{uid}',
    methods: open,
    subresources: proxy,
    verb: 'create',
  },
];

/** Parts of a path that a route names. */
export type RouteParameters = Readonly<Partial<Record<'namespace' | 'pod' | 'container' | 'uid', string>>>;

/** A route that fits a path. */
export interface RouteMatch {
  readonly route: Route;
  readonly parameters: RouteParameters;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function fit(pattern: readonly string[], segments: readonly string[]): RouteParameters | undefined {
  const parameters: Record<string, string> = {};
  for (const [at, want] of pattern.entries()) {
    if (want === '*') return parameters;
    const segment = segments[at];
    if (segment === undefined) return undefined;
    if (want.startsWith('{')) {
      const value = decoded(segment);
      if (value === undefined || value === '') return undefined;
      parameters[want.slice(1, -1)] = value;
    } else if (want !== segment) return undefined;
  }
  return segments.length === pattern.length ? parameters : undefined;
}

const patterns = routes.map((route) => ({ route, pattern: route.path.slice(1).split('/') }));

/** Finds the route of a path; case matters, one slash at the end does not. */
export function matchRoute(path: string): RouteMatch | undefined {
  const segments = path.replace(/^\//, '').replace(/\/$/, '').split('/');
  for (const { route, pattern } of patterns) {
    const parameters = fit(pattern, segments);
    if (parameters) return { route, parameters };
  }
  return undefined;
}

/** The address of a request line, in either of its forms; undefined for what is none. */
export function urlOf(target: string = ''): URL | undefined {
  try {
    // Never relative to a base: `//x` would be taken for a host.
    return new URL(target.startsWith('/') ? `https://node${target}` : target);
  } catch {
    return undefined;
  }
}

/** Name of the route that a request means, for those who count; `unknown` when there is none. */
export function routeName(target: string | undefined): RouteName | 'unknown' {
  const url = urlOf(target);
  return (url && matchRoute(url.pathname)?.route.name) ?? 'unknown';
}

const verbs = new Map([
  ['GET', 'get'],
  ['POST', 'create'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
]);

/** What a request needs. Paths nobody serves need `proxy`, so that they do not tell strangers what there is. */
export function requiredAccess(method: string, route: Route | undefined): RequiredAccess {
  return { verb: route?.verb ?? verbs.get(method) ?? '', subresources: route?.subresources ?? proxy };
}
