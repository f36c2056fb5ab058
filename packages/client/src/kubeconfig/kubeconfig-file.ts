import { dirname } from 'node:path';
import { parseYamlMap } from './yaml-map.js';
import type { YamlMap } from './yaml-map.js';

/** A cluster, user or context: its contents, and the folder that relative paths in it start from. */
export interface NamedEntry {
  readonly name: string;
  readonly file: string;
  readonly folder: string;
  readonly contents: YamlMap;
}

/** One file, or several merged into one. Entries are looked into only when a context needs them. */
export interface Kubeconfig {
  readonly files: readonly string[];
  readonly currentContext?: string;
  readonly clusters: ReadonlyMap<string, NamedEntry>;
  readonly users: ReadonlyMap<string, NamedEntry>;
  readonly contexts: ReadonlyMap<string, NamedEntry>;
}

function entries(
  root: YamlMap,
  list: string,
  key: { readonly field: string; readonly file: string },
): ReadonlyMap<string, NamedEntry> {
  const found = new Map<string, NamedEntry>();
  for (const item of root.maps(list)) {
    const name = item.text('name');
    if (name === undefined) throw item.invalid('name', 'is missing');
    if (found.has(name)) throw item.invalid('name', `occurs twice in ${list}`);
    const contents = item.map(key.field) ?? parseYamlMap(key.file, '');
    found.set(name, { name, file: key.file, folder: dirname(key.file), contents });
  }
  return found;
}

/** Reads the text of one kubeconfig. */
export function parseKubeconfig(file: string, text: string): Kubeconfig {
  const root = parseYamlMap(file, text);
  const kind = root.text('kind');
  if (kind !== undefined && kind !== 'Config') throw root.invalid('kind', 'must be Config: this is not a kubeconfig');
  const currentContext = root.text('current-context');
  return {
    files: [file],
    ...(currentContext === undefined ? {} : { currentContext }),
    clusters: entries(root, 'clusters', { field: 'cluster', file }),
    users: entries(root, 'users', { field: 'user', file }),
    contexts: entries(root, 'contexts', { field: 'context', file }),
  };
}

function firstWins<T>(maps: readonly ReadonlyMap<string, T>[]): ReadonlyMap<string, T> {
  return new Map(maps.toReversed().flatMap((map) => [...map]));
}

/** Merges files as kubectl does: the first file that has an entry, or a current context, wins; entries are never mixed. */
export function mergeKubeconfigs(all: readonly Kubeconfig[]): Kubeconfig {
  const currentContext = all.find((one) => one.currentContext !== undefined)?.currentContext;
  return {
    files: all.flatMap((one) => one.files),
    ...(currentContext === undefined ? {} : { currentContext }),
    clusters: firstWins(all.map((one) => one.clusters)),
    users: firstWins(all.map((one) => one.users)),
    contexts: firstWins(all.map((one) => one.contexts)),
  };
}
