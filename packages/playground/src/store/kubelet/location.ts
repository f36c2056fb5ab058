/** Where a node's kubelet listens, as its Node object says. */
import { list, number, text } from '../json.js';
import type { StoredObject } from '../object.js';
import { internalRefusal } from '../refusal.js';

/** Where to connect. */
export interface KubeletAddress {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
}

/** Kinds of addresses, the best first. Names come last: those of virtual nodes are seldom known to a resolver. */
const preferred = ['InternalIP', 'ExternalIP', 'InternalDNS', 'ExternalDNS', 'Hostname'] as const;

const usualPort = 10_250;

/** The kubelet's address. Throws a Refusal where the node has none. */
export function kubeletAddress(node: StoredObject): KubeletAddress {
  const addresses = list(node, 'status', 'addresses');
  const found = preferred
    .map((type) => addresses.find((one) => text(one, 'type') === type && text(one, 'address') !== ''))
    .find((one) => one !== undefined);
  if (found === undefined) throw internalRefusal(`no preferred addresses found for node ${node.metadata.name}`);
  const port = number(node, 'status', 'daemonEndpoints', 'kubeletEndpoint', 'Port') ?? 0;
  return { scheme: 'https', host: text(found, 'address'), port: port === 0 ? usualPort : port };
}
