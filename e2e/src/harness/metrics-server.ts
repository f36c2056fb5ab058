import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ControlPlane } from './control-plane.js';
import { freePorts } from './free-ports.js';
import { binaryPaths } from './toolchain.js';
import { waitFor } from './wait.js';

/** A metrics-server beside the control plane. */
export interface MetricsServer {
  /** What it wrote so far. */
  readonly log: () => string;
  stop(): Promise<void>;
}

const binaries = {
  '0.6': 'metrics-server-0.6',
  '0.7': 'metrics-server-0.7',
  '0.8': 'metrics-server-0.8',
  '0.9': 'metrics-server',
} as const;
/** A minor release of metrics-server. */
type MetricsServerRelease = keyof typeof binaries;

/** How the API server finds it without a pod network: a Service that is only a name for this machine. */
function registration(port: number): readonly object[] {
  const metadata = { name: 'metrics-server', namespace: 'kube-system' };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1beta1.metrics.k8s.io' },
      spec: {
        group: 'metrics.k8s.io',
        version: 'v1beta1',
        service: { ...metadata, port },
        insecureSkipTLSVerify: true,
        groupPriorityMinimum: 100,
        versionPriority: 100,
      },
    },
  ];
}

function argumentsFor(release: MetricsServerRelease, kubeconfig: string, port: number): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    '--kubelet-insecure-tls',
    '--kubelet-use-node-status-port',
    '--kubelet-preferred-address-types=InternalIP',
    '--metric-resolution=10s',
    // Shorter than the resolution, as newer ones demand; the oldest derives it from that.
    ...(release === '0.6' ? [] : ['--kubelet-request-timeout=5s']),
  ];
}

const newest = '0.9';

function isKnown(release: string): release is MetricsServerRelease {
  return Object.hasOwn(binaries, release);
}

/** The newest metrics-server, and those that `METRICS_SERVERS` names beside it, as `0.6,0.7`. Throws for one that is unknown. */
export function metricsServerReleases(): readonly MetricsServerRelease[] {
  const named = (process.env['METRICS_SERVERS'] ?? '').split(',').filter((word) => word !== '');
  return [newest, ...named].map((release) => {
    if (isKnown(release)) return release;
    throw new Error(`METRICS_SERVERS knows ${Object.keys(binaries).join(', ')}, and no ${release}`);
  });
}

/** Starts a real metrics-server, by default the newest, as administrator and resolves when `kubectl top` can ask it. */
export async function startMetricsServer(
  plane: ControlPlane,
  release: MetricsServerRelease = newest,
): Promise<MetricsServer> {
  const [port = 0] = await freePorts(1);
  const binary = binaries[release];
  const path = binaryPaths([binary])[binary];
  const flags = argumentsFor(release, plane.kubeconfig(), port);
  const child = spawn(path, flags, { cwd: plane.handle.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (log += chunk));
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const objects = { apiVersion: 'v1', kind: 'List', items: registration(port) };
  await plane.kubectl(['apply', '-f', '-'], { input: JSON.stringify(objects) });
  await waitFor('the metrics API', async () => {
    const { status } = await plane.request('/apis/metrics.k8s.io/v1beta1');
    return status === 200 || undefined;
  }).catch(async (error: unknown) => {
    const { stdout } = await plane.kubectl(['get', 'apiservice', 'v1beta1.metrics.k8s.io', '-o', 'jsonpath={.status}']);
    kill();
    throw new Error(`metrics-server does not serve: ${stdout}\n${log}`, { cause: error });
  });
  return {
    log: () => log,
    async stop() {
      process.off('exit', kill);
      await plane.kubectl(['delete', 'apiservice', 'v1beta1.metrics.k8s.io', '--ignore-not-found']);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
