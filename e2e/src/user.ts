import { waitFor } from './harness/wait.js';
import type { KubectlCluster } from './playground-cluster.js';
import type { VirtualKubelet } from './virtual-kubelet.js';
import { mockNodeFlags, startVirtualKubelet } from './virtual-kubelet.js';

/** What a user does with kubectl. Every step fails the test when kubectl does. */
export interface User {
  /** Runs kubectl and gives what it printed. */
  kubectl(...args: string[]): Promise<string>;
  /** Creates objects, given as values or as YAML. */
  create(...objects: readonly (object | string)[]): Promise<void>;
  /** Starts `virtual-kubelet` as administrator and waits until its node is Ready. */
  startNode(name: string, ...flags: readonly string[]): Promise<VirtualKubelet>;
  /** Where a Node says that its kubelet API is. */
  portOf(node: string): Promise<number>;
  /** Makes a ServiceAccount with the right to get a resource everywhere, by a ClusterRole of its name, and gives a token of it. */
  tokenOf(account: { readonly name: string; readonly namespace: string; readonly resource: string }): Promise<string>;
  /** Ends it and removes its Node. */
  stopNode(name: string, node: VirtualKubelet | undefined): Promise<void>;
}

/** Spec fields that put a pod on a virtual node, whatever its taint. */
export const onVirtualNode = {
  nodeSelector: { type: 'virtual-kubelet' },
  tolerations: [{ operator: 'Exists' }],
} as const;

/** A user of a cluster. */
export function userOf(plane: Pick<KubectlCluster, 'kubectl' | 'kubeconfig'>): User {
  const run = async (args: readonly string[], input?: string): Promise<string> => {
    const { stdout, stderr, code } = await plane.kubectl(args, input === undefined ? {} : { input });
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  };
  const create: User['create'] = async (...objects) => {
    const items = objects.filter((object) => typeof object !== 'string');
    const documents = objects.filter((object) => typeof object === 'string');
    if (items.length > 0) documents.push(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    await run(['create', '-f', '-'], documents.join('\n---\n'));
  };
  return {
    kubectl: (...args) => run(args),
    create,
    async startNode(name, ...flags) {
      const node = startVirtualKubelet([...mockNodeFlags(name, plane.kubeconfig()), ...flags]);
      try {
        // Older kubectls cannot wait for what is not there yet.
        await waitFor(`node ${name}`, () => run(['get', 'node', name]));
        await run(['wait', `node/${name}`, '--for=condition=Ready', '--timeout=60s']);
      } catch (error) {
        await node.stop();
        throw new Error(`node ${name} did not come up:\n${node.log()}`, { cause: error });
      }
      return node;
    },
    async portOf(node) {
      const path = 'jsonpath={.status.daemonEndpoints.kubeletEndpoint.Port}';
      return Number(await run(['get', 'node', node, '-o', path]));
    },
    async tokenOf({ name, namespace, resource }) {
      const metadata = { name };
      const apiGroup = 'rbac.authorization.k8s.io';
      const rbac = { apiVersion: `${apiGroup}/v1`, metadata };
      await create(
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
        { ...rbac, kind: 'ClusterRole', rules: [{ apiGroups: [''], resources: [resource], verbs: ['get'] }] },
        {
          ...rbac,
          kind: 'ClusterRoleBinding',
          roleRef: { apiGroup, kind: 'ClusterRole', name },
          subjects: [{ kind: 'ServiceAccount', name, namespace }],
        },
      );
      return (await run(['create', 'token', name, '-n', namespace])).trim();
    },
    async stopNode(name, node) {
      await node?.stop();
      await plane.kubectl(['delete', 'node', name, '--ignore-not-found']);
    },
  };
}
