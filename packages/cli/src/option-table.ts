import { parseDurationMs } from '@virtual-kubelet/kubernetes';
import { logLevelNames } from './log-levels.js';

/** Part of the help text an option is listed under. */
export type OptionGroup = 'Node' | 'Provider' | 'Cluster' | 'Pods' | 'Kubelet API' | 'Observation' | 'Compatibility';

/** How an option's text is read. */
export type OptionType = 'string' | 'boolean' | 'integer' | 'duration' | 'choice' | 'list' | 'url';

/**
 * One setting of the command. Flags, environment variables, the configuration file, help, completion and the reference
 * page are all made from this table.
 */
export interface Option {
  /** Long flag without dashes. */
  readonly flag: string;
  readonly type: OptionType;
  readonly group: OptionGroup;
  readonly help: string;
  readonly env?: string;
  /** As a user would type it; absent: no value. */
  readonly default?: string;
  readonly choices?: readonly string[];
  /** Place in the configuration file, for example `pods.onRefusal`; absent: flag and environment only. */
  readonly config?: string;
  /** Known from the Go implementation and without effect here, with the reason; accepted and mentioned in the log. */
  readonly ignored?: string;
  /** Known from the Go implementation and refused here, with the remedy. */
  readonly refused?: string;
  readonly hidden?: boolean;
}

const node: readonly Option[] = [
  {
    flag: 'nodename',
    type: 'string',
    group: 'Node',
    env: 'DEFAULT_NODE_NAME',
    default: 'virtual-kubelet',
    config: 'name',
    help: 'name of the Node, and of its Lease',
  },
  {
    flag: 'os',
    type: 'choice',
    choices: ['linux', 'windows'],
    group: 'Node',
    default: 'linux',
    config: 'os',
    help: 'operating system of the pods',
  },
  { flag: 'node-labels', type: 'list', group: 'Node', config: 'labels', help: 'further labels, as key=value' },
  {
    flag: 'disable-taint',
    type: 'boolean',
    group: 'Node',
    default: 'false',
    config: 'taint.disabled',
    help: 'put no taint on the node: every pod may be scheduled to it',
  },
  {
    flag: 'taint',
    type: 'string',
    group: 'Node',
    env: 'VKUBELET_TAINT_KEY',
    default: 'virtual-kubelet.io/provider',
    config: 'taint.key',
    help: 'key of the node taint',
  },
  {
    flag: 'taint-value',
    type: 'string',
    group: 'Node',
    env: 'VKUBELET_TAINT_VALUE',
    config: 'taint.value',
    help: 'value of the node taint (default: the provider name)',
  },
  {
    flag: 'taint-effect',
    type: 'choice',
    choices: ['NoSchedule', 'NoExecute', 'PreferNoSchedule'],
    group: 'Node',
    env: 'VKUBELET_TAINT_EFFECT',
    default: 'NoSchedule',
    config: 'taint.effect',
    help: 'effect of the node taint',
  },
  {
    flag: 'internal-ip',
    type: 'string',
    group: 'Node',
    env: 'VKUBELET_POD_IP',
    config: 'internalIP',
    help: 'address of the node inside the cluster network (default: the one this machine reaches the API server from)',
  },
  {
    flag: 'on-exit',
    type: 'choice',
    choices: ['keep', 'not-ready', 'cordon'],
    group: 'Node',
    default: 'keep',
    config: 'onExit',
    help: 'what happens to the Node when the program ends; workloads are never touched',
  },
  {
    flag: 'instance',
    type: 'string',
    group: 'Node',
    env: 'VKUBELET_INSTANCE',
    config: 'instance',
    help: 'identity that takes the node over at once after a restart (default: host name and node name)',
  },
  {
    flag: 'identity',
    type: 'choice',
    choices: ['service-account', 'node'],
    group: 'Node',
    default: 'service-account',
    config: 'identity',
    help: 'service-account: everything works; node: the credential is that of system:node:<name>, which may do least, but sets no labels of kubernetes.io, keeps no taints after registration, and serves one node',
  },
  {
    flag: 'provider-outage',
    type: 'string',
    group: 'Node',
    default: 'keep',
    config: 'providerOutage',
    help: 'keep: an outage of the provider is a condition; not-ready:<duration>: after that the node is not ready',
  },
];

