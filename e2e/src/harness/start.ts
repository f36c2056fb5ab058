import { mkdtempSync, writeFileSync } from 'node:fs';
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
import { freePorts } from './free-ports.js';
import { waitForDefaultAccount } from './namespaces.js';
import { createPki } from './pki.js';
import { binaryPaths } from './toolchain.js';
import { startWatchdog } from './watchdog.js';

/** How to start a control plane. */
export interface StartOptions {
  /** Milliseconds without a heartbeat after which a node is NotReady. @default Kubernetes' own, 50 s */
  readonly nodeMonitorGrace?: number;
  /** Check the serving certificates of nodes against the cluster's authority, which kubeadm does not. @default false */
  readonly verifyKubelets?: boolean;
  /** Settings for load tests, without an audit log. @default false */
  readonly load?: boolean;
  /** Told about progress. @default written to standard error */
  readonly report?: (line: string) => void;
}

function reportToStderr(line: string): void {
  process.stderr.write(`control plane: ${line}\n`);
}

async function settingsIn(folder: string, options: StartOptions): Promise<ComponentSettings> {
  const [etcd = 0, etcdPeer = 0, apiServer = 0, controllerManager = 0, scheduler = 0] =
    await freePorts(5);
  return {
    pki: createPki(join(folder, 'pki')),
    path: (file) => join(folder, file),
    ports: { etcd, etcdPeer, apiServer, controllerManager, scheduler },
    verifyKubelets: options.verifyKubelets ?? false,
    load: options.load ?? false,
    audit: !options.load,
    ...(options.nodeMonitorGrace === undefined
      ? {}
      : { nodeMonitorGrace: options.nodeMonitorGrace }),
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

async function startClients(
  components: Components,
  settings: ComponentSettings,
  server: string,
): Promise<void> {
  const kubeconfig = (user: string): string =>
    writeKubeconfig(settings.path('.'), settings.pki, { server, identity: { user } });
  const manager = controllerManagerArguments(
    settings,
    kubeconfig('system:kube-controller-manager'),
  );
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

/** Starts etcd, kube-apiserver, kube-controller-manager and kube-scheduler, and resolves when pods can be created. */
export async function startControlPlane(options: StartOptions = {}): Promise<ControlPlane> {
  const report = options.report ?? reportToStderr;
  const binaries = binaryPaths([
    'etcd',
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
    'kubectl',
  ]);
  const given = process.env['KUBECONFIG_E2E'];
  if (given)
    return attachControlPlane({ kind: 'given', kubeconfig: given, kubectlPath: binaries.kubectl });
  const started = Date.now();
  const folder = mkdtempSync(join(tmpdir(), 'vk-e2e-'));
  const watchdog = startWatchdog(folder);
  const settings = await settingsIn(folder, options);
  writeFileSync(settings.path('audit-policy.json'), auditPolicy);
  const components = startComponents({ binaries, settings, watchdog, report });
  const baseUrl = `https://127.0.0.1:${settings.ports.apiServer}`;
  const apiServer = {
    start: () =>
      components.start('kube-apiserver', {
        arguments: apiServerArguments(settings),
        port: settings.ports.apiServer,
        path: '/readyz',
      }),
    kill: () => components.stop('kube-apiserver', 0),
    restart: async () => {
      await components.stop('kube-apiserver', 5000);
      await apiServer.start();
    },
  };
  const keep = process.env['VK_E2E_KEEP'] === '1';
  if (keep) watchdog.keepFolder();
  const closeAll = async (): Promise<void> => {
    await components.stopAll();
    await watchdog.close();
    if (keep) report(`kept ${folder}`);
  };
  try {
    await Promise.all([
      components.start('etcd', { arguments: etcdArguments(settings) }),
      apiServer.start(),
    ]);
    await startClients(components, settings, baseUrl);
    const control = await serveControl(apiServer);
    const handle = {
      kind: 'own' as const,
      folder,
      baseUrl,
      controlUrl: control.url,
      kubectlPath: binaries.kubectl,
    };
    const plane = overFolder(handle, apiServer);
    await bindAdministrators(plane.request);
    await waitForDefaultAccount(plane.request, 'default');
    report(`ready at ${baseUrl} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return {
      ...plane,
      close: async () => {
        await control.close();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
