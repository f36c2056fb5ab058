import type { ClusterConfig, UserConfig } from '../cluster-config.js';
import { clientError } from '../errors.js';
import { readCluster } from './cluster-entry.js';
import type { Kubeconfig, NamedEntry } from './kubeconfig-file.js';
import { readUser } from './user-entry.js';

/** Contexts a message names before it says "and more". */
const namesShown = 10;

function listOf(names: Iterable<string>): string {
  const all = [...names];
  if (all.length === 0) return 'none';
  const more = all.length > namesShown ? ` and ${all.length - namesShown} more` : '';
  return `${all.slice(0, namesShown).join(', ')}${more}`;
}

function chosenContext(kubeconfig: Kubeconfig, wanted: string | undefined): NamedEntry {
  const name = wanted ?? kubeconfig.currentContext;
  const found = name === undefined ? undefined : kubeconfig.contexts.get(name);
  if (found !== undefined) return found;
  const problem = name === undefined ? 'no current-context is set' : `there is no context "${name}"`;
  throw clientError('VK_KUBECONFIG_CONTEXT', {
    problem,
    files: kubeconfig.files.join(', '),
    contexts: listOf(kubeconfig.contexts.keys()),
  });
}

function referred(kubeconfig: Kubeconfig, context: NamedEntry, kind: 'cluster' | 'user'): NamedEntry | undefined {
  const name = context.contents.text(kind);
  if (name === undefined) return undefined;
  const found = (kind === 'cluster' ? kubeconfig.clusters : kubeconfig.users).get(name);
  if (found !== undefined) return found;
  throw clientError('VK_KUBECONFIG_REFERENCE', {
    at: context.contents.at(kind),
    context: context.name,
    kind,
    name,
    files: kubeconfig.files.join(', '),
  });
}

/** What one context of a kubeconfig means. `context` defaults to the file's current one. */
export function clusterConfigOf(kubeconfig: Kubeconfig, context?: string): ClusterConfig {
  const chosen = chosenContext(kubeconfig, context);
  const cluster = referred(kubeconfig, chosen, 'cluster');
  if (cluster === undefined) throw chosen.contents.invalid('cluster', 'is missing');
  const user = referred(kubeconfig, chosen, 'user');
  const origin = `context "${chosen.name}" of ${chosen.file}`;
  const nobody: UserConfig = { origin, authentication: { kind: 'none' } };
  return {
    origin,
    ...readCluster(cluster),
    namespace: chosen.contents.text('namespace') ?? 'default',
    user: user === undefined ? nobody : readUser(user),
  };
}
