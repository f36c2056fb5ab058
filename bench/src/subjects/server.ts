import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { loadClusterConfig, systemFiles } from '@virtual-kubelet/client';
import type { Bench } from '../bench.js';
import { placesIn } from '../bench.js';
import { startChild } from '../child.js';
import type { Cluster } from '../cluster.js';
import { attachCluster } from '../cluster.js';
import { places } from '../places.js';
import type { Usage } from '../process-usage.js';
import { usageOf } from '../process-usage.js';
import { waitUntil } from '../wait.js';

/** A control plane that is measured, and what all its processes have used together. */
export interface Server {
  readonly name: 'playground' | 'kubernetes';
  readonly cluster: Cluster;
  readonly place: Bench['place'];
  usage(): Usage;
  close(): Promise<void>;
}

function sumOf(pids: readonly number[]): Usage {
  return pids.map(usageOf).reduce((sum, one) => ({
    cpu: sum.cpu + one.cpu,
    memory: sum.memory + one.memory,
    peak: sum.peak + one.peak,
  }));
}

/** Starts `virtual-kubelet playground` without nodes of its own. */
export async function playgroundServer(report: Bench['report']): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-playground-'));
  const kubeconfig = join(folder, 'kubeconfig');
  const child = startChild(places.command, ['playground', '--nodes', '0', '--kubeconfig', kubeconfig]);
  const isUp = (): true | undefined => child.log().includes('It runs until Ctrl-C') || undefined;
  await waitUntil(() => `the playground; it says:\n${child.log()}`, isUp);
  const cluster = await attachCluster(kubeconfig);
  return {
    name: 'playground',
    cluster,
    place: placesIn(cluster, report),
    usage: () => usageOf(child.pid),
    async close() {
      await cluster.close();
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Process {
  readonly pid: number;
  readonly program: string;
  readonly line: string;
}

const programs: ReadonlySet<string> = new Set(['etcd', 'kube-apiserver', 'kube-scheduler', 'kube-controller-manager']);

function componentsHere(): readonly Process[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      const program = basename(line.split(' ', 1)[0] ?? '');
      return programs.has(program) ? [{ pid: Number(name), program, line }] : [];
    } catch {
      // It ended while one looked.
      return [];
    }
  });
}

/**
 * The real control plane of the bench: API server, etcd, scheduler and controllers, found by the folder they share.
 * Undefined where it is not on this machine.
 */
export async function kubernetesServer({ cluster, place }: Bench): Promise<Server | undefined> {
  const sources = { files: systemFiles, env: {}, home: homedir() };
  const { server } = await loadClusterConfig(sources, { kubeconfig: cluster.kubeconfig });
  const components = componentsHere();
  const apiServer = components.find(({ line }) => line.includes(` --secure-port=${new URL(server).port} `));
  const [, folder] = / --client-ca-file=(\S+)\/pki\/ca\.crt /.exec(apiServer?.line ?? '') ?? [];
  if (folder === undefined) return undefined;
  const pids = components.filter(({ line }) => line.includes(`${folder}/`)).map(({ pid }) => pid);
  return { name: 'kubernetes', cluster, place, usage: () => sumOf(pids), close: () => Promise.resolve() };
}
