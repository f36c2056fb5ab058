import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock, systemIds, systemRandom } from '@virtual-kubelet/base';
import type { IssuedCertificate } from '@virtual-kubelet/certificates';
import type { ControlPlane as StartedControlPlane, Snapshot } from '@virtual-kubelet/playground';
import { createPlaygroundCredentials, snapshotOf, startControlPlane } from '@virtual-kubelet/playground';
import { apiRequest } from './harness/api-request.js';
import type { ControlPlane, KubectlOptions, KubectlResult } from './harness/control-plane.js';
import { runKubectl } from './harness/kubectl.js';
import { createNamespace } from './harness/namespaces.js';

/** What a case asks of a cluster, which a real control plane has as well as a playground. */
export type Cluster = Pick<
  ControlPlane,
  'baseUrl' | 'caPem' | 'kubeconfig' | 'request' | 'createNamespace' | 'killApiServer' | 'startApiServer' | 'close'
>;

/** A cluster on which somebody works with stock kubectl, as administrator. */
export interface KubectlCluster extends Cluster {
  readonly handle: { readonly kubectlPath: string };
  kubectl(args: readonly string[], options?: Pick<KubectlOptions, 'input' | 'signal'>): Promise<KubectlResult>;
}

/** Gives a cluster one of the kubectls of this machine. */
export function withKubectl(cluster: Cluster, kubectlPath: string): KubectlCluster {
  const place = { path: kubectlPath, kubeconfig: cluster.kubeconfig() };
  const cacheFolder = join(dirname(place.kubeconfig), 'cache');
  return {
    ...cluster,
    handle: { kubectlPath },
    kubectl: (args, options = {}) => runKubectl({ ...place, cacheFolder, arguments: args, ...options }),
  };
}

/** A playground as a cluster, and what its administrator shows. */
export interface PlaygroundCluster extends Cluster {
  readonly administrator: IssuedCertificate;
}

/**
 * Starts a playground in this process, with all its controllers, on loopback. Only an administrator knows it. When its API
 * server is ended the objects stay, as with etcd, and the next one is at the same address with the same authority.
 */
export async function startPlaygroundCluster(): Promise<PlaygroundCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'vk-playground-'));
  const parts = { clock: systemClock, ids: systemIds };
  const credentials = createPlaygroundCredentials(parts);
  const start = (port?: number, snapshot?: Snapshot): Promise<StartedControlPlane> =>
    startControlPlane({
      ...parts,
      random: systemRandom,
      credentials,
      listen: port === undefined ? {} : { port },
      ...(snapshot === undefined ? {} : { snapshot }),
    });
  let playground = await start();
  const { served } = playground;
  if (served === undefined) throw new Error('the playground does not listen');
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, served.kubeconfig(), { mode: 0o600 });
  const { administrator } = credentials;
  const target = { baseUrl: served.url, caPem: served.authority.certificatePem, credentials: administrator };
  const request: Cluster['request'] = (path, call) => apiRequest(target, path, call);
  return {
    baseUrl: served.url,
    caPem: target.caPem,
    administrator,
    kubeconfig: () => kubeconfig,
    request,
    createNamespace: (name) => createNamespace(request, name),
    killApiServer: () => playground.stop(),
    async startApiServer() {
      playground = await start(served.port, snapshotOf(playground.playground.server.store.state));
    },
    async close() {
      await playground.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