const provider: readonly Option[] = [
  {
    flag: 'provider',
    type: 'string',
    group: 'Provider',
    config: 'provider',
    help: 'what runs the pods; see "virtual-kubelet providers"',
  },
  {
    flag: 'provider-config',
    type: 'string',
    group: 'Provider',
    config: 'providerConfig',
    help: "path of the provider's configuration file (JSON, YAML or TOML)",
  },
];

const cluster: readonly Option[] = [
  {
    flag: 'kubeconfig',
    type: 'string',
    group: 'Cluster',
    help: 'path of a kubeconfig file (default: KUBECONFIG, ~/.kube/config, then the service account of the pod)',
  },
  {
    flag: 'bootstrap-kubeconfig',
    type: 'string',
    group: 'Cluster',
    config: 'bootstrapKubeconfig',
    help: 'with --identity=node and --cert-dir: kubeconfig whose credentials serve only to ask the cluster for the certificate of the node, which is used and renewed from then on',
  },
  { flag: 'context', type: 'string', group: 'Cluster', help: 'context of the kubeconfig' },
  {
    flag: 'cluster-domain',
    type: 'string',
    group: 'Cluster',
    default: 'cluster.local',
    config: 'clusterDomain',
    help: 'DNS domain of the cluster',
  },
  {
    flag: 'cluster-dns',
    type: 'list',
    group: 'Cluster',
    config: 'clusterDNS',
    help: 'addresses of the DNS service of the cluster',
  },
  {
    flag: 'pod-api-server',
    type: 'url',
    group: 'Cluster',
    config: 'podAPIServer',
    help: 'where pods reach the API server, as https://host:port; its certificate has to name that host (default: the Service kubernetes of the cluster)',
  },
  {
    flag: 'startup-timeout',
    type: 'duration',
    group: 'Cluster',
    default: '0s',
    config: 'startupTimeout',
    help: 'longest time from the start of the program until the node is ready; 0: for ever',
  },
  {
    flag: 'shutdown-timeout',
    type: 'duration',
    group: 'Cluster',
    default: '10s',
    config: 'shutdownTimeout',
    help: 'longest time to finish writes after SIGTERM; a second signal ends at once',
  },
];

