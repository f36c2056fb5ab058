import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attachControlPlane, overFolder, writeKubeconfig } from './attached.js';
import { auditPolicy } from './audit.js';
import {
  apiServerArguments,
  controllerManagerArguments,
  etcdArguments,
  schedulerArguments,
} from './component-arguments.js';
import type { ComponentSettings } from './component-arguments.js';
import { startComponents } from './components.js';
import type { Components } from './components.js';
import type { ControlPlane } from './control-plane.js';
import { serveControl } from './control-server.js';
import type { ApiServerSwitch } from './control-server.js';
import { freePorts } from './free-ports.js';
import { waitForDefaultAccount } from './namespaces.js';
import { createPki } from './pki.js';
import { binaryPaths } from './toolchain.js';
import { waitFor } from './wait.js';
import { startWatchdog } from './watchdog.js';

/** How to start a control plane. */
export interface StartOptions {
  /**
   * Version of API server and kubectl. `1.34` still speaks SPDY to nodes; it comes without scheduler and controllers, so pods
   * name their node, and nothing is collected. @default 1.37
   */
  readonly generation?: '1.37' | '1.34';
  /** Milliseconds without a heartbeat after which a node is NotReady. @default Kubernetes' own, 50 s */
  readonly nodeMonitorGrace?: number;
  /** Check the serving certificates of nodes against the cluster's authority, which kubeadm does not. @default false */
  readonly verifyKubelets?: boolean;
  /** Offer stdout and stderr of a log apart, which is alpha. @default false */
  readonly splitLogs?: boolean;
  /** Settings for load tests, without an audit log. @default false */
  readonly load?: boolean;
  /** Told about progress. @default written to standard error */
  readonly report?: (line: string) => void;
}

function reportToStderr(line: string): void {
  process.stderr.write(`control plane: ${line}\n`);
}

async function settingsIn(folder: string, options: StartOptions): Promise<ComponentSettings> {
  const [etcd = 0, etcdPeer = 0, apiServer = 0, controllerManager = 0, scheduler = 0] = await freePorts(5);
  return {
    pki: createPki(join(folder, 'pki')),
    folder,
    path: (file) => join(folder, file),
    ports: { etcd, etcdPeer, apiServer, controllerManager, scheduler },
    verifyKubelets: options.verifyKubelets ?? false,
    splitLogs: options.splitLogs ?? false,
    load: options.load ?? false,
    audit: !options.load,
    ...(options.nodeMonitorGrace === undefined ? {} : { nodeMonitorGrace: options.nodeMonitorGrace }),
  };
}

/** The groups that kubeadm gives rights to, because the API server shows itself to nodes as a member of one. */
async function bindAdministrators(request: ControlPlane['request']): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io';
  const body = {
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'kubeadm:cluster-admins' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup, kind: 'Group', name: 'kubeadm:cluster-admins' }],
  };
  const { status, text } = await request(`/apis/${apiGroup}/v1/clusterrolebindings`, {
    method: 'POST',
    body,
  });
  if (status !== 201) throw new Error(`cannot bind kubeadm:cluster-admins: ${status} ${text}`);
}

async function startClients(components: Components, settings: ComponentSettings, server: string): Promise<void> {
  const kubeconfig = (user: string): string =>
    writeKubeconfig(settings.folder, settings.pki, { server, identity: { user } });
  const manager = controllerManagerArguments(settings, kubeconfig('system:kube-controller-manager'));
  const scheduler = schedulerArguments(settings, kubeconfig('system:kube-scheduler'));
  await Promise.all([
    components.start('kube-controller-manager', {
      arguments: manager,
      port: settings.ports.controllerManager,
      path: '/healthz',
    }),
    components.start('kube-scheduler', {
      arguments: scheduler,
      port: settings.ports.scheduler,
      path: '/readyz',
    }),
  ]);
}

