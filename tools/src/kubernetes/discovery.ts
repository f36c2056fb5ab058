/** Reads the discovery documents of a release. */
import type { GroupVersionKind, Resource } from './model.js';
import { groupVersionOf, groupVersions } from './model.js';

interface DiscoveredSubresource {
  readonly subresource: string;
  readonly responseKind: GroupVersionKind;
  readonly verbs: readonly string[];
}

interface DiscoveredResource {
  readonly resource: string;
  readonly responseKind: GroupVersionKind;
  readonly singularResource: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly DiscoveredSubresource[];
}

/** `aggregated_v2.json`: every group but core. */
export interface DiscoveryDocument {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources: readonly DiscoveredResource[];
    }[];
  }[];
}

/** `api__v1.json`: the core group, one flat list. */
export interface LegacyResourceList {
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly group?: string;
    readonly version?: string;
    readonly singularName: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
    readonly shortNames?: readonly string[];
    readonly categories?: readonly string[];
  }[];
}

/** Resources of the group versions that are generated, in their order. */
export function readResources(groups: DiscoveryDocument, core: LegacyResourceList): readonly Resource[] {
  return [...readGroups(groups), ...readCore(core)].toSorted(byGroupThenName);
}

/** The core group is published only in the older form of discovery, one flat list. */
function readCore(list: LegacyResourceList): Resource[] {
  const core = { group: '', version: 'v1' };
  return list.resources
    .filter((entry) => !entry.name.includes('/'))
    .map((entry) => ({
      ...core,
      name: entry.name,
      kind: entry.kind,
      singularName: entry.singularName,
      namespaced: entry.namespaced,
      verbs: entry.verbs,
      shortNames: entry.shortNames ?? [],
      categories: entry.categories ?? [],
      subresources: list.resources
        .filter((sub) => sub.name.startsWith(`${entry.name}/`))
        .map((sub) => ({
          name: sub.name.slice(entry.name.length + 1),
          kind: { group: sub.group ?? '', version: sub.version ?? 'v1', kind: sub.kind },
          verbs: sub.verbs,
        })),
    }));
}

function readGroups(document: DiscoveryDocument): Resource[] {
  return document.items.flatMap((group) =>
    group.versions
      .filter(({ version }) => groupVersions.includes(`${group.metadata.name}/${version}`))
      .flatMap(({ version, resources }) =>
        resources.map((entry) => {
          const here = { group: group.metadata.name, version };
          return {
            ...here,
            name: entry.resource,
            kind: entry.responseKind.kind,
            singularName: entry.singularResource,
            namespaced: entry.scope === 'Namespaced',
            verbs: entry.verbs,
            shortNames: entry.shortNames ?? [],
            categories: entry.categories ?? [],
            subresources: (entry.subresources ?? []).map((sub) => ({
              name: sub.subresource,
              kind: fillKind(sub.responseKind, here),
              verbs: sub.verbs,
            })),
          };
        }),
      ),
  );
}

/** Discovery leaves group and version empty where they are those of the enclosing list. */
function fillKind(
  kind: GroupVersionKind,
  here: { readonly group: string; readonly version: string },
): GroupVersionKind {
  return kind.version === '' ? { ...here, kind: kind.kind } : kind;
}

function byGroupThenName(a: Resource, b: Resource): number {
  const order = (r: Resource): number => groupVersions.indexOf(groupVersionOf(r));
  return order(a) - order(b) || (a.name < b.name ? -1 : 1);
}