const pods: readonly Option[] = [
  {
    flag: 'pod-sync-workers',
    type: 'integer',
    group: 'Pods',
    default: '50',
    config: 'pods.workers',
    help: 'pods handled at the same time',
  },
  {
    flag: 'status-writes',
    type: 'integer',
    group: 'Pods',
    default: '16',
    config: 'pods.statusWrites',
    help: 'status writes in flight',
  },
  {
    flag: 'full-resync-period',
    type: 'duration',
    group: 'Pods',
    default: '5m',
    config: 'pods.relist',
    help: 'time between two complete listings of the provider',
  },
  {
    flag: 'poll-interval',
    type: 'duration',
    group: 'Pods',
    default: '5s',
    config: 'pods.poll',
    help: 'longest time between polls of a pod when the provider does not notify',
  },
  {
    flag: 'on-refusal',
    type: 'choice',
    choices: ['hold', 'fail'],
    group: 'Pods',
    default: 'hold',
    config: 'pods.onRefusal',
    help: 'a pod the provider cannot run is kept Pending with the reason, or becomes Failed',
  },
  {
    flag: 'daemonset-pods',
    type: 'choice',
    choices: ['hold', 'run', 'fail'],
    group: 'Pods',
    default: 'hold',
    config: 'pods.daemonSetPods',
    help: 'DaemonSet pods that tolerate every taint without meaning this node',
  },
  {
    flag: 'admission',
    type: 'choice',
    choices: ['capacity', 'none'],
    group: 'Pods',
    default: 'capacity',
    config: 'pods.admission',
    help: 'refuse pods beyond the capacity of the node, or none',
  },
  {
    flag: 'unreachable-delete',
    type: 'string',
    group: 'Pods',
    default: 'wait',
    config: 'pods.unreachableDelete',
    help: 'wait: ask the provider for ever; force-after:<duration>: give the pod up',
  },
  {
    flag: 'provisioning-timeout',
    type: 'duration',
    group: 'Pods',
    default: '0s',
    config: 'pods.provisioningTimeout',
    help: 'a pod without room after this time becomes Failed; 0: never',
  },
  {
    flag: 'node-lost-quarantine',
    type: 'duration',
    group: 'Pods',
    default: '5m',
    config: 'pods.nodeLostQuarantine',
    help: 'how long workloads outlive pods that vanished together with the Node',
  },
  {
    flag: 'config-refresh',
    type: 'choice',
    choices: ['ttl', 'watch'],
    group: 'Pods',
    default: 'ttl',
    config: 'pods.configRefresh',
    help: 'how changed ConfigMaps and Secrets are found: by looking once a minute, or by watching the namespaces of pods, which needs list and watch on both',
  },
  {
    flag: 'skip-terminal-status',
    type: 'boolean',
    group: 'Pods',
    default: 'false',
    config: 'pods.skipTerminalStatus',
    help: 'for simulations: a deleted pod goes without its last status',
  },
];

const kubelet: readonly Option[] = [
  {
    flag: 'port',
    type: 'string',
    group: 'Kubelet API',
    env: 'KUBELET_PORT',
    default: '10250',
    config: 'kubelet.port',
    help: 'port of the kubelet API; 0: any free one; none: no kubelet API, so no logs, exec, port-forward, top',
  },
  {
    flag: 'address',
    type: 'string',
    group: 'Kubelet API',
    default: '0.0.0.0',
    config: 'kubelet.address',
    help: 'address the kubelet API listens at',
  },
  {
    flag: 'client-ca-file',
    type: 'string',
    group: 'Kubelet API',
    env: 'APISERVER_CA_CERT_LOCATION',
    config: 'kubelet.clientCAFile',
    help: 'authorities of client certificates, such as that of the API server (default: those the cluster publishes)',
  },
  {
    flag: 'tls-cert-file',
    type: 'string',
    group: 'Kubelet API',
    env: 'APISERVER_CERT_LOCATION',
    config: 'kubelet.tlsCertFile',
    help: 'serving certificate; read again when it changes (default: a self-signed one)',
  },
  {
    flag: 'tls-private-key-file',
    type: 'string',
    group: 'Kubelet API',
    env: 'APISERVER_KEY_LOCATION',
    config: 'kubelet.tlsPrivateKeyFile',
    help: 'private key of the serving certificate',
  },
  {
    flag: 'rotate-server-certificates',
    type: 'boolean',
    group: 'Kubelet API',
    default: 'false',
    config: 'kubelet.rotateServerCertificates',
    help: 'ask the cluster for the serving certificate; somebody has to approve the request, and the port refuses until then',
  },
  {
    flag: 'cert-dir',
    type: 'string',
    group: 'Kubelet API',
    config: 'kubelet.certDir',
    help: 'folder that keeps requested certificates over restarts (default: each start asks anew)',
  },
  {
    flag: 'anonymous-auth',
    type: 'boolean',
    group: 'Kubelet API',
    default: 'false',
    config: 'kubelet.anonymousAuth',
    help: 'let requests without credentials in as system:anonymous; what they may do is reviewed all the same',
  },
  {
    flag: 'insecure-allow-everybody',
    type: 'boolean',
    group: 'Kubelet API',
    default: 'false',
    config: 'kubelet.insecureAllowEverybody',
    help: 'ask nobody for credentials: whoever reaches the port may run commands in pods; for experiments only',
  },
  {
    flag: 'stream-idle-timeout',
    type: 'duration',
    group: 'Kubelet API',
    default: '4h',
    config: 'kubelet.streamIdleTimeout',
    help: 'an exec, attach, port-forward or followed log without traffic is closed after this',
  },
  {
    flag: 'stream-creation-timeout',
    type: 'duration',
    group: 'Kubelet API',
    default: '30s',
    config: 'kubelet.streamCreationTimeout',
    help: 'a client has this long to open the streams of an exec or attach',
  },
];

