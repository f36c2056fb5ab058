import { sharedControlPlane, startControlPlane } from './harness/index.js';
import { kubectlReleases } from './harness/kubectl-releases.js';
import { binaryPaths } from './harness/toolchain.js';
import type { KubectlCluster } from './playground-cluster.js';
import { startPlaygroundCluster, withKubectl } from './playground-cluster.js';

/** An API server and a kubectl, which decide together how a node is spoken to. */
export interface KubeletGeneration {
  readonly name: string;
  readonly plane: () => Promise<KubectlCluster>;
  /** What streams of the node are asked for with, in the words of its metrics; unknown of a cluster that was given. */
  readonly protocol: 'SPDY' | 'WebSocket' | undefined;
  /** Whether stdout and stderr of a log can be asked for apart: alpha in Kubernetes, where the API server has to be told. */
  readonly splitsLogs: boolean;
}

const shared = sharedControlPlane();
const isOwn = shared.handle.kind === 'own';
const splitsLogs = true;
const older = (): Promise<KubectlCluster> => startControlPlane({ generation: '1.34', splitLogs: splitsLogs });

function crossed(): readonly KubeletGeneration[] {
  const { kubectl, 'kubectl-1.34': olderKubectl } = binaryPaths(['kubectl', 'kubectl-1.34']);
  return [
    { name: 'API server 1.34, SPDY to the node', plane: older, protocol: 'SPDY', splitsLogs },
    {
      name: 'API server 1.37, kubectl 1.34',
      plane: async () => withKubectl(await startControlPlane({ splitLogs: splitsLogs }), olderKubectl),
      protocol: 'WebSocket',
      splitsLogs,
    },
    {
      name: 'API server 1.34, kubectl 1.37',
      plane: async () => withKubectl(await older(), kubectl),
      protocol: 'SPDY',
      splitsLogs,
    },
  ];
}

/**
 * The newest API server passes WebSockets to the node; the older one speaks SPDY to it, whatever kubectl speaks. A cluster
 * that was given is one generation, whatever it is.
 */
export const generations: readonly KubeletGeneration[] = [
  {
    name: 'API server 1.37, WebSocket to the node',
    plane: async () => shared,
    protocol: isOwn ? 'WebSocket' : undefined,
    splitsLogs: false,
  },
  ...(isOwn ? crossed() : []),
  ...kubectlReleases().map(({ release, minor, path }): KubeletGeneration => ({
    name: `playground, kubectl ${release}`,
    plane: async () => withKubectl(await startPlaygroundCluster(), path),
    // The playground passes on what it is asked with.
    protocol: minor < 31 ? 'SPDY' : 'WebSocket',
    splitsLogs,
  })),
];
