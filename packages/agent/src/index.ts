/**
 * Assembles virtual nodes: the door for programs that embed a virtual kubelet. {@link createAgent} takes everything from
 * outside (transport, clock, provider) and gives an agent to which nodes are added and from which they are removed at any
 * time; the `virtual-kubelet` command is a thin shell around it.
 *
 * It holds no rules: those of nodes and pods are in `@virtual-kubelet/node`.
 */
export { createAgent } from './agent.js';
export type { Agent, AgentOptions, ConnectOptions } from './agent.js';
export type { ConfigRefresh } from './pod-configuration-source.js';
export type { VirtualNode, VirtualNodeOptions } from './virtual-node.js';
export { featuresOf, permissions } from './permissions.js';
export type { Permission, PermissionFeature } from './permissions.js';
export { rbacManifest } from './rbac-manifest.js';
export type { RbacOptions } from './rbac-manifest.js';
export type { KubeletAddress, KubeletSettings, NodeCertificate } from './kubelet/kubelet-port.js';
export { clusterAuthorities } from './kubelet/cluster-authorities.js';
export { requestedCertificate } from './kubelet/requested-certificate.js';
export type { RequestedCertificate, RequestedCertificateOptions } from './kubelet/requested-certificate.js';
export { askForCertificate } from './kubelet/ask-for-certificate.js';
export type { AskOptions, CertificateStore, PendingRequest, RequestOutcome } from './kubelet/ask-for-certificate.js';
export { nodeUser } from './kubelet/signing-request.js';
export type { CertificateIdentity } from './kubelet/signing-request.js';
