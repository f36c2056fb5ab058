/** What the server says about itself: its version, health, and the resources it serves. */
import type { Answer } from '../answer.js';
import { answer } from '../answer.js';
import type { Json } from '../json.js';
import { noSuchPath } from '../refusal.js';
import type { PathRequest } from '../request.js';
import type { ServedResource } from '../resource.js';
import type { Served } from '../served.js';
import { openApiAnswer } from '../openapi/openapi.js';
import { aggregatedDiscovery, aggregatedVersion } from './aggregated.js';

const version = {
  major: '1',
  minor: '37',
  gitVersion: 'v1.37.2+playground',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'node',
  platform: 'linux/amd64',
};

const paths = [
  '/api',
  '/api/v1',
  '/apis',
  '/healthz',
  '/livez',
  '/openapi/v2',
  '/openapi/v3',
  '/readyz',
  '/version',
] as const;

/** Answers a request that is not about a resource. Throws a Refusal for unknown paths. */
export function discoveryAnswer(request: PathRequest, served: Served): Answer {
  const path = request.path.length > 1 ? request.path.replace(/\/$/, '') : request.path;
  if (/^\/(healthz|livez|readyz)(\/|$)/.test(path)) return { is: 'text', code: 200, text: 'ok' };
  if (path === '/version') return answer(200, version);
  const aggregated = path === '/api' || path === '/apis' ? aggregatedVersion(request.accept) : undefined;
  if (aggregated !== undefined) return aggregatedDiscovery(served, path === '/api' ? 'core' : 'groups', aggregated);
  if (path === '/openapi/v2' || path.startsWith('/openapi/v3')) return openApiAnswer(served, path, request.accept);
  if (path === '/api') return answer(200, { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] });
  if (path === '/apis') return answer(200, { kind: 'APIGroupList', apiVersion: 'v1', groups: groups(served) });
  if (path === '/') return answer(200, { paths: paths });
  return groupAnswer(served, path);
}

function groupAnswer(served: Served, path: string): Answer {
  const [, root, ...rest] = path.split('/');
  const apiVersion = root === 'api' || root === 'apis' ? rest.join('/') : '';
  const resources = served.resources.filter((resource) => resource.apiVersion === apiVersion);
  const isRightRoot = (root === 'api') === (rest.length === 1);
  if (resources.length > 0 && isRightRoot) return answer(200, resourceList(apiVersion, resources));
  const group =
    root === 'apis' && rest.length === 1 ? groups(served).find((one) => one.name === apiVersion) : undefined;
  if (group === undefined) return unknownPath(served, root, rest[0] ?? '');
  return answer(200, { kind: 'APIGroup', apiVersion: 'v1', ...group });
}

/** Only below the groups that are there is a path answered in the form of the API. */
function unknownPath(served: Served, root: string | undefined, group: string): Answer {
  if (root === 'apis' && groups(served).some(({ name }) => name === group)) throw noSuchPath();
  return { is: 'text', code: 404, text: '404 page not found\n' };
}

function groups({ resources }: Served): readonly Json[] {
  const names = [...new Set(resources.map((resource) => resource.group))].filter((name) => name !== '');
  return names.map((name) => {
    const own = resources.filter((resource) => resource.group === name).map((resource) => resource.version);
    const versions = [...new Set(own)].map((each) => ({ groupVersion: `${name}/${each}`, version: each }));
    return { name, versions, preferredVersion: versions[0] };
  });
}

function resourceList(groupVersion: string, resources: readonly ServedResource[]): Json {
  return {
    kind: 'APIResourceList',
    ...(groupVersion === 'v1' ? {} : { apiVersion: 'v1' }),
    groupVersion,
    resources: resources.flatMap((resource) => [resourceEntry(resource), ...subresourceEntries(resource)]),
  };
}

function resourceEntry(resource: ServedResource): Json {
  const { name, singularName, namespaced, kind, verbs, shortNames, categories } = resource;
  return {
    name,
    singularName,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
}

function subresourceEntries(resource: ServedResource): readonly Json[] {
  return resource.subresources.map((each) => ({
    name: `${resource.name}/${each.name}`,
    singularName: '',
    namespaced: resource.namespaced,
    ...(each.group === resource.group && each.version === resource.version
      ? {}
      : { group: each.group, version: each.version }),
    kind: each.kind,
    verbs: each.verbs,
  }));
}
