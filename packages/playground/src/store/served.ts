/** The resources this server keeps, with the rules of each. */
import type { ApiResource } from '@virtual-kubelet/kubernetes/internal';
import { apiResources } from '@virtual-kubelet/kubernetes/internal';
import { formatApiVersion } from '@virtual-kubelet/kubernetes';
import { metricsResources } from './metrics/metrics-resources.js';
import type { ServedResource } from './resource.js';
import { rulesOf } from './rules/index.js';

const served: ReadonlyMap<string, ServedResource> = new Map(
  [...apiResources, ...metricsResources].map((resource) => [
    `${formatApiVersion(resource)} ${resource.name}`,
    serve(resource),
  ]),
);

function serve(resource: ApiResource): ServedResource {
  const { group, name } = resource;
  const own = group === '' ? name : `${group}/${name}`;
  const storage = own === 'events.k8s.io/events' ? 'events' : own;
  return { ...resource, apiVersion: formatApiVersion(resource), storage, rules: rulesOf(resource) };
}

/** Every resource served. */
export const servedResources: readonly ServedResource[] = [...served.values()];

/** Finds a resource, for example `apps/v1`, `deployments`. */
export function servedResource(apiVersion: string, name: string): ServedResource | undefined {
  return served.get(`${apiVersion} ${name}`);
}

/** Finds a resource that must exist: for the server's own reads and writes. */
export function knownResource(apiVersion: string, name: string): ServedResource {
  const found = servedResource(apiVersion, name);
  if (found === undefined) throw new TypeError(`${apiVersion} ${name} is not served`);
  return found;
}
