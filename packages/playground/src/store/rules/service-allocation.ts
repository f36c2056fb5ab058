/** Addresses and node ports of Services: the ones asked for, or free ones. */
import type { Call } from '../call.js';
import { invalidValue } from '../field-error.js';
import type { Json } from '../json.js';
import { change, field, list, mapList, text, texts, withDefaults } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { keyOf } from '../object.js';
import { invalid } from '../refusal.js';

const families = { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' };

/** A headless Service without a selector may have endpoints of any family. */
const anyFamily = { ipFamilies: ['IPv4'], ipFamilyPolicy: 'RequireDualStack' };

/** Gives a cluster address to a Service that needs one and has none. Throws a Refusal. */
export function withClusterAddress(spec: Json, call: Call): Json {
  if (text(spec, 'type') === 'ExternalName') return spec;
  const asked = text(spec, 'clusterIP') || (texts(spec, 'clusterIPs')[0] ?? '');
  const clusterIP = asked === '' ? freeAddress(call) : asked;
  if (asked !== '' && asked !== 'None') checkAddress(asked, call);
  const own = change(spec, { clusterIP, clusterIPs: [clusterIP] });
  const isFamilyless = clusterIP === 'None' && Object.keys(selectorOf(spec)).length === 0;
  return withDefaults(own, isFamilyless ? { ...anyFamily, ...familylessOf(spec) } : families);
}

function selectorOf(spec: Json): Json {
  const selector = field(spec, 'selector');
  return typeof selector === 'object' && selector !== null ? (selector as Json) : {};
}

function familylessOf(spec: Json): Json {
  const policy = text(spec, 'ipFamilyPolicy');
  return policy === '' ? { ipFamilyPolicy: 'SingleStack' } : { ipFamilyPolicy: policy };
}

function services(call: Call): readonly StoredObject[] {
  return call.state.collection('services').objects();
}

function isOther(service: StoredObject, call: Call): boolean {
  const { namespace, name } = call.request;
  return service.metadata.name !== name || service.metadata.namespace !== namespace;
}

function checkAddress(address: string, call: Call): void {
  const refuse = (why: string): never => {
    const { name = '' } = call.request;
    throw invalid(call.request.resource, name || bodyName(call), [invalidValue('spec.clusterIPs', [address], why)]);
  };
  if (!address.startsWith(`${call.settings.serviceNetwork}.`))
    refuse(`failed to allocate IP ${address}: the provided network does not match the current range`);
  const isTaken = services(call).some((one) => isOther(one, call) && text(one, 'spec', 'clusterIP') === address);
  if (isTaken) refuse(`failed to allocate IP ${address}: provided IP is already allocated`);
}

function bodyName(call: Call): string {
  return text(call.request.body, 'metadata', 'name');
}

/** Addresses from .1.0 upwards that nobody has; the lower ones stay for who asks for them by name. */
function freeAddress(call: Call): string {
  const used = new Set(services(call).map((one) => text(one, 'spec', 'clusterIP')));
  for (let number = 256; number < 65_535; number++) {
    const address = `${call.settings.serviceNetwork}.${number >> 8}.${number & 255}`;
    if (!used.has(address)) return address;
  }
  throw invalid(call.request.resource, bodyName(call), [invalidValue('spec.clusterIPs', [], 'no address is free')]);
}

/** Ports that Services may open on every node. */
export const nodePortRange: readonly [number, number] = [30_000, 32_767];

/** Gives node ports to the ports of a Service that has them. Throws a Refusal. */
export function withNodePorts(spec: Json, draft: DraftObject, call: Call): Json {
  const allocates = text(spec, 'type') === 'NodePort' || field(spec, 'allocateLoadBalancerNodePorts') === true;
  if (!allocates) return spec;
  const own = keyOf(draft.metadata);
  const others = services(call).filter((one) => keyOf(one.metadata) !== own);
  const used = new Set(others.flatMap(nodePortsOf));
  const [least, most] = nodePortRange;
  let next = least;
  let index = 0;
  return mapList(spec, 'ports', (port) => {
    const path = `spec.ports[${index++}].nodePort`;
    const asked = field(port, 'nodePort');
    if (typeof asked === 'number' && asked !== 0) {
      checkPort(asked, { path, used, draft, call });
      return port;
    }
    while (used.has(next) && next <= most) next++;
    used.add(next);
    return change(port, { nodePort: next });
  });
}

interface PortCheck {
  readonly path: string;
  readonly used: Set<number>;
  readonly draft: DraftObject;
  readonly call: Call;
}

function checkPort(port: number, { path, used, draft, call }: PortCheck): void {
  const [least, most] = nodePortRange;
  const why =
    port < least || port > most
      ? `provided port is not in the valid range. The range of valid ports is ${least}-${most}`
      : used.has(port)
        ? 'provided port is already allocated'
        : undefined;
  if (why !== undefined)
    throw invalid(call.request.resource, draft.metadata.name ?? '', [invalidValue(path, port, why)]);
  used.add(port);
}

/** Ports that a Service opens on every node. */
export function nodePortsOf(service: StoredObject): readonly number[] {
  return list(service, 'spec', 'ports').flatMap((port) => {
    const own = field(port, 'nodePort');
    return typeof own === 'number' ? [own] : [];
  });
}
