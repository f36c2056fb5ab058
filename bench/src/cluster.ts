import { homedir } from 'node:os';
import type { Transport } from '@virtual-kubelet/base';
import { systemClock, systemRandom } from '@virtual-kubelet/base';
import type { ApiClient } from '@virtual-kubelet/client';
import {
  connect,
  createApiClient,
  isNotFound,
  loadClusterConfig,
  resources,
  serverVersion,
  systemFiles,
} from '@virtual-kubelet/client';
import { startChild } from './child.js';
import { places } from './places.js';
import { waitUntil } from './wait.js';

/** The API server everything is measured on. */
export interface Cluster {
  readonly kubeconfig: string;
  readonly transport: Transport;
  readonly client: ApiClient;
  readonly version: string;
  /** Seconds from its start to its readiness; absent where it was there before. */
  readonly startSeconds?: number;
  /** A namespace of its own in which pods can be created. */
  namespace(name: string): Promise<string>;
  /** Removes a Node and its Lease, if they are there. */
  forgetNode(name: string): Promise<void>;
  close(): Promise<void>;
}

/** A transport to the cluster of a kubeconfig. */
export async function transportTo(kubeconfig: string): Promise<Transport> {
  const config = await loadClusterConfig({ files: systemFiles, env: {}, home: homedir() }, { kubeconfig });
  return connect(config, { userAgent: 'virtual-kubelet-bench' });
}

async function unlessAbsent(run: Promise<unknown>): Promise<void> {
  await run.catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}

/** Uses a cluster through a kubeconfig of an administrator. */
export async function attachCluster(kubeconfig: string): Promise<Cluster> {
  const transport = await transportTo(kubeconfig);
  const parts = { transport, clock: systemClock, random: systemRandom };
  const client = createApiClient(parts);
  const { gitVersion } = await serverVersion(parts);
  return {
    kubeconfig,
    transport,
    client,
    version: gitVersion,
    async namespace(name) {
      await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      const account = { namespace: name, name: 'default' };
      await waitUntil(`the default account of ${name}`, () =>
        client.get(resources.serviceAccounts, account).catch(() => undefined),
      );
      return name;
    },
    async forgetNode(name) {
      await unlessAbsent(client.delete(resources.nodes, { name }));
      await unlessAbsent(client.delete(resources.leases, { namespace: 'kube-node-lease', name }));
    },
    close: () => transport.close(),
  };
}

/** Starts a control plane with the settings of load tests: no limits of its own, clients that are not throttled, no audit log. */
export async function startCluster(): Promise<Cluster> {
  const began = performance.now();
  const plane = startChild(process.execPath, [places.controlPlane, '--load']);
  const kubeconfig = await plane.firstLine();
  const startSeconds = (performance.now() - began) / 1_000;
  const cluster = await attachCluster(kubeconfig);
  return {
    ...cluster,
    startSeconds,
    async close() {
      await cluster.close();
      await plane.stop();
    },
  };
}
