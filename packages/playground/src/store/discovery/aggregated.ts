/** Aggregated discovery: all groups and resources in one document (KEP-3352). */
import { mediaRanges, takesJson } from '../accept.js';
import type { DocumentAnswer } from '../answer.js';
import type { Json } from '../json.js';
import type { ServedResource } from '../resource.js';
import type { Served } from '../served.js';

/** Versions of the document. Only the older one is known to kubectl before 1.30. */
const versions = ['v2', 'v2beta1'] as const;

/** A version of the document. */
export type DiscoveryVersion = (typeof versions)[number];

/** The version a client asks for; undefined where it takes the plain lists first. */
export function aggregatedVersion(accept: string): DiscoveryVersion | undefined {
  for (const range of mediaRanges(accept)) {
    if (!takesJson(range)) continue;
    const as = range.parameter('as');
    if (as === undefined) return undefined;
    const version = versions.find((each) => each === range.parameter('v'));
    if (as === 'APIGroupDiscoveryList' && version !== undefined) return version;
  }
  return undefined;
}

/** The core group is at `/api`, all others at `/apis`. */
export type Scope = 'core' | 'groups';

/** Answers with the document of a scope. */
export function aggregatedDiscovery(served: Served, scope: Scope, version: DiscoveryVersion): DocumentAnswer {
  const content = served.document(`${scope} ${version}`, () => ({
    bytes: JSON.stringify(discoveryList(served.resources, scope, version)),
  }));
  const mediaType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  return { is: 'document', mediaType, content };
}

function discoveryList(resources: readonly ServedResource[], scope: Scope, version: DiscoveryVersion): Json {
  const groups = new Set(resources.map(({ group }) => group).filter((name) => (name === '') === (scope === 'core')));
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: [...groups].map((name) => groupEntry(resources, name)),
  };
}

function groupEntry(resources: readonly ServedResource[], name: string): Json {
  const own = resources.filter(({ group }) => group === name);
  const groupVersions = [...new Set(own.map(({ version }) => version))];
  return {
    metadata: name === '' ? {} : { name },
    versions: groupVersions.map((version) => ({
      version,
      freshness: 'Current',
      resources: own.filter((resource) => resource.version === version).map(resourceEntry),
    })),
  };
}

function resourceEntry(resource: ServedResource): Json {
  const { name, group, version, kind, namespaced, singularName, verbs, shortNames, categories } = resource;
  const subresources = resource.subresources.map((each) => ({
    subresource: each.name,
    responseKind: { group: each.group, version: each.version, kind: each.kind },
    verbs: each.verbs,
  }));
  return {
    resource: name,
    responseKind: { group, version, kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singularName,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}
