import { execFileSync } from 'node:child_process';
import { resources } from '@virtual-kubelet/client';
import { startChild } from '../child.js';
import type { Cluster } from '../cluster.js';
import { places } from '../places.js';
import type { Agent } from './subject.js';

/** KWOK with the stages of `bench/kwok/stages.yaml`, one node, a lease of the length a kubelet has. */
export function kwok(cluster: Cluster, binary: string): Agent {
  return {
    name: 'kwok',
    version: execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim(),
    async prepare(node) {
      const metadata = { name: node, labels: { type: 'kwok', 'kubernetes.io/hostname': node } };
      await cluster.client.create(resources.nodes, { apiVersion: 'v1', kind: 'Node', metadata });
    },
    async start(node) {
      const child = startChild(binary, [
        `--kubeconfig=${cluster.kubeconfig}`,
        `--config=${places.kwokStages}`,
        `--manage-single-node=${node}`,
        '--node-lease-duration-seconds=40',
        '--cidr=10.0.0.0/16',
        '--node-ip=127.0.0.1',
      ]);
      return { node, pid: child.pid, log: child.log, stop: () => child.stop() };
    },
  };
}
