/** How truly each field of the pod spec is honoured: one table. A row covers what is below it. */
import type { Container } from '@virtual-kubelet/kubernetes';
import type { CompleteFidelity, Fidelity, FidelityTable } from '@virtual-kubelet/provider';

const scheduling: Fidelity = 'full';

/** Fields that every kind of container has. */
const container: { readonly [Field in keyof Container]-?: Fidelity } = {
  name: 'full',
  image: 'full',
  imagePullPolicy: 'full',
  command: 'full',
  args: 'full',
  env: 'full',
  envFrom: 'full',
  workingDir: 'full',
  ports: 'full',
  resources: 'full',
  resizePolicy: 'full',
  restartPolicy: 'full',
  restartPolicyRules: 'full',
  livenessProbe: 'full',
  readinessProbe: 'full',
  startupProbe: 'full',
  lifecycle: 'full',
  terminationMessagePath: 'full',
  terminationMessagePolicy: 'full',
  securityContext: 'full',
  stdin: {
    degraded: 'on Podman standard input ends when the first client leaves, whatever stdinOnce says',
    unless: [false],
  },
  stdinOnce: 'full',
  tty: 'full',
  volumeMounts: 'full',
  volumeDevices: { refused: 'raw block volumes cannot be used here' },
};

/** Fields of those that differ from what they are in. */
const inContainer = {
  'env[].valueFrom.fileKeyRef': { refused: 'variables cannot be read from files that other containers write' },
  'resources.claims': { refused: 'devices of the dynamic resource allocation cannot be given to containers here' },
  'lifecycle.postStart.tcpSocket': { degraded: 'is ignored, as by a kubelet' },
  'lifecycle.preStop.tcpSocket': { degraded: 'is ignored, as by a kubelet' },
  'securityContext.privileged': {
    degraded: 'only where the operator of the node allows it; refused otherwise',
    unless: [false],
  },
  'securityContext.windowsOptions': { refused: 'containers of Windows cannot run here' },
  'volumeMounts[].bindMountOptions': { degraded: 'the engine chooses the options of mounts' },
  'volumeMounts[].recursiveReadOnly': {
    degraded: 'mounts below a read-only volume are as read-only as the engine makes them',
    unless: ['Disabled', 'IfPossible'],
  },
} as const satisfies FidelityTable;

function below<Prefix extends string, Field extends string>(
  prefix: Prefix,
  rows: { readonly [F in Field]: Fidelity },
): { readonly [F in Field as `${Prefix}.${F}`]: Fidelity } {
  const all = Object.entries<Fidelity>(rows).map(([field, row]) => [`${prefix}.${field}`, row]);
  return Object.fromEntries(all) as { readonly [F in Field as `${Prefix}.${F}`]: Fidelity };
}

const noPlugin: Fidelity = { refused: 'there are no storage plug-ins here' };
const noDriver = [
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cephfs',
  'cinder',
  'csi',
  'ephemeral',
  'fc',
  'flexVolume',
  'flocker',
  'gcePersistentDisk',
  'gitRepo',
  'glusterfs',
  'image',
  'iscsi',
  'nfs',
  'photonPersistentDisk',
  'portworxVolume',
  'quobyte',
  'rbd',
  'scaleIO',
  'storageos',
  'vsphereVolume',
] as const;

const volumes: FidelityTable = {
  'spec.volumes[].name': 'full',
  'spec.volumes[].configMap': 'full',
  'spec.volumes[].secret': 'full',
  'spec.volumes[].downwardAPI': 'full',
  'spec.volumes[].projected': 'full',
  'spec.volumes[].projected.sources[].clusterTrustBundle': { refused: 'trust bundles cannot be read here' },
  'spec.volumes[].projected.sources[].podCertificate': { refused: 'certificates of pods cannot be made here' },
  'spec.volumes[].emptyDir': 'full',
  'spec.volumes[].hostPath': { degraded: 'only folders the operator of the node allows; refused otherwise' },
  'spec.volumes[].persistentVolumeClaim': {
    degraded: 'only volumes of kind local and hostPath in folders the operator of the node allows; refused otherwise',
  },
  ...Object.fromEntries(noDriver.map((kind) => [`spec.volumes[].${kind}`, noPlugin])),
};

/** The table of the container provider. */
export const fidelity: CompleteFidelity = {
  ...below('spec.containers[]', container),
  ...below('spec.containers[]', inContainer),
  ...below('spec.initContainers[]', { ...container, ...inContainer }),
  ...below('spec.ephemeralContainers[]', { ...container, ...inContainer, targetContainerName: 'full' }),
  'spec.initContainers': 'full',
  'spec.ephemeralContainers': 'full',
  'spec.volumes': 'full',
  ...volumes,
  'spec.activeDeadlineSeconds': 'full',
  'spec.affinity': scheduling,
  'spec.automountServiceAccountToken': 'full',
  'spec.dnsConfig': 'full',
  'spec.dnsPolicy': 'full',
  'spec.enableServiceLinks': 'full',
  'spec.evictionResponders': 'full',
  'spec.hostAliases': 'full',
  'spec.hostIPC': { degraded: 'only where the operator of the node allows it; refused otherwise', unless: [false] },
  'spec.hostNetwork': { degraded: 'only where the operator of the node allows it; refused otherwise', unless: [false] },
  'spec.hostPID': { degraded: 'only where the operator of the node allows it; refused otherwise', unless: [false] },
  'spec.hostUsers': { degraded: 'containers run in the user namespace the engine gives them', unless: [true] },
  'spec.hostname': 'full',
  'spec.hostnameOverride': 'full',
  'spec.imagePullSecrets': 'full',
  'spec.nodeName': scheduling,
  'spec.nodeSelector': scheduling,
  'spec.os': 'full',
  'spec.overhead': scheduling,
  'spec.preemptionPolicy': scheduling,
  'spec.priority': { degraded: 'nothing is evicted here for pods of a higher priority', unless: [0] },
  'spec.priorityClassName': scheduling,
  'spec.readinessGates': 'full',
  'spec.resourceClaims': { refused: 'devices of the dynamic resource allocation cannot be given to pods here' },
  'spec.resources': { degraded: 'counts for scheduling; each container is limited by itself' },
  'spec.restartPolicy': 'full',
  'spec.runtimeClassName': { degraded: 'every pod runs on the runtime the engine uses' },
  'spec.schedulerName': scheduling,
  'spec.schedulingGates': scheduling,
  'spec.schedulingGroup': scheduling,
  'spec.securityContext': 'full',
  'spec.securityContext.fsGroupChangePolicy': {
    degraded: 'volumes of contents and empty ones are made with their owner',
  },
  'spec.securityContext.seLinuxChangePolicy': { degraded: 'volumes are not relabelled' },
  'spec.securityContext.supplementalGroupsPolicy': { degraded: 'groups of the image count, too', unless: ['Merge'] },
  'spec.securityContext.windowsOptions': { refused: 'containers of Windows cannot run here' },
  'spec.serviceAccount': 'full',
  'spec.serviceAccountName': 'full',
  'spec.setHostnameAsFQDN': 'full',
  'spec.shareProcessNamespace': 'full',
  'spec.subdomain': 'full',
  'spec.terminationGracePeriodSeconds': 'full',
  'spec.tolerations': scheduling,
  'spec.topologySpreadConstraints': scheduling,
};
