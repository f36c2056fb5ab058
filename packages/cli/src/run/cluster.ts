import { homedir } from 'node:os';
import type { Transport } from '@virtual-kubelet/base';
import type { ClusterConfig } from '@virtual-kubelet/client';
import { connect, loadClusterConfig, systemFiles } from '@virtual-kubelet/client';
import type { Logger, MetricRegistry } from '@virtual-kubelet/base';
import { systemClock } from '@virtual-kubelet/base';
import { version } from '../version.js';

/** Finds the cluster the user means. */
export async function findCluster(kubeconfig: string | undefined, context: string | undefined): Promise<ClusterConfig> {
  return loadClusterConfig(
    { files: systemFiles, env: process.env, home: homedir() },
    { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) },
  );
}

/** Opens the way to the cluster; nothing is sent yet. */
export async function openCluster(
  config: ClusterConfig,
  options: { logger: Logger; metrics?: MetricRegistry },
): Promise<Transport> {
  return connect(config, { clock: systemClock, userAgent: `virtual-kubelet/${version}`, ...options });
}
