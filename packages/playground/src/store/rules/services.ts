/** Services: defaults, and what changes of the type take away. */
import { isDnsLabel } from '@virtual-kubelet/kubernetes';
import type { Call } from '../call.js';
import type { Json } from '../json.js';
import { at, change, field, json, list, mapList, text, withDefaults } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { withFields } from '../object.js';
import { labelFault } from './check.js';
import type { KindRules } from './kind-rules.js';
import { withClusterAddress, withNodePorts } from './service-allocation.js';
import { serviceChangeErrors, serviceErrors } from './service-validation.js';

/** What Services do differently. */
export const serviceRules: KindRules = {
  createsOnUpdate: true,
  returnsDeleted: true,
  checkName: (name) => (isDnsLabel(name) ? undefined : labelFault),
  defaults: serviceDefaults,
  create: (draft, call) => withFields(draft, { spec: allocated(draft, call), status: { loadBalancer: {} } }),
  update: updateService,
  validate: serviceErrors,
  validateUpdate: serviceChangeErrors,
};

function allocated(draft: DraftObject, call: Call): Json {
  // What is refused takes no address.
  if (serviceErrors(draft).length > 0) return json(draft, 'spec');
  return withNodePorts(withClusterAddress(json(draft, 'spec'), call), draft, call);
}

function serviceDefaults(draft: DraftObject): DraftObject {
  const spec = withDefaults(json(draft, 'spec'), { type: 'ClusterIP', sessionAffinity: 'None' });
  const type = text(spec, 'type');
  const filled = withDefaults(spec, {
    ...(['ClusterIP', 'NodePort', 'LoadBalancer'].includes(type) ? { internalTrafficPolicy: 'Cluster' } : {}),
    ...(isExternallyReachable(spec) ? { externalTrafficPolicy: 'Cluster' } : {}),
    ...(type === 'LoadBalancer' ? { allocateLoadBalancerNodePorts: true } : {}),
  });
  const withPorts = mapList(filled, 'ports', portDefaults);
  const made = withFields(draft, { spec: withAffinity(withPorts) });
  return type === 'LoadBalancer' ? withAddressModes(made) : made;
}

/** Whether traffic from outside the cluster can come in by this Service itself. */
function isExternallyReachable(spec: Json): boolean {
  const type = text(spec, 'type');
  const hasOwn = list(spec, 'externalIPs').length > 0;
  return type === 'NodePort' || type === 'LoadBalancer' || (type === 'ClusterIP' && hasOwn);
}

function withAffinity(spec: Json): Json {
  if (text(spec, 'sessionAffinity') !== 'ClientIP') return change(spec, { sessionAffinityConfig: undefined });
  if (at(spec, 'sessionAffinityConfig', 'clientIP', 'timeoutSeconds') !== undefined) return spec;
  return change(spec, { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } });
}

function withAddressModes(draft: DraftObject): DraftObject {
  const balancer = json(draft, 'status', 'loadBalancer');
  const mode = (ingress: Json): Json =>
    text(ingress, 'ip') === '' ? ingress : withDefaults(ingress, { ipMode: 'VIP' });
  const status = change(json(draft, 'status'), { loadBalancer: mapList(balancer, 'ingress', mode) });
  return list(balancer, 'ingress').length === 0 ? draft : withFields(draft, { status });
}

function portDefaults(port: Json): Json {
  const target = field(port, 'targetPort');
  const isUnset = target === undefined || target === 0 || target === '';
  return change(withDefaults(port, { protocol: 'TCP' }), { targetPort: isUnset ? field(port, 'port') : target });
}

/** Addresses and ports that were given stay, unless the new type has none. */
function updateService(draft: DraftObject, old: StoredObject, call: Call): DraftObject {
  const before = json(old, 'spec');
  const spec = withoutStale(json(draft, 'spec'), before);
  const kept = needsAddress(spec) && needsAddress(before) ? keepAddress(spec, before) : spec;
  const made = withFields(draft, { spec: kept, status: old.status });
  if (serviceErrors(made).length > 0) return made;
  return withFields(made, { spec: withNodePorts(withClusterAddress(keepPorts(kept, before), call), made, call) });
}

function needsAddress(spec: Json): boolean {
  return text(spec, 'type') !== 'ExternalName';
}

function needsNodePorts(spec: Json): boolean {
  return ['NodePort', 'LoadBalancer'].includes(text(spec, 'type'));
}

function keepAddress(spec: Json, before: Json): Json {
  const { clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy } = before;
  const isUnset = text(spec, 'clusterIP') === '';
  const address = isUnset
    ? { clusterIP, clusterIPs }
    : { clusterIPs: keepsPrimary(spec, before) ? spec.clusterIPs : [spec.clusterIP] };
  return withDefaults(change(spec, address), { ipFamilies, ipFamilyPolicy });
}

function keepsPrimary(spec: Json, before: Json): boolean {
  return text(spec, 'clusterIP') === text(before, 'clusterIP');
}

/** A port that stays keeps its node port where the new spec names none. */
function keepPorts(spec: Json, before: Json): Json {
  if (!needsNodePorts(spec)) return spec;
  return mapList(spec, 'ports', (port) => {
    const same = list(before, 'ports').find(
      (one) => at(one, 'port') === port.port && at(one, 'protocol') === port.protocol,
    );
    return withDefaults(port, { nodePort: at(same, 'nodePort') });
  });
}

/** Takes away what the new type has no use for, where the user did not change it. */
function withoutStale(spec: Json, before: Json): Json {
  const losesAddress =
    needsAddress(before) && !needsAddress(spec) && text(spec, 'clusterIP') === text(before, 'clusterIP');
  const losesPorts = needsNodePorts(before) && !needsNodePorts(spec);
  const isUnchanged = (name: string): boolean => field(spec, name) === field(before, name);
  const losesPolicy =
    isExternallyReachable(before) && !isExternallyReachable(spec) && isUnchanged('externalTrafficPolicy');
  const losesBalancer = text(before, 'type') === 'LoadBalancer' && text(spec, 'type') !== 'LoadBalancer';
  const less = change(spec, {
    ...(losesAddress
      ? { clusterIP: undefined, clusterIPs: undefined, ipFamilies: undefined, ipFamilyPolicy: undefined }
      : {}),
    ...(losesPolicy ? { externalTrafficPolicy: undefined } : {}),
    ...(losesBalancer ? { allocateLoadBalancerNodePorts: undefined, loadBalancerClass: undefined } : {}),
  });
  return losesPorts ? mapList(less, 'ports', (port) => change(port, { nodePort: undefined })) : less;
}
