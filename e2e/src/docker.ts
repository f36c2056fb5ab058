import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { busyboxTree, images, inPath, unmountBelow } from './engine-kit.js';
import { waitFor } from './harness/index.js';

const run = promisify(execFile);

/** A Docker of the test's own: its data, its socket and its network are apart from everything else on the machine. */
export interface Docker {
  readonly socket: string;
  /** Network of the engine for pods. */
  readonly network: string;
  /** The command line, on this engine. */
  docker(...args: readonly string[]): Promise<string>;
  /** Ends the engine, and what runs on it unless it was started otherwise. */
  stopService(): Promise<void>;
  /** @param options whether what runs goes on when this engine ends @default it ends, too */
  startService(options?: { readonly liveRestore: boolean }): Promise<void>;
  /** Process ids of all containers that run, by their ids. */
  processes(): Promise<ReadonlyMap<string, number>>;
  /** Ends everything and removes it. */
  close(): Promise<void>;
}

/** Why no pod can be run on Docker here; undefined when one can. */
export async function whyNoDocker(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'this is not root';
  for (const command of ['dockerd', 'containerd', 'runc', 'busybox'])
    if (!(await inPath(command))) return `${command} is not installed (packages docker.io, busybox-static)`;
  return undefined;
}

/**
 * A private network that no engine takes by itself and nothing on this machine routes to, as a bridge does that was left
 * behind by an engine that was killed.
 */
async function freeSubnet(): Promise<string> {
  const routes = (await readFile('/proc/net/route', 'utf8')).split('\n').map((line) => line.split('\t'));
  for (let second = 213; second < 229; second += 1) {
    // Addresses there are hexadecimal, the last byte first.
    const address = `0000${second.toString(16).toUpperCase()}0A`;
    if (!routes.some(([, destination]) => destination === address)) return `10.${second}.0.0/16`;
  }
  throw new Error('no network is left for Docker: there are routes to all of 10.213.0.0/16 to 10.228.0.0/16');
}

const network = 'vk-e2e';

/** Goes when it is asked to, as images for this do: the engine waits ten seconds for it when it ends. */
const pauses = `CMD ["/bin/sh", "-c", "trap 'exit 0' TERM; sleep 1000000 & wait"]`;

/**
 * Starts one; `close` it in the end.
 * @param folder where everything of it is; removed in the end
 */
export async function startDocker(folder: string): Promise<Docker> {
  const socket = join(folder, 'docker.sock');
  const configuration = join(folder, 'daemon.json');
  const pid = join(folder, 'docker.pid');
  const output = join(folder, 'dockerd.log');
  const flags = [
    ...['--config-file', configuration, '--pidfile', pid, '--host', `unix://${socket}`],
    ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '--storage-driver', 'vfs'],
    // The machine's packet filter and its bridge docker0 are left alone: pods get a network made below.
    ...['--iptables=false', '--ip6tables=false', '--ip-masq=false', '--bridge=none'],
  ];
  const docker = async (...args: readonly string[]): Promise<string> =>
    (await run('docker', ['--host', `unix://${socket}`, ...args], { maxBuffer: 64 * 1024 * 1024 })).stdout;
  const listed = async (...flags: readonly string[]): Promise<readonly string[]> =>
    (await docker('ps', '--quiet', ...flags)).split('\n').filter((id) => id !== '');
  let service: ReturnType<typeof spawn> | undefined;
  const stopService = async (): Promise<void> => {
    if (!service || service.exitCode !== null || service.signalCode !== null) return;
    const ended = once(service, 'exit');
    service.kill('SIGTERM');
    await ended;
  };
  const startService: Docker['startService'] = async (options) => {
    await rm(socket, { force: true });
    // The configuration of the machine is for the machine's own.
    await writeFile(configuration, JSON.stringify({ 'live-restore': options?.liveRestore === true }));
    service = spawn('sh', ['-c', 'exec dockerd "$@" >>"$0" 2>&1', output, ...flags], { stdio: 'ignore' });
    await waitFor('Docker answers', async () => {
      if (service?.exitCode !== null) throw new Error(`dockerd ended:\n${await readFile(output, 'utf8')}`);
      await access(socket);
      return (await docker('version').catch(() => '')) !== '' || undefined;
    });
  };
  await startService();
  const tar = await busyboxTree(folder);
  await docker('import', '-c', 'ENV PATH=/bin', '-c', 'CMD ["/bin/sh"]', tar, images.busybox);
  await docker('import', '-c', 'ENV PATH=/bin', '-c', pauses, tar, images.pause);
  await docker('network', 'create', '--subnet', await freeSubnet(), network);
  return {
    socket,
    network,
    docker,
    stopService,
    startService,
    async processes() {
      const ids = await listed();
      if (ids.length === 0) return new Map();
      const rows = await docker('inspect', '--format', '{{.Id}} {{.State.Pid}}', ...ids);
      return new Map(
        rows
          .trim()
          .split('\n')
          .map((row): [string, number] => [row.split(' ')[0] ?? '', Number(row.split(' ')[1])]),
      );
    },
    async close() {
      const all = await listed('--all');
      if (all.length > 0) await docker('rm', '--force', '--volumes', ...all);
      await docker('network', 'rm', network);
      await stopService();
      await unmountBelow(folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
