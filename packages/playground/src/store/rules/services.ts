/** Services: defaults and addresses. */
import { isDns1035Label } from '@virtual-kubelet/kubernetes';
import type { Call } from '../call.js';
import type { Json } from '../json.js';
import { change, field, json, list, mapList, text, texts, withDefaults } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { withFields } from '../object.js';
import type { KindRules } from './kind-rules.js';

/** What Services do differently. */
export const serviceRules: KindRules = {
  createsOnUpdate: true,
  returnsDeleted: true,
  checkName: (name) =>
    isDns1035Label(name)
      ? undefined
      : "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  defaults: serviceDefaults,
  create: (draft, call) =>
    withFields(draft, { spec: withAddress(json(draft, 'spec'), call), status: { loadBalancer: {} } }),
  update: (draft, old) => withFields(draft, { spec: keepAddress(json(draft, 'spec'), old), status: old.status }),
};

function serviceDefaults(draft: DraftObject): DraftObject {
  const spec = withDefaults(json(draft, 'spec'), { type: 'ClusterIP', sessionAffinity: 'None' });
  const type = text(spec, 'type');
  const isExternal = type === 'NodePort' || type === 'LoadBalancer';
  const filled = withDefaults(spec, {
    ...(type === 'ExternalName' ? {} : { internalTrafficPolicy: 'Cluster' }),
    ...(isExternal ? { externalTrafficPolicy: 'Cluster' } : {}),
    ...(type === 'LoadBalancer' ? { allocateLoadBalancerNodePorts: true } : {}),
  });
  return withFields(draft, { spec: mapList(filled, 'ports', portDefaults) });
}

function portDefaults(port: Json): Json {
  const target = field(port, 'targetPort');
  const isUnset = target === undefined || target === 0 || target === '';
  return change(withDefaults(port, { protocol: 'TCP' }), { targetPort: isUnset ? field(port, 'port') : target });
}

/** Gives a cluster address to every Service that has one. */
function withAddress(spec: Json, call: Call): Json {
  if (text(spec, 'type') === 'ExternalName') return spec;
  const asked = text(spec, 'clusterIP') || texts(spec, 'clusterIPs')[0];
  const clusterIP = asked === undefined || asked === '' ? freeAddress(call) : asked;
  const families = { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' };
  return withDefaults(change(spec, { clusterIP, clusterIPs: [clusterIP] }), families);
}

function keepAddress(spec: Json, old: StoredObject): Json {
  if (text(spec, 'type') === 'ExternalName') return spec;
  const before = json(old, 'spec');
  const { clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy } = before;
  return withDefaults(spec, { clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy });
}

/** Addresses from .0.10 upwards that nobody has; the lower ones stay for who asks for them by name. */
function freeAddress(call: Call): string {
  const used = new Set(
    call.state
      .collection('services')
      .objects()
      .map((one) => text(one, 'spec', 'clusterIP')),
  );
  for (let number = 256; number < 65_535; number++) {
    const address = `${call.settings.serviceNetwork}.${number >> 8}.${number & 255}`;
    if (!used.has(address)) return address;
  }
  return 'None';
}

/** Ports that a Service opens on every node. */
export function nodePorts(service: StoredObject): readonly number[] {
  return list(service, 'spec', 'ports').flatMap((port) => {
    const own = field(port, 'nodePort');
    return typeof own === 'number' ? [own] : [];
  });
}
