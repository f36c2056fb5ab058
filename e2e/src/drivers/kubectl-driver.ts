import { dirname, join } from 'node:path';
import type { ApiObject, ObjectName, Resource } from '@virtual-kubelet/client';
import { exchange } from '../harness/exchange.js';
import { runKubectl } from '../harness/kubectl.js';
import { kubectlBytes, startKubectl } from '../harness/kubectl-stream.js';
import type { Cluster } from '../playground-cluster.js';
import type { Driver } from './driver.js';

function kindOf({ plural, group }: Resource<ApiObject>): string {
  return group === '' ? plural : `${plural}.${group}`;
}

function at({ namespace, name }: ObjectName): readonly string[] {
  return namespace === undefined ? [name] : [name, '-n', namespace];
}

/** Works on a cluster with stock kubectl. */
export function kubectlDriver(cluster: Pick<Cluster, 'kubeconfig'>, path: string): Driver {
  const place = { handle: { kubectlPath: path }, kubeconfig: () => cluster.kubeconfig() };
  const tried: (args: readonly string[], input?: string) => ReturnType<typeof runKubectl> = (args, input) =>
    runKubectl({
      path,
      kubeconfig: cluster.kubeconfig(),
      cacheFolder: join(dirname(cluster.kubeconfig()), 'kubectl-cache'),
      arguments: args,
      ...(input === undefined ? {} : { input }),
    });
  const run = async (args: readonly string[], input?: string): Promise<string> => {
    const { stdout, stderr, code } = await tried(args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  };
  return {
    async create(...objects) {
      await run(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    },
    async get<T extends ApiObject>(kind: Resource<T>, name: ObjectName) {
      const found = await run(['get', kindOf(kind), ...at(name), '-o', 'json', '--ignore-not-found']);
      return found === '' ? undefined : (JSON.parse(found) as T);
    },
    async list<T extends ApiObject>(kind: Resource<T>, namespace: string) {
      const found = await run(['get', kindOf(kind), '-n', namespace, '-o', 'json']);
      return (JSON.parse(found) as { readonly items: readonly T[] }).items;
    },
    async scale(deployment, replicas) {
      await run(['scale', 'deployment', ...at(deployment), `--replicas=${replicas}`]);
    },
    async delete(kind, name) {
      await run(['delete', kindOf(kind), ...at(name), '--timeout=60s']);
    },
    logs: (pod, { tail } = {}) => run(['logs', ...at(pod), ...(tail === undefined ? [] : [`--tail=${tail}`])]),
    follow: async (pod) => startKubectl(place, ['logs', '-f', ...at(pod)]),
    exec: (pod, command, input) =>
      kubectlBytes(place, ['exec', ...(input === undefined ? [] : ['-i']), ...at(pod), '--', ...command], input),
    attach: async (pod) => startKubectl(place, ['attach', '-i', ...at(pod)]),
    async forward(pod, port) {
      const [name = '', ...more] = at(pod);
      const running = startKubectl(place, ['port-forward', `pod/${name}`, ...more, `:${port}`]);
      const [, local = ''] = await running.until(/Forwarding from 127\.0\.0\.1:(\d+)/);
      return {
        exchange: (bytes) => exchange(Number(local), bytes),
        stop: () => running.stop(),
      };
    },
  };
}
