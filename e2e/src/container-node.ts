/** A virtual node with pods on a Podman of its own, and what a user does there. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlPlane } from './harness/index.js';
import type { Podman } from './podman.js';
import { startPodman } from './podman.js';
import type { User } from './user.js';
import { onVirtualNode, userOf } from './user.js';
import type { VirtualKubelet } from './virtual-kubelet.js';

/** A container's status, as far as cases look at it. */
export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly started?: boolean;
  readonly restartCount: number;
  readonly containerID?: string;
  readonly state: Readonly<
    Record<string, { readonly reason?: string; readonly exitCode?: number; readonly message?: string }>
  >;
  readonly lastState: Readonly<Record<string, { readonly exitCode: number; readonly reason?: string }>>;
}

/** A pod, as far as cases look at it. */
export interface SeenPod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly ephemeralContainerStatuses?: readonly ContainerStatus[];
  };
}

/** How the node is set up. */
export interface ContainerNodeOptions {
  /** Name of the node and of its namespace. */
  readonly name: string;
  /** More of the provider's configuration. */
  readonly config?: object;
  /** More flags of the command, known when engine and namespace are there. */
  readonly flags?: (made: { readonly engine: Podman; readonly user: User }) => Promise<readonly string[]>;
}

/** A node whose pods are processes of this machine. */
export interface ContainerNode {
  readonly engine: Podman;
  readonly user: User;
  /** Its namespace. */
  readonly namespace: string;
  /** Fields of a pod's spec that put it on this node. */
  readonly where: object;
  /** Everything the agent wrote so far. */
  log(): string;
  /** Runs kubectl in the node's namespace. */
  kubectl(...args: readonly string[]): Promise<string>;
  pod(name: string): Promise<SeenPod>;
  /** All pods with a label, such as `app=web`. */
  pods(selector: string): Promise<readonly SeenPod[]>;
  createPod(name: string, spec: object): Promise<void>;
  /** A container that runs a shell script. */
  sh(name: string, script: string, more?: object): object;
  /** Waits until the pod is Ready; a failure tells the pod's status and the agent's log. */
  ready(name: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Kills the agent as a crash does. */
  killAgent(): Promise<void>;
  startAgent(): Promise<void>;
  /** Ends pods, agent, node and engine. */
  close(): Promise<void>;
}

/** Runs until it is asked to stop, and then stops at once. */
export const untilAsked = 'trap "exit 0" TERM; while true; do sleep 0.1; done';

/** Starts one; `close` it in the end. */
export async function startContainerNode(plane: ControlPlane, options: ContainerNodeOptions): Promise<ContainerNode> {
  const { name, config = {} } = options;
  const namespace = name;
  const user = userOf(plane);
  const engine = await startPodman();
  const file = join(engine.folder, 'vk.json');
  let agent: VirtualKubelet | undefined;
  let flags: readonly string[] = [];
  const where = { ...onVirtualNode, nodeSelector: { 'kubernetes.io/hostname': name } };
  const kubectl = (...args: readonly string[]): Promise<string> => user.kubectl('-n', namespace, ...args);
  const pod = async (which: string): Promise<SeenPod> =>
    JSON.parse(await kubectl('get', 'pod', which, '-o', 'json')) as SeenPod;
  const startAgent = async (): Promise<void> => {
    agent = await user.startNode(name, '--provider', 'podman', '--provider-config', file, ...flags);
  };
  const close = async (): Promise<void> => {
    await plane.kubectl(['delete', 'namespace', namespace, '--timeout=90s']);
    await user.stopNode(name, agent);
    await engine.close();
  };
  try {
    await writeFile(
      file,
      JSON.stringify({ socket: engine.socket, stateFolder: join(engine.folder, 'state'), ...config }),
    );
    await plane.createNamespace(namespace);
    flags = (await options.flags?.({ engine, user })) ?? [];
    await startAgent();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    engine,
    user,
    namespace,
    where,
    log: () => agent?.log() ?? '',
    kubectl,
    pod,
    async pods(selector) {
      const list = JSON.parse(await kubectl('get', 'pods', '-l', selector, '-o', 'json')) as { items: SeenPod[] };
      return list.items;
    },
    createPod: (which, spec) =>
      user.create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: which, namespace },
        spec: { ...where, ...spec },
      }),
    sh: (which, script, more = {}) => ({
      name: which,
      image: engine.image,
      imagePullPolicy: 'Never',
      command: ['sh', '-c', script],
      ...more,
    }),
    async ready(which) {
      await kubectl('wait', `pod/${which}`, '--for=condition=Ready', '--timeout=60s').catch(async (error: unknown) => {
        const { status } = await pod(which);
        throw new Error(`${JSON.stringify(status, null, 1)}\n${agent?.log() ?? ''}`, { cause: error });
      });
    },
    async remove(which) {
      await kubectl('delete', 'pod', which, '--timeout=60s');
    },
    async killAgent() {
      await agent?.stop('SIGKILL');
    },
    startAgent,
    close,
  };
}
