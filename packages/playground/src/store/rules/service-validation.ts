/** What a Service must look like, and what of it stays. */
import { invalidValue, required } from '../field-error.js';
import { at, json, list, text, texts } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import type { Errors } from './check.js';
import { between, isAddress, oneOf, unique } from './check.js';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'] as const;

/** What is wrong with a Service. */
export function serviceErrors(draft: DraftObject): Errors {
  const spec = json(draft, 'spec');
  const type = text(spec, 'type');
  const ports = list(spec, 'ports');
  const isHeadless = text(spec, 'clusterIP') === 'None';
  const needsPorts = type !== 'ExternalName' && !isHeadless;
  return [
    ...(ports.length === 0 && needsPorts ? [required('spec.ports')] : []),
    ...oneOf('spec.type', type, types),
    ...oneOf('spec.sessionAffinity', text(spec, 'sessionAffinity'), ['ClientIP', 'None']),
    ...(type === 'ExternalName' && text(spec, 'externalName') === '' ? [required('spec.externalName')] : []),
    ...addressErrors(draft),
    ...portErrors(ports),
  ];
}

function addressErrors(draft: DraftObject): Errors {
  const address = text(draft, 'spec', 'clusterIP') || (texts(draft, 'spec', 'clusterIPs')[0] ?? '');
  if (address === '' || address === 'None' || isAddress(address)) return [];
  return [invalidValue('spec.clusterIPs[0]', address, 'must be a valid IP address')];
}

function portErrors(ports: readonly unknown[]): Errors {
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const path = `spec.ports[${index}]`;
    const name = text(port, 'name');
    const target = at(port, 'targetPort');
    return [
      ...(name === '' ? (ports.length > 1 ? [required(`${path}.name`)] : []) : unique(`${path}.name`, name, names)),
      ...between(`${path}.port`, at(port, 'port') ?? 0, [1, 65_535]),
      ...oneOf(`${path}.protocol`, at(port, 'protocol'), ['SCTP', 'TCP', 'UDP']),
      ...(typeof target === 'number' ? between(`${path}.targetPort`, target, [1, 65_535]) : []),
    ];
  });
}

/** What is wrong with a change: a cluster address stays while the Service has one. */
export function serviceChangeErrors(draft: DraftObject, old: StoredObject): Errors {
  const [now, before] = [text(draft, 'spec', 'clusterIP'), text(old, 'spec', 'clusterIP')];
  if (before === '' || now === before || text(draft, 'spec', 'type') === 'ExternalName') return [];
  return [invalidValue('spec.clusterIPs[0]', [now], 'may not change once set')];
}
