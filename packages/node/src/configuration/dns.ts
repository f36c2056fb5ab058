/** Name resolution of a pod (kubernetes/kubernetes:pkg/kubelet/network/dns). Pure. */
import type { Pod, PodDNSConfigOption } from '@virtual-kubelet/kubernetes';
import type { ClusterNetwork, PodDns } from '@virtual-kubelet/provider';
import type { ConfigEvent } from './config-event.js';
import { warning } from './config-event.js';

/** What the node knows about names. */
export interface DnsContext {
  readonly clusterNetwork: Pick<ClusterNetwork, 'clusterDomain' | 'dnsAddresses'>;
  /** Name resolution outside the cluster, for policy `Default`. Empty: whatever the platform has. */
  readonly hostDns?: PodDns;
}

/** The settings, and what had to be left out of them. */
export interface DnsOutcome {
  readonly dns: PodDns;
  readonly notes: readonly ConfigEvent[];
}

const nothing: PodDns = { nameservers: [], searches: [], options: [] };
/** Limits of resolvers and of the API. */
const most = { nameservers: 3, searches: 32, searchCharacters: 2_048, domainCharacters: 253 };

type Policy = 'cluster' | 'host' | 'none';

function policyOf(pod: Pod): Policy {
  const { dnsPolicy = 'ClusterFirst', hostNetwork = false } = pod.spec ?? {};
  if (dnsPolicy === 'None') return 'none';
  if (dnsPolicy === 'Default') return 'host';
  return dnsPolicy === 'ClusterFirst' && hostNetwork ? 'host' : 'cluster';
}

function clusterDns(pod: Pod, context: DnsContext, hostDns: PodDns): PodDns {
  const { clusterDomain, dnsAddresses } = context.clusterNetwork;
  const namespace = pod.metadata?.namespace ?? '';
  const own = clusterDomain === '' ? [] : [`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
  return { nameservers: dnsAddresses, searches: [...own, ...hostDns.searches], options: ['ndots:5'] };
}

function baseDns(pod: Pod, context: DnsContext): DnsOutcome {
  const { hostDns = nothing } = context;
  const policy = policyOf(pod);
  if (policy === 'none') return { dns: nothing, notes: [] };
  if (policy === 'host') return { dns: hostDns, notes: [] };
  if (context.clusterNetwork.dnsAddresses.length > 0) return { dns: clusterDns(pod, context, hostDns), notes: [] };
  const message =
    'The node does not know the address of the cluster DNS, so policy "Default" is used in place of "ClusterFirst".';
  return { dns: hostDns, notes: [warning('MissingClusterDNS', message)] };
}

/** Options of the pod replace those of the same name, which keep their place. */
function mergedOptions(existing: readonly string[], more: readonly PodDNSConfigOption[]): string[] {
  const values = new Map<string, string>();
  for (const option of existing) {
    const colon = option.indexOf(':');
    values.set(colon < 0 ? option : option.slice(0, colon), colon < 0 ? '' : option.slice(colon + 1));
  }
  for (const { name = '', value = '' } of more) values.set(name, value);
  return [...values].map(([name, value]) => (value === '' ? name : `${name}:${value}`));
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)];
}

function limitSearches(searches: readonly string[]): string[] {
  const kept: string[] = [];
  let characters = -1;
  for (const domain of searches.slice(0, most.searches)) {
    if (domain.length > most.domainCharacters) continue;
    characters += domain.length + 1;
    if (characters > most.searchCharacters) break;
    kept.push(domain);
  }
  return kept;
}

function withinLimits(dns: PodDns): DnsOutcome {
  const nameservers = dns.nameservers.slice(0, most.nameservers);
  const searches = limitSearches(dns.searches);
  const notes: ConfigEvent[] = [];
  const note = (what: string, applied: readonly string[]): void => {
    notes.push(
      warning('DNSConfigForming', `There are more ${what} than resolvers take; those in use are: ${applied.join(' ')}`),
    );
  };
  if (nameservers.length < dns.nameservers.length) note('nameservers', nameservers);
  if (searches.length < dns.searches.length) note('search domains', searches);
  return { dns: { nameservers, searches, options: dns.options }, notes };
}

/** What a kubelet would write to the pod's `resolv.conf`. */
export function podDns(pod: Pod, context: DnsContext): DnsOutcome {
  const base = baseDns(pod, context);
  const { nameservers = [], searches = [], options = [] } = pod.spec?.dnsConfig ?? {};
  const limited = withinLimits({
    nameservers: unique([...base.dns.nameservers, ...nameservers]),
    searches: unique([...base.dns.searches, ...searches]),
    options: mergedOptions(base.dns.options, options),
  });
  return { dns: limited.dns, notes: [...base.notes, ...limited.notes] };
}
