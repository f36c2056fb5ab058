import type { ErrorDefinition } from '@virtual-kubelet/base';
import { errorsOf } from '@virtual-kubelet/base';

/** The codes of this package. */
export type NodeErrorCode =
  | 'VK_NODE_ABSENT'
  | 'VK_NODE_API'
  | 'VK_NODE_DESCRIPTION'
  | 'VK_NODE_FORBIDDEN'
  | 'VK_NODE_FOREIGN'
  | 'VK_NODE_HELD'
  | 'VK_NODE_IN_USE'
  | 'VK_NODE_REFUSED'
  | 'VK_NODE_TAKEN_OVER'
  | 'VK_NODE_WATCH_STALE'
  | 'VK_POD_CONFIG_UNREADABLE';

/** What can go wrong with a node and its pods. */
export const errors: Readonly<Record<NodeErrorCode, ErrorDefinition>> = {
  VK_NODE_ABSENT: {
    message: 'there is no node {node} in this cluster',
    remedy:
      'check --nodename, and with --context that it is the right cluster; "kubectl get nodes -l type=virtual-kubelet" lists the nodes of virtual kubelets',
    cause:
      'virtual-kubelet deregister found neither a Node of this name nor a Lease that an agent left behind. If it was removed before, nothing is left to do.',
  },
  VK_NODE_API: {
    message: 'cannot {action} node {node}: {detail}',
    remedy: 'nothing, if the API server is restarting: it is tried again; otherwise check the connection to it',
    cause:
      'The API server could not be reached, was overloaded, or failed. The node keeps its workloads; if this lasts longer than the lease, the cluster takes the node for dead.',
  },
  VK_NODE_DESCRIPTION: {
    message: 'the provider cannot describe node {node}: {detail}',
    remedy: 'check the provider’s configuration and whether its platform can be reached; it is asked again',
    cause:
      'A node is registered with the capacity, addresses and labels its provider names. Until the provider answers for the first time the node is not registered.',
  },
  VK_NODE_FORBIDDEN: {
    message: 'not allowed to {action} node {node}: {detail}',
    remedy:
      'grant the agent’s identity get, create and patch on nodes, patch on nodes/status, and get, create and update on leases in kube-node-lease',
    cause: 'The API server recognised the agent but its role lacks the permission. It is tried again, slowly.',
  },
  VK_NODE_FOREIGN: {
    message: 'node {node} is not a node of a virtual kubelet',
    remedy:
      'check --nodename; if the Node is to go all the same, "kubectl delete node {node}" removes it whoever looks after it',
    cause:
      'Nodes of virtual kubelets have the label type=virtual-kubelet, and this one has not. To remove the Node of a machine would end the pods that run there, so virtual-kubelet deregister does not do it.',
  },
  VK_NODE_HELD: {
    message: 'node {node} is held by another running agent: {holder}',
    remedy:
      'stop the other agent, or start this one with another --nodename; to replace it at once, start this one with --instance {holder}',
    cause:
      'The Lease of this node in kube-node-lease is being renewed by another instance, which it names in the annotation virtual-kubelet.io/instance. Two agents must not act for one node: they would run every pod twice. An agent that was stopped has let the node go; one that died is replaced without your doing once its Lease has not changed for 40 seconds. Started with the instance of the other, this agent takes over at once, and the other stands by.',
  },
  VK_NODE_IN_USE: {
    message: 'node {node} is not removed, for an agent looks after it: {holder}',
    remedy: 'stop that agent, then deregister the node again',
    cause:
      'The Lease of this node in kube-node-lease was renewed while virtual-kubelet deregister watched it, so an agent lives, here or elsewhere. It would make the Node again at once, after the cluster had removed its pods.',
  },
  VK_NODE_REFUSED: {
    message: 'cannot {action} node {node}, the API server refuses what was sent: {detail}',
    remedy: 'correct the configured or provider-given value the message names',
    cause:
      'A label, taint, address or quantity breaks a rule of the API, or an admission webhook said no. Everything else about the node goes on.',
  },
  VK_NODE_TAKEN_OVER: {
    message: 'node {node} was taken over by another agent: {holder}',
    remedy: 'stop one of the two agents; this one stands by until the other has gone',
    cause:
      'This process was frozen or cut off from the API server for longer than its lease, or a second process was started with the same instance id. While the other one lives this one starts nothing, writes nothing and answers /readyz with 503 and this message; when that has gone it acts for the node again by itself. Stopped as a standby it ends with status 1, since it was not the one that looked after the node.',
  },
  VK_NODE_WATCH_STALE: {
    message: 'the lease of node {node} is not renewed: nothing has been heard of its pods for too long',
    remedy: 'check the connection to the API server and whether the agent may watch pods',
    cause:
      'An agent that does not learn about its pods must not claim that its node is well: the cluster would go on scheduling pods to it.',
  },
  VK_POD_CONFIG_UNREADABLE: {
    message: 'cannot read {kind} {name}: {detail}',
    remedy:
      'nothing, if the API server is restarting: it is tried again; otherwise grant the agent’s identity get on configmaps, secrets, persistentvolumeclaims and persistentvolumes, list on services, and create on serviceaccounts/token, where pods run',
    cause:
      'A pod takes configuration from an object that could not be read. That says nothing about whether the object exists, so the pod waits, even where the reference is optional.',
  },
};

/** Makes a coded error of this package. */
export const nodeFailure: ReturnType<typeof errorsOf<Readonly<Record<NodeErrorCode, ErrorDefinition>>>> =
  errorsOf(errors);
