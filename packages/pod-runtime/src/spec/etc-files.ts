/** `/etc/hosts`, `/etc/resolv.conf` and `/etc/hostname` as a kubelet writes them. Pure. */
import type { HostAlias, Pod } from '@virtual-kubelet/kubernetes';
import type { PodDns, PodInputs } from '@virtual-kubelet/provider';

function aliases(all: readonly HostAlias[]): string {
  return all.map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join('\t')}\n`).join('');
}

/** The hosts file of a pod with addresses of its own. */
export function hostsFile(pod: Pod, inputs: PodInputs, ips: readonly string[]): string {
  const { subdomain = '', hostnameOverride, hostAliases = [] } = pod.spec ?? {};
  const { clusterNetwork } = inputs;
  const domain = `${subdomain}.${pod.metadata?.namespace ?? ''}.svc.${clusterNetwork.clusterDomain}`;
  // The host name can be the whole name by itself.
  const isWhole = inputs.hostname.endsWith(`.${domain}`);
  const hostname = isWhole ? inputs.hostname.slice(0, -domain.length - 1) : inputs.hostname;
  const names = subdomain === '' || hostnameOverride !== undefined ? hostname : `${hostname}.${domain}\t${hostname}`;
  const lines = [
    '# Written by the virtual kubelet; changes are lost.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    ...ips.map((ip) => `${ip}\t${names}`),
  ];
  return `${lines.join('\n')}\n${aliases(hostAliases)}`;
}

/** The hosts file of a pod on the machine's network: the machine's own, and the pod's aliases. */
export function machineHostsFile(pod: Pod, machine: string): string {
  const { hostAliases = [] } = pod.spec ?? {};
  return `# Written by the virtual kubelet from the file of the machine; changes are lost.\n${machine}${aliases(hostAliases)}`;
}

/** The resolver's file; undefined when nothing is to be said and the engine's own serves. */
export function resolvFile({ nameservers, searches, options }: PodDns): string | undefined {
  if (nameservers.length + searches.length + options.length === 0) return undefined;
  const lines = [
    ...nameservers.map((server) => `nameserver ${server}`),
    ...(searches.length > 0 ? [`search ${searches.join(' ')}`] : []),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}
