/** The resources this server serves, with the rules of each: those of the API, and those that users defined. */
import type { ApiResource } from '@virtual-kubelet/kubernetes/internal';
import { apiResources } from '@virtual-kubelet/kubernetes/internal';
import { formatApiVersion, parseApiVersion } from '@virtual-kubelet/kubernetes';
import type { Document } from './answer.js';
import { customResourcesOf, definitionStorage } from './custom-resources/custom-resources.js';
import { formOfKind } from './form.js';
import { metricsResources } from './metrics/metrics-resources.js';
import type { ServedResource } from './resource.js';
import { rulesOf } from './rules/index.js';
import type { State } from './state.js';

/** What the API itself warns of, as `k8s.io/api/core/v1/lifecycle.go` has it. */
const deprecations: ReadonlyMap<string, string> = new Map([
  ['componentstatuses', 'v1 ComponentStatus is deprecated in v1.19+'],
  ['endpoints', 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'],
]);

function serve(resource: ApiResource): ServedResource {
  const { group, name, kind } = resource;
  const apiVersion = formatApiVersion(resource);
  const own = group === '' ? name : `${group}/${name}`;
  const storage = own === 'events.k8s.io/events' ? 'events' : own;
  const form = formOfKind(apiVersion, kind);
  const rules = rulesOf(resource);
  const deprecation = deprecations.get(own);
  return {
    ...resource,
    apiVersion,
    storage,
    rules,
    listKind: `${kind}List`,
    ...(form === undefined ? {} : { form }),
    ...(deprecation === undefined ? {} : { deprecation }),
  };
}

/** Every resource of the API itself. */
export const servedResources: readonly ServedResource[] = [...apiResources, ...metricsResources].map(serve);

/** What is served at one moment. */
export interface Served {
  /** Every resource, those of the API first. */
  readonly resources: readonly ServedResource[];
  /** Finds a resource, for example `apps/v1`, `deployments`. */
  find(apiVersion: string, name: string): ServedResource | undefined;
  /** Finds the resource of a kind, for example `apps/v1`, `Deployment`. */
  ofKind(apiVersion: string, kind: string): ServedResource | undefined;
  /** A document about these resources, made when it is first asked for. */
  document(key: string, make: () => Document): Document;
}

function servedOf(resources: readonly ServedResource[]): Served {
  const byName = new Map<string, ServedResource>();
  const byKind = new Map<string, ServedResource>();
  const documents = new Map<string, Document>();
  for (const resource of resources) {
    const [name, kind] = [`${resource.apiVersion} ${resource.name}`, `${resource.apiVersion} ${resource.kind}`];
    if (!byName.has(name)) byName.set(name, resource);
    if (!byKind.has(kind)) byKind.set(kind, resource);
  }
  return {
    resources,
    find: (apiVersion, name) => byName.get(`${apiVersion} ${name}`),
    ofKind: (apiVersion, kind) => byKind.get(`${apiVersion} ${kind}`) ?? ofAnyVersion(resources, apiVersion, kind),
    document(key, make) {
      const content = documents.get(key) ?? make();
      documents.set(key, content);
      return content;
    },
  };
}

/** Objects may be kept in a version that is not served. */
function ofAnyVersion(
  resources: readonly ServedResource[],
  apiVersion: string,
  kind: string,
): ServedResource | undefined {
  const { group } = parseApiVersion(apiVersion);
  return resources.find((one) => one.group === group && one.kind === kind);
}

/** What the API itself serves. */
const builtIn = servedOf(servedResources);

/** Finds a resource of the API itself, for example `apps/v1`, `deployments`. */
export function servedResource(apiVersion: string, name: string): ServedResource | undefined {
  return builtIn.find(apiVersion, name);
}

/** Finds a resource of the API itself that must exist: for the server's own reads and writes. */
export function knownResource(apiVersion: string, name: string): ServedResource {
  const found = servedResource(apiVersion, name);
  if (found === undefined) throw new TypeError(`${apiVersion} ${name} is not served`);
  return found;
}

/** Follows a state: what is served changes with the definitions of custom resources in it. */
export function followServed(state: State): () => Served {
  let current: Served | undefined;
  state.subscribe(({ storage }) => {
    if (storage === definitionStorage) current = undefined;
  });
  return () => (current ??= makeServed(state));
}

function makeServed(state: State): Served {
  const custom = customResourcesOf(state.collection(definitionStorage).objects());
  return custom.length === 0 ? builtIn : servedOf([...servedResources, ...custom]);
}
