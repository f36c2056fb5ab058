import { BlockList, isIP } from 'node:net';
import { Sensitive } from '@virtual-kubelet/base';
import { clientError } from './errors.js';
import type { Environment } from './files.js';

// The rules are those of Go's golang.org/x/net/http/httpproxy, because kubectl follows them.

const defaultPorts = new Map([
  ['https:', '443'],
  ['http:', '80'],
]);

interface Destination {
  /** In lower case and without brackets. */
  readonly host: string;
  readonly port: string;
}

function destinationOf(url: URL): Destination {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return { host, port: url.port || (defaultPorts.get(url.protocol) ?? '') };
}

function family(host: string): 'ipv4' | 'ipv6' {
  return isIP(host) === 6 ? 'ipv6' : 'ipv4';
}

function inSubnet(host: string, network: string, bits: number): boolean {
  if (isIP(host) === 0 || isIP(host) !== isIP(network)) return false;
  if (!Number.isInteger(bits) || bits < 0 || bits > (isIP(network) === 6 ? 128 : 32)) return false;
  const subnet = new BlockList();
  subnet.addSubnet(network, bits, family(network));
  return subnet.check(host, family(host));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || inSubnet(host, '127.0.0.0', 8);
}

/** `host`, `host:port`, `[v6]:port`; a bare IPv6 address has no port. */
function splitPort(entry: string): { readonly name: string; readonly port?: string } {
  if (isIP(entry) !== 0) return { name: entry };
  const match = /^(.*):(\d+)$/.exec(entry);
  const name = (match?.[1] ?? entry).replace(/^\[|\]$/g, '');
  return match?.[2] === undefined ? { name } : { name, port: match[2] };
}

/** `a.b` is for itself and all below it, `.a.b` and `*.a.b` only for what is below. */
function matchesName(host: string, name: string): boolean {
  if (isIP(name) !== 0 || isIP(host) !== 0) return host === name;
  const bare = name.replace(/^\*(?=\.)/, '');
  return bare.startsWith('.') ? host.endsWith(bare) : host === bare || host.endsWith(`.${bare}`);
}

function excludes(entry: string, { host, port }: Destination): boolean {
  if (entry === '*') return true;
  const slash = entry.indexOf('/');
  if (slash >= 0) return inSubnet(host, entry.slice(0, slash), Number(entry.slice(slash + 1)));
  const wanted = splitPort(entry);
  return matchesName(host, wanted.name) && (wanted.port === undefined || wanted.port === port);
}

function isExcluded(destination: Destination, noProxy: string): boolean {
  const entries = noProxy.toLowerCase().split(',');
  return entries.map((entry) => entry.trim()).some((entry) => entry !== '' && excludes(entry, destination));
}

function pick(env: Environment, names: readonly string[]): readonly [name: string, value: string] | undefined {
  for (const name of names) {
    const value = env[name];
    if (value) return [name, value];
  }
  return undefined;
}

/**
 * The proxy that the environment asks for on the way to a server: `HTTPS_PROXY` or `HTTP_PROXY` by its scheme, unless
 * `NO_PROXY` excludes it or it is on this machine. The names may be in lower case.
 */
export function proxyFromEnvironment(server: string, env: Environment): Sensitive | undefined {
  const url = new URL(server);
  const destination = destinationOf(url);
  const names = url.protocol === 'https:' ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy'];
  const found = pick(env, names);
  if (found === undefined || isLoopback(destination.host)) return undefined;
  if (isExcluded(destination, pick(env, ['NO_PROXY', 'no_proxy'])?.[1] ?? '')) return undefined;
  const [variable, value] = found;
  const text = value.includes('://') ? value : `http://${value}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy?.protocol === 'http:' || proxy?.protocol === 'https:') return new Sensitive(proxy.href);
  throw clientError('VK_CLUSTER_PROXY', { variable });
}
