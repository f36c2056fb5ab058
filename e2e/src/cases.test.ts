// The main cases by stock kubectl, on a playground and on real Kubernetes, and there by our own clients, too.
import type { Means } from './cases/index.js';
import { describeCases } from './cases/index.js';
import { kubectlDriver } from './drivers/kubectl-driver.js';
import { wireDriver } from './drivers/wire-driver.js';
import { sharedControlPlane } from './harness/index.js';
import { kubectlReleases } from './harness/kubectl-releases.js';
import { binaryPaths } from './harness/toolchain.js';
import type { Cluster } from './playground-cluster.js';
import { startPlaygroundCluster } from './playground-cluster.js';

const shared = sharedControlPlane();
const mayEnd = shared.handle.kind === 'own';

async function kubectlOn(cluster: Cluster, path: string): Promise<Means> {
  return { cluster, driver: kubectlDriver(cluster, path), close: () => cluster.close() };
}

async function wireOn(cluster: Cluster): Promise<Means> {
  const driver = await wireDriver(cluster);
  return { cluster, driver, close: () => driver.close() };
}

describeCases([
  ...kubectlReleases().map(({ release, path }) => ({
    name: `kubectl ${release}, a virtual node of a playground`,
    open: async () => kubectlOn(await startPlaygroundCluster(), path),
    mayEnd: true,
  })),
  {
    name: 'kubectl, a virtual node of real Kubernetes',
    open: () => kubectlOn(shared, binaryPaths(['kubectl']).kubectl),
    mayEnd,
  },
  { name: 'our own clients, a virtual node of real Kubernetes', open: () => wireOn(shared), mayEnd },
]);
