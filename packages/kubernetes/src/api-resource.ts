/** The resources a Kubernetes API server of the generated version serves, as its discovery lists them. */
import { apiResources } from './generated/resources.js';

/** A subresource such as `pods/status`. `group`, `version` and `kind` name what it reads and writes. */
export interface ApiSubresource {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

/** A resource such as `pods`. The core group is the empty string. */
export interface ApiResource {
  readonly group: string;
  readonly version: string;
  /** The plural name that stands in paths. */
  readonly name: string;
  readonly singularName: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly ApiSubresource[];
}

const byKind = new Map(apiResources.map((entry) => [`${groupVersionOf(entry)} ${entry.kind}`, entry]));
const byName = new Map(apiResources.map((entry) => [`${groupVersionOf(entry)} ${entry.name}`, entry]));

function groupVersionOf(resource: ApiResource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** Finds a resource by apiVersion and kind, for example `apps/v1`, `Deployment`. */
export function resourceOfKind(apiVersion: string, kind: string): ApiResource | undefined {
  return byKind.get(`${apiVersion} ${kind}`);
}

/** Finds a resource by apiVersion and plural name, for example `apps/v1`, `deployments`. */
export function resourceNamed(apiVersion: string, name: string): ApiResource | undefined {
  return byName.get(`${apiVersion} ${name}`);
}
