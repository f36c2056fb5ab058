import type { Pki } from './pki.js';
import { tokenIssuer } from './service-account-token.js';

/** Everything that the command lines of the components depend on. */
export interface ComponentSettings {
  readonly pki: Pki;
  /** Where the control plane keeps everything. */
  readonly folder: string;
  /** Path of a file below the control plane's folder. */
  path(file: string): string;
  readonly ports: {
    readonly etcd: number;
    readonly etcdPeer: number;
    readonly apiServer: number;
    readonly controllerManager: number;
    readonly scheduler: number;
  };
  /** Milliseconds without a heartbeat after which a node is NotReady; Kubernetes' own default when absent. */
  readonly nodeMonitorGrace?: number;
  /** Whether the API server checks the serving certificates of nodes against the cluster's authority. kubeadm does not. */
  readonly verifyKubelets: boolean;
  readonly audit: boolean;
  /** Whether the API server offers stdout and stderr of a log apart, which is alpha. */
  readonly splitLogs: boolean;
  /** The settings with which KWOK measures: no priority and fairness, and clients of the control plane that are not throttled. */
  readonly load: boolean;
}

type Flags = Readonly<Record<string, string | number | boolean>>;

function commandLine(flags: Flags): string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

/** etcd without fsync: the data need not survive the machine, only the processes. */
export function etcdArguments({ path, ports }: ComponentSettings): string[] {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return commandLine({
    name: 'e2e',
    'data-dir': path('etcd'),
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `e2e=${peer}`,
    'unsafe-no-fsync': true,
    'log-level': 'warn',
    'quota-backend-bytes': 8 * 1024 ** 3,
  });
}

function auditFlags({ audit, path }: ComponentSettings): Flags {
  if (!audit) return {};
  return {
    'audit-policy-file': path('audit-policy.json'),
    'audit-log-path': path('audit.log'),
    'audit-log-maxsize': 0,
  };
}

function loadFlags({ load }: ComponentSettings): Flags {
  if (!load) return {};
  return {
    'max-requests-inflight': 0,
    'max-mutating-requests-inflight': 0,
    'enable-priority-and-fairness': false,
  };
}

function serviceAccountFlags({ pki }: ComponentSettings): Flags {
  return {
    'service-account-issuer': tokenIssuer,
    'service-account-key-file': pki.path('service-account.pub'),
    'service-account-signing-key-file': pki.path('service-account.key'),
    'service-account-extend-token-expiration': false,
  };
}

function aggregationFlags({ pki }: ComponentSettings): Flags {
  return {
    'requestheader-client-ca-file': pki.path('front-proxy-ca.crt'),
    'requestheader-allowed-names': 'front-proxy-client',
    'requestheader-username-headers': 'X-Remote-User',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
    'proxy-client-cert-file': pki.path('front-proxy-client.crt'),
    'proxy-client-key-file': pki.path('front-proxy-client.key'),
  };
}

function kubeletFlags({ pki, verifyKubelets }: ComponentSettings): Flags {
  return {
    'kubelet-client-certificate': pki.path('kubelet-client.crt'),
    'kubelet-client-key': pki.path('kubelet-client.key'),
    'kubelet-preferred-address-types': 'InternalIP,Hostname',
    ...(verifyKubelets ? { 'kubelet-certificate-authority': pki.path('ca.crt') } : {}),
  };
}

function featureFlags({ splitLogs }: ComponentSettings): Flags {
  return splitLogs ? { 'feature-gates': 'PodLogsQuerySplitStreams=true' } : {};
}

/** kube-apiserver, with the authorizers, admission and kinds of credentials that kubeadm sets up. */
export function apiServerArguments(settings: ComponentSettings): string[] {
  const { pki, ports } = settings;
  return commandLine({
    'etcd-servers': `http://127.0.0.1:${ports.etcd}`,
    'bind-address': '127.0.0.1',
    'advertise-address': '127.0.0.1',
    'secure-port': ports.apiServer,
    'service-cluster-ip-range': '10.96.0.0/16',
    // The API server's own address is loopback, which no Endpoints object may hold.
    'endpoint-reconciler-type': 'none',
    'client-ca-file': pki.path('ca.crt'),
    'tls-cert-file': pki.path('serving.crt'),
    'tls-private-key-file': pki.path('serving.key'),
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'enable-bootstrap-token-auth': true,
    'allow-privileged': true,
    ...kubeletFlags(settings),
    ...serviceAccountFlags(settings),
    ...aggregationFlags(settings),
    ...auditFlags(settings),
    ...featureFlags(settings),
    ...loadFlags(settings),
  });
}

function clientFlags({ pki }: ComponentSettings, kubeconfig: string, port: number): Flags {
  return {
    kubeconfig,
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    'bind-address': '127.0.0.1',
    'secure-port': port,
    'tls-cert-file': pki.path('serving.crt'),
    'tls-private-key-file': pki.path('serving.key'),
    'leader-elect': false,
  };
}

/** A suite would wait for limits of these clients, not for what it tests: their defaults are 20 and 50 requests a second. */
const unhurried: Flags = { 'kube-api-qps': 10_000, 'kube-api-burst': 20_000 };

/** kube-controller-manager, signing certificate requests with the cluster's authority. */
export function controllerManagerArguments(settings: ComponentSettings, kubeconfig: string): string[] {
  const { pki, ports, nodeMonitorGrace } = settings;
  const monitor: Flags =
    nodeMonitorGrace === undefined
      ? {}
      : {
          'node-monitor-grace-period': `${nodeMonitorGrace}ms`,
          'node-monitor-period': `${Math.min(5000, nodeMonitorGrace / 10)}ms`,
        };
  return commandLine({
    ...clientFlags(settings, kubeconfig, ports.controllerManager),
    'cluster-signing-cert-file': pki.path('ca.crt'),
    'cluster-signing-key-file': pki.path('ca.key'),
    'root-ca-file': pki.path('ca.crt'),
    'service-account-private-key-file': pki.path('service-account.key'),
    'use-service-account-credentials': true,
    controllers: '*,bootstrapsigner,tokencleaner',
    ...monitor,
    ...unhurried,
  });
}

/** kube-scheduler with its default profile. */
export function schedulerArguments(settings: ComponentSettings, kubeconfig: string): string[] {
  return commandLine({
    ...clientFlags(settings, kubeconfig, settings.ports.scheduler),
    ...unhurried,
  });
}
