import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock, systemIds, systemRandom } from '@virtual-kubelet/base';
import type { IssuedCertificate } from '@virtual-kubelet/certificates';
import { startControlPlane } from '@virtual-kubelet/playground';
import { apiRequest } from './harness/api-request.js';
import type { ControlPlane, KubectlOptions, KubectlResult } from './harness/control-plane.js';
import { runKubectl } from './harness/kubectl.js';
import { createNamespace } from './harness/namespaces.js';

/** What a case asks of a cluster, which a real control plane has as well as a playground. */
export type Cluster = Pick<ControlPlane, 'baseUrl' | 'caPem' | 'kubeconfig' | 'request' | 'createNamespace' | 'close'>;

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

/** Starts a playground in this process, with all its controllers, on loopback. Only an administrator knows it. */
export async function startPlaygroundCluster(): Promise<PlaygroundCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'vk-playground-'));
  const playground = await startControlPlane({
    clock: systemClock,
    random: systemRandom,
    ids: systemIds,
    listen: {},
  });
  const { served } = playground;
  if (served === undefined) throw new Error('the playground does not listen');
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, served.kubeconfig(), { mode: 0o600 });
  const administrator = served.authority.client({ username: 'system:admin', groups: ['system:masters'] });
  const target = { baseUrl: served.url, caPem: served.authority.certificatePem, credentials: administrator };
  const request: Cluster['request'] = (path, call) => apiRequest(target, path, call);
  return {
    baseUrl: served.url,
    caPem: target.caPem,
    administrator,
    kubeconfig: () => kubeconfig,
    request,
    createNamespace: (name) => createNamespace(request, name),
    async close() {
      await playground.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
