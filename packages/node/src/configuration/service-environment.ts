/** Environment variables that tell of Services (kubernetes/kubernetes:pkg/kubelet/envvars). */
import type { Service, ServicePort } from '@virtual-kubelet/kubernetes';
import { literal } from '@virtual-kubelet/provider';
import type { ClusterNetwork, Expression } from '@virtual-kubelet/provider';

/** Which Services a pod is told of. */
export interface ServiceLinks {
  /** The `kubernetes` Service of namespace `default`. */
  readonly kubernetes?: Service;
  /** Services of the pod's namespace; empty when the pod does not want service links. */
  readonly services: readonly Service[];
  /** Where pods reach the API server instead of the Service's cluster IP. */
  readonly apiServer?: ClusterNetwork['apiServer'];
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function clusterIP(service: Service): string | undefined {
  const ip = service.spec?.clusterIP;
  return ip === undefined || ip === '' || ip === 'None' ? undefined : ip;
}

function addPort(variables: Map<string, string>, port: ServicePort, at: { prefix: string; ip: string }): void {
  const protocol = port.protocol || 'TCP';
  const name = `${at.prefix}_PORT_${port.port}_${protocol.toUpperCase()}`;
  variables.set(name, `${protocol.toLowerCase()}://${hostPort(at.ip, port.port)}`);
  variables.set(`${name}_PROTO`, protocol.toLowerCase());
  variables.set(`${name}_PORT`, String(port.port));
  variables.set(`${name}_ADDR`, at.ip);
}

function addService(variables: Map<string, string>, service: Service): void {
  const ip = clusterIP(service);
  const ports = service.spec?.ports ?? [];
  const [first] = ports;
  if (ip === undefined || !first) return;
  const prefix = variableName(service.metadata?.name ?? '');
  variables.set(`${prefix}_SERVICE_HOST`, ip);
  variables.set(`${prefix}_SERVICE_PORT`, String(first.port));
  for (const port of ports) {
    if (port.name) variables.set(`${prefix}_SERVICE_PORT_${variableName(port.name)}`, String(port.port));
  }
  variables.set(`${prefix}_PORT`, `${(first.protocol || 'TCP').toLowerCase()}://${hostPort(ip, first.port)}`);
  for (const port of ports) addPort(variables, port, { prefix, ip });
}

/** For a pod in namespace `default` it is among its own Services too, but is what it is for everybody else. */
function isApiServer(service: Service): boolean {
  return service.metadata?.namespace === 'default' && service.metadata.name === 'kubernetes';
}

/** The API server as if it were a Service at the given address, so that pods far from the cluster network find it. */
function apiServerService(apiServer: NonNullable<ClusterNetwork['apiServer']>): Service {
  const ports = [{ name: 'https', port: apiServer.port, protocol: 'TCP' }];
  return {
    metadata: { name: 'kubernetes', namespace: 'default' },
    spec: { clusterIP: apiServer.host, ports },
  };
}

/**
 * The variables, in ascending order of names. Of a pod's own Services one called `kubernetes` takes the place of the
 * cluster's. Where two Services claim one variable, the one whose name sorts last has it.
 */
export function serviceEnvironment(links: ServiceLinks): ReadonlyMap<string, string> {
  const byName = new Map<string, Service>();
  const kubernetes = links.apiServer ? apiServerService(links.apiServer) : links.kubernetes;
  if (kubernetes) byName.set('kubernetes', kubernetes);
  for (const service of links.services) {
    if (clusterIP(service) !== undefined && !isApiServer(service)) byName.set(service.metadata?.name ?? '', service);
  }
  const variables = new Map<string, string>();
  for (const name of [...byName.keys()].toSorted()) addService(variables, byName.get(name) ?? {});
  return new Map([...variables].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** What tells one set of links from another; undefined where a Service does not say its version. */
function keyOf({ kubernetes, services, apiServer }: ServiceLinks): string | undefined {
  const all = kubernetes ? [kubernetes, ...services] : services;
  if (all.some(({ metadata }) => metadata?.uid === undefined || metadata.resourceVersion === undefined))
    return undefined;
  const versions = all.map(({ metadata }) => `${metadata?.uid}/${metadata?.resourceVersion}`);
  return [apiServer?.host, apiServer?.port, kubernetes !== undefined, ...versions].join(' ');
}

type Variables = ReadonlyMap<string, Expression>;

/** Sets of Services whose variables are kept. */
const mostKept = 16;

/**
 * Makes the variables as expressions. Pods of a namespace see the same Services, so all of them have the same expressions
 * instead of two kilobytes of copies each; what was not asked for last is forgotten.
 */
export function serviceVariablesMaker(): (links: ServiceLinks) => Variables {
  const kept = new Map<string, Variables>();
  return (links) => {
    const key = keyOf(links);
    const known = key === undefined ? undefined : kept.get(key);
    const variables = known ?? new Map([...serviceEnvironment(links)].map(([name, value]) => [name, literal(value)]));
    if (key === undefined) return variables;
    kept.delete(key);
    kept.set(key, variables);
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    return variables;
  };
}
