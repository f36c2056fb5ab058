import { delimiter, join } from 'node:path';
import type { ClusterConfig } from './cluster-config.js';
import { clientError } from './errors.js';
import type { Environment, Files } from './files.js';
import { inClusterConfig, isInCluster } from './in-cluster.js';
import { clusterConfigOf } from './kubeconfig/kubeconfig.js';
import { mergeKubeconfigs, parseKubeconfig } from './kubeconfig/kubeconfig-file.js';
import type { Kubeconfig } from './kubeconfig/kubeconfig-file.js';
import { proxyFromEnvironment } from './proxy-environment.js';

/** Where configuration is looked for. */
export interface ConfigSources {
  readonly files: Files;
  readonly env: Environment;
  /** Home directory. @default none: `~/.kube/config` is not looked for */
  readonly home?: string;
}

/** What the user asked for. */
export interface LoadConfigOptions {
  /** Path of one file: `--kubeconfig`. */
  readonly kubeconfig?: string;
  /** Name of a context. @default the current one */
  readonly context?: string;
}

async function readKubeconfig(files: Files, path: string): Promise<Kubeconfig | undefined> {
  const text = await files.readText(path).catch((thrown: unknown) => {
    const detail = thrown instanceof Error ? thrown.message : 'unknown reason';
    throw clientError('VK_KUBECONFIG_UNREADABLE', { path, detail }, thrown);
  });
  return text === undefined ? undefined : parseKubeconfig(path, text);
}

/** Files of a list that do not exist are passed over, as kubectl does, unless all of them are missing. */
async function readList(files: Files, paths: readonly string[], from: string): Promise<Kubeconfig> {
  const all = await Promise.all(paths.map((path) => readKubeconfig(files, path)));
  const there = all.filter((one) => one !== undefined);
  if (there.length > 0) return mergeKubeconfigs(there);
  throw clientError('VK_KUBECONFIG_MISSING', { from, files: paths.join(', ') });
}

async function find(sources: ConfigSources, options: LoadConfigOptions): Promise<ClusterConfig> {
  const { files, env, home } = sources;
  const { kubeconfig: explicit, context } = options;
  if (explicit) return clusterConfigOf(await readList(files, [explicit], '--kubeconfig'), context);

  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  if (listed.length > 0) return clusterConfigOf(await readList(files, listed, 'KUBECONFIG'), context);

  const usual = home ? join(home, '.kube', 'config') : undefined;
  const found = usual === undefined ? undefined : await readKubeconfig(files, usual);
  if (found !== undefined) return clusterConfigOf(found, context);

  if (isInCluster(env)) return inClusterConfig(files, env);
  const tried = `KUBECONFIG is not set, ${usual ?? '~/.kube/config'} does not exist, and this is not a pod`;
  throw clientError('VK_CLUSTER_NONE', { tried });
}

/**
 * Finds the cluster: `options.kubeconfig`, else the files of `KUBECONFIG`, else `~/.kube/config` if it exists, else the
 * service account of the pod. A file that was asked for and is missing is an error, never a reason to look further. A
 * configuration without `proxy-url` takes the proxy of the environment, as with kubectl.
 */
export async function loadClusterConfig(
  sources: ConfigSources,
  options: LoadConfigOptions = {},
): Promise<ClusterConfig> {
  const config = await find(sources, options);
  if (config.proxy !== undefined) return config;
  const proxy = proxyFromEnvironment(config.server, sources.env);
  return proxy === undefined ? config : { ...config, proxy };
}