/** Uses the cluster of `KUBECONFIG_E2E`; only the files that are written for it are ours. */
function useGivenCluster(kubeconfig: string): ControlPlane {
  const folder = mkdtempSync(join(tmpdir(), 'vk-e2e-'));
  const plane = attachControlPlane({
    kind: 'given',
    folder,
    kubeconfig,
    kubectlPath: binaryPaths(['kubectl']).kubectl,
  });
  return { ...plane, close: () => rm(folder, { recursive: true, force: true }) };
}

function apiServerSwitch(components: Components, settings: ComponentSettings): ApiServerSwitch {
  const how = { arguments: apiServerArguments(settings), port: settings.ports.apiServer, path: '/readyz' };
  const start = (): Promise<void> => components.start('kube-apiserver', how);
  return {
    start,
    kill: () => components.stop('kube-apiserver', 0),
    restart: async () => {
      await components.stop('kube-apiserver', 5000);
      await start();
    },
  };
}

/** A folder whose processes are starting, and the way to end them and it. */
interface Site {
  readonly settings: ComponentSettings;
  readonly components: Components;
  close(): Promise<void>;
}

async function prepareSite(options: StartOptions, report: (line: string) => void): Promise<Site> {
  const current = binaryPaths(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']);
  const binaries =
    options.generation === '1.34'
      ? { ...current, 'kube-apiserver': binaryPaths(['kube-apiserver-1.34'])['kube-apiserver-1.34'] }
      : current;
  const folder = mkdtempSync(join(tmpdir(), 'vk-e2e-'));
  const settings = await settingsIn(folder, options);
  writeFileSync(settings.path('audit-policy.json'), auditPolicy);
  const watchdog = startWatchdog(folder);
  const keep = process.env['VK_E2E_KEEP'] === '1';
  if (keep) watchdog.keepFolder();
  const components = startComponents({ binaries, settings, watchdog, report });
  return {
    settings,
    components,
    close: async () => {
      await components.stopAll();
      await watchdog.close();
      if (keep) report(`kept ${folder}`);
    },
  };
}

/** What the controllers would make. */
async function createDefaultAccount(request: ControlPlane['request']): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  await waitFor('the namespace default', async () => {
    const { status } = await request('/api/v1/namespaces/default/serviceaccounts', { method: 'POST', body });
    return status === 201 || status === 409 || undefined;
  });
}

function kubectlOf(options: StartOptions): string {
  return options.generation === '1.34'
    ? binaryPaths(['kubectl-1.34'])['kubectl-1.34']
    : binaryPaths(['kubectl']).kubectl;
}

async function bringUp({ components, settings, close }: Site, options: StartOptions): Promise<ControlPlane> {
  const alone = options.generation === '1.34';
  const baseUrl = `https://127.0.0.1:${settings.ports.apiServer}`;
  const apiServer = apiServerSwitch(components, settings);
  await components.start('etcd', { arguments: etcdArguments(settings) });
  await apiServer.start();
  if (!alone) await startClients(components, settings, baseUrl);
  const control = await serveControl(apiServer);
  const place = { folder: settings.folder, baseUrl, controlUrl: control.url, kubectlPath: kubectlOf(options) };
  const plane = overFolder({ kind: 'own', ...place }, apiServer);
  await bindAdministrators(plane.request);
  if (alone) await createDefaultAccount(plane.request);
  else await waitForDefaultAccount(plane.request, 'default');
  return {
    ...plane,
    close: async () => {
      await control.close();
      await close();
    },
  };
}

/** Starts etcd, kube-apiserver, kube-controller-manager and kube-scheduler, and resolves when pods can be created. */
export async function startControlPlane(options: StartOptions = {}): Promise<ControlPlane> {
  const given = process.env['KUBECONFIG_E2E'];
  if (given) return useGivenCluster(given);
  const report = options.report ?? reportToStderr;
  const started = Date.now();
  const site = await prepareSite(options, report);
  try {
    const plane = await bringUp(site, options);
    report(`ready at ${plane.baseUrl} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return plane;
  } catch (error) {
    await site.close();
    throw error;
  }
}
