/** The host name inside a pod (kubernetes/kubernetes:pkg/kubelet/kubelet_pods.go, KEP 4762). Pure. */
import { isDnsLabel, isDnsSubdomain } from '@virtual-kubelet/kubernetes';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { Found } from './config-event.js';

/** What the host name depends on beside the pod. */
export interface HostnameContext {
  readonly clusterDomain: string;
  readonly nodeName: string;
}

/** Longest host name, and longest full name that Linux takes as one. */
const longestHostname = 63;
const longestFullName = 64;

function cut(name: string): Found<string> {
  const short = name.length <= longestHostname ? name : name.slice(0, longestHostname).replace(/[-.]+$/, '');
  return short === '' ? { problem: `no host name can be made of ${JSON.stringify(name)}` } : { found: short };
}

function domainOf(pod: Pod, clusterDomain: string): Found<string> {
  const { subdomain = '' } = pod.spec ?? {};
  if (subdomain === '') return { found: '' };
  if (!isDnsLabel(subdomain)) return { problem: `pod subdomain ${JSON.stringify(subdomain)} is not a DNS label` };
  return { found: `${subdomain}.${pod.metadata?.namespace ?? ''}.svc.${clusterDomain}` };
}

function fullName(host: string, domain: string): Found<string> {
  const name = `${host}.${domain}`;
  if (name.length <= longestFullName) return { found: name };
  return { problem: `the full host name ${name} has ${name.length} characters, and ${longestFullName} is the most` };
}

/** The host name, or why the pod cannot have the one it asks for. Pods on the host's network have the node's. */
export function podHostname(pod: Pod, context: HostnameContext): Found<string> {
  const { hostname = '', hostnameOverride, setHostnameAsFQDN = false, hostNetwork = false } = pod.spec ?? {};
  if (hostnameOverride !== undefined) {
    if (isDnsSubdomain(hostnameOverride)) return cut(hostnameOverride);
    return { problem: `pod hostnameOverride ${JSON.stringify(hostnameOverride)} is not a DNS subdomain` };
  }
  if (hostNetwork) return { found: context.nodeName };
  if (hostname !== '' && !isDnsLabel(hostname))
    return { problem: `pod hostname ${JSON.stringify(hostname)} is not a DNS label` };
  const short = cut(hostname === '' ? (pod.metadata?.name ?? '') : hostname);
  const domain = domainOf(pod, context.clusterDomain);
  if ('problem' in short) return short;
  if ('problem' in domain) return domain;
  return setHostnameAsFQDN && domain.found !== '' ? fullName(short.found, domain.found) : short;
}