const observation: readonly Option[] = [
  {
    flag: 'log-level',
    type: 'choice',
    choices: logLevelNames,
    group: 'Observation',
    default: 'info',
    config: 'log.level',
    help: 'least severe line to write',
  },
  {
    flag: 'log-format',
    type: 'choice',
    choices: ['auto', 'pretty', 'json'],
    group: 'Observation',
    default: 'auto',
    config: 'log.format',
    help: 'auto: pretty on a terminal, JSON lines elsewhere',
  },
  {
    flag: 'metrics-addr',
    type: 'string',
    group: 'Observation',
    default: '127.0.0.1:10255',
    config: 'metricsAddress',
    help: 'address of /healthz, /livez, /readyz and /metrics; "none" for no listener',
  },
];

const noTracing = 'tracing is not part of this release';
const compatibility: readonly Option[] = [
  {
    flag: 'namespace',
    type: 'string',
    group: 'Compatibility',
    hidden: true,
    ignored: 'pods of all namespaces are served, as the flag never had an effect',
    help: 'no effect',
  },
  {
    flag: 'enable-node-lease',
    type: 'boolean',
    group: 'Compatibility',
    hidden: true,
    ignored: 'leases are always on',
    help: 'no effect',
  },
  {
    flag: 'trace-exporter',
    type: 'list',
    group: 'Compatibility',
    hidden: true,
    refused: `${noTracing}; leave the flag out`,
    help: 'refused',
  },
  {
    flag: 'trace-service-name',
    type: 'string',
    group: 'Compatibility',
    hidden: true,
    ignored: noTracing,
    help: 'no effect',
  },
  { flag: 'trace-tag', type: 'list', group: 'Compatibility', hidden: true, ignored: noTracing, help: 'no effect' },
  {
    flag: 'trace-sample-rate',
    type: 'string',
    group: 'Compatibility',
    hidden: true,
    ignored: noTracing,
    help: 'no effect',
  },
  {
    flag: 'klog.v',
    type: 'string',
    group: 'Compatibility',
    hidden: true,
    ignored: 'use --log-level',
    help: 'no effect',
  },
  {
    flag: 'klog.logtostderr',
    type: 'boolean',
    group: 'Compatibility',
    hidden: true,
    ignored: 'logs always go to standard error',
    help: 'no effect',
  },
  {
    flag: 'klog.vmodule',
    type: 'string',
    group: 'Compatibility',
    hidden: true,
    refused: 'levels per file do not exist here; use --log-level',
    help: 'refused',
  },
];

/** Every option of `virtual-kubelet run`. */
export const runOptions: readonly Option[] = [
  ...node,
  ...provider,
  ...cluster,
  ...pods,
  ...kubelet,
  ...observation,
  ...compatibility,
];

/** A policy word with a time behind it, `word:<duration>`; undefined when the text is neither of the words. */
export function timedChoice(text: string, plain: string, timed: string): 'plain' | number | undefined {
  if (text === plain) return 'plain';
  if (!text.startsWith(`${timed}:`)) return undefined;
  try {
    return parseDurationMs(text.slice(timed.length + 1));
  } catch {
    return undefined;
  }
}
