import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { access, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { busyboxTree, images, inPath, unmountBelow } from './engine-kit.js';
import { waitFor } from './harness/index.js';

const run = promisify(execFile);

/** A row of `podman ps`. */
interface ListedProcess {
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Pid: number;
}

/** What `podman inspect` tells of processes. */
interface InspectedProcess {
  readonly State: { readonly Pid: number; readonly ConmonPid: number };
}

/** Kills a process that may have gone. */
function kill(pid: number): void {
  if (pid > 1 && existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL');
}

/** A Podman of the test's own: its storage, its service and one image are apart from everything else on the machine. */
export interface Podman {
  readonly socket: string;
  /** Folder that goes with it. */
  readonly folder: string;
  /** An image with busybox and nothing else, made here. */
  readonly image: string;
  /** The same, that does nothing when it is started. */
  readonly pauseImage: string;
  /** Makes an image with the Node.js that runs this, for pods that speak TLS, and gives its name. */
  nodeImage(): Promise<string>;
  /** Address of the machine on the network of pods, which it holds up from now on. */
  hostAddress(): Promise<string>;
  /** The command line, on the same storage. */
  podman(...args: readonly string[]): Promise<string>;
  /** Flags and environment with which the command line is on the same storage. */
  readonly commandLine: { readonly flags: readonly string[]; readonly env: Readonly<Record<string, string>> };
  /** Process ids of what runs for a pod, by container name of the pod spec. */
  pids(podName: string): Promise<ReadonlyMap<string, number>>;
  /** Process ids of all containers of pods that run, by `pod/container`. */
  processes(): Promise<ReadonlyMap<string, number>>;
  /** Ends the service; pods go on. */
  stopService(): Promise<void>;
  startService(): Promise<void>;
  /** Kills what runs with all that watches it; the service, started again, finds the dead. */
  crash(): Promise<void>;
  /** The same with everything lost that is lost when a machine starts anew: nobody knows how anything ended. */
  reboot(): Promise<void>;
  /** Ends everything and removes it. */
  close(): Promise<void>;
}

/**
 * Works as root where limits cannot be raised and control groups are of the first version. Commands that ended are forgotten
 * after seconds, not minutes: each of them leaves two processes that long.
 */
const configuration = `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
exit_command_delay = 10
`;

/** Why no pod can be run on this machine; undefined when one can. */
export async function whyNoPodman(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'this is not root';
  for (const command of ['podman', 'runc', 'busybox'])
    if (!(await inPath(command))) return `${command} is not installed (packages podman, runc, busybox-static)`;
  return undefined;
}

async function makeImages(folder: string, podman: Podman['podman']): Promise<void> {
  const tar = await busyboxTree(folder);
  await podman('import', '-c', 'ENV PATH=/bin', '-c', 'CMD ["/bin/sh"]', tar, images.busybox);
  await podman('import', '-c', 'ENV PATH=/bin', '-c', 'CMD ["/bin/sleep", "1000000"]', tar, images.pause);
}

/** The interpreter with the libraries it is linked to. */
async function makeNodeImage(folder: string, podman: Podman['podman']): Promise<string> {
  const linked = (await run('ldd', [process.execPath])).stdout.matchAll(/(\/\S+) \(0x/g);
  const files = [process.execPath, ...[...linked].map(([, path = '']) => path)];
  const tar = join(folder, 'node.tar');
  await run('tar', ['--dereference', '--absolute-names', '-cf', tar, ...files]);
  await podman('import', '-c', `ENTRYPOINT ["${process.execPath}"]`, tar, images.node);
  await rm(tar);
  return images.node;
}

/**
 * Starts one; `close` it in the end.
 * @param folder where everything of it is; removed in the end. @default a new one
 */
export async function startPodman(folder: string = mkdtempSync(join(tmpdir(), 'vk-podman-'))): Promise<Podman> {
  const config = join(folder, 'containers.conf');
  const socket = join(folder, 'podman.sock');
  await writeFile(config, configuration);
  const env = { ...process.env, CONTAINERS_CONF: config };
  // What a machine forgets when it starts anew is apart from the rest.
  const forgotten = ['run', 'tmp'].map((name) => join(folder, name));
  const [runRoot = '', temporary = ''] = forgotten;
  const places = ['--root', join(folder, 'root'), '--runroot', runRoot, '--tmpdir', temporary];
  const podman = async (...args: readonly string[]): Promise<string> =>
    (await run('podman', [...places, ...args], { env, maxBuffer: 64 * 1024 * 1024 })).stdout;
  let service: ReturnType<typeof spawn> | undefined;
  const stopService = async (): Promise<void> => {
    if (!service || service.exitCode !== null || service.signalCode !== null) return;
    const ended = once(service, 'exit');
    service.kill('SIGTERM');
    await ended;
  };
  const startService = async (): Promise<void> => {
    await rm(socket, { force: true });
    service = spawn('podman', [...places, 'system', 'service', '--time=0', `unix://${socket}`], {
      env,
      // Its monitors leave files where it was started.
      cwd: folder,
      stdio: 'ignore',
    });
    await waitFor('Podman answers', async () => {
      await access(socket);
      return true;
    });
  };
  const killAll = async (): Promise<void> => {
    await stopService();
    const rows = JSON.parse(await podman('ps', '--format', 'json')) as readonly { readonly Id: string }[];
    if (rows.length === 0) return;
    const ids = rows.map(({ Id }) => Id);
    const found = JSON.parse(await podman('inspect', '--type', 'container', ...ids)) as readonly InspectedProcess[];
    // Whoever watches a process goes first: nobody is to learn how it ended.
    for (const { State } of found) kill(State.ConmonPid);
    for (const { State } of found) kill(State.Pid);
    await waitFor('all processes are gone', async () =>
      found.every(({ State }) => !existsSync(`/proc/${State.Pid}`)) ? true : undefined,
    );
  };
  const processes = async (): Promise<ReadonlyMap<string, number>> => {
    const rows = JSON.parse(await podman('ps', '--format', 'json')) as readonly ListedProcess[];
    return new Map(
      rows.flatMap(({ Labels, Pid }): [string, number][] => {
        const container = Labels?.['io.kubernetes.container.name'];
        return container === undefined ? [] : [[`${Labels?.['io.kubernetes.pod.name']}/${container}`, Pid]];
      }),
    );
  };
  await makeImages(folder, podman);
  await startService();
  return {
    socket,
    folder,
    image: images.busybox,
    pauseImage: images.pause,
    commandLine: { flags: places, env: { CONTAINERS_CONF: config } },
    nodeImage: () => makeNodeImage(folder, podman),
    async hostAddress() {
      // Without a container there is no bridge to listen on.
      await podman('run', '--detach', images.pause);
      return (await podman('network', 'inspect', '--format', '{{(index .Subnets 0).Gateway}}', 'podman')).trim();
    },
    podman,
    stopService,
    startService,
    async crash() {
      await killAll();
      await startService();
    },
    async reboot() {
      await killAll();
      await unmountBelow(folder);
      for (const path of forgotten) await rm(path, { recursive: true, force: true });
      await startService();
    },
    processes,
    async pids(podName) {
      const own = [...(await processes())].filter(([key]) => key.startsWith(`${podName}/`));
      return new Map(own.map(([key, pid]): [string, number] => [key.slice(podName.length + 1), pid]));
    },
    async close() {
      // One that cannot be removed yet, as while a command in it ends, keeps those after it, too.
      await waitFor('no container is left', async () => {
        await podman('pod', 'rm', '--all', '--force', '--time', '0').catch(() => '');
        await podman('rm', '--all', '--force', '--time', '0').catch(() => '');
        return (await podman('ps', '--all', '--quiet')).trim() === '' ? true : undefined;
      }).catch(killAll);
      await stopService();
      await unmountBelow(folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
