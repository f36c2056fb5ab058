/** The columns of Services and what belongs to them. */
import type { Json } from '../json.js';
import { json, list, number, text, texts } from '../json.js';
import type { Column } from './column.js';
import { age, column, joined, none, pairs, textAt, unset, wide } from './column.js';
import { selectorWords } from './workload-columns.js';

const serviceColumns: readonly Column[] = [
  column('Type', (service) => text(service, 'spec', 'type')),
  column('Cluster-IP', textAt('spec', 'clusterIP')),
  column('External-IP', externalAddress),
  column('Port(s)', (service) => joined(list(service, 'spec', 'ports').map(servicePort))),
  age,
  wide('Selector', (service) => pairs(json(service, 'spec', 'selector'))),
];

function externalAddress(service: Json): string {
  const type = text(service, 'spec', 'type');
  if (type === 'ExternalName') return text(service, 'spec', 'externalName');
  const own = texts(service, 'spec', 'externalIPs');
  if (type !== 'LoadBalancer') return joined(own);
  const all = [...ingressAddresses(service), ...own];
  return all.length === 0 ? '<pending>' : all.join(',');
}

function ingressAddresses(object: Json): readonly string[] {
  return list(object, 'status', 'loadBalancer', 'ingress').map((one) => text(one, 'ip') || text(one, 'hostname'));
}

function servicePort(port: unknown): string {
  const nodePort = number(port, 'nodePort') ?? 0;
  return `${number(port, 'port') ?? 0}${nodePort > 0 ? `:${nodePort}` : ''}/${text(port, 'protocol')}`;
}

/** More than these are only counted. */
const shownEndpoints = 3;

function endpoints(object: Json): string {
  const all = list(object, 'subsets').flatMap((subset) => {
    const hosts = list(subset, 'addresses').map((one) => text(one, 'ip'));
    const ports = list(subset, 'ports').map((one) => number(one, 'port') ?? 0);
    return ports.length === 0 ? hosts : ports.flatMap((port) => hosts.map((host) => `${host}:${port}`));
  });
  return shortened(all);
}

function shortened(values: readonly string[]): string {
  const more = values.length - shownEndpoints;
  return joined(values.slice(0, shownEndpoints)) + (more > 0 ? ` + ${more} more...` : '');
}

const sliceColumns: readonly Column[] = [
  column('AddressType', (slice) => text(slice, 'addressType')),
  column('Ports', (slice) => {
    const ports = list(slice, 'ports').map((one) => String(number(one, 'port') ?? (text(one, 'name') || '*')));
    return ports.length === 0 ? unset : shortened(ports);
  }),
  column('Endpoints', (slice) => {
    const hosts = list(slice, 'endpoints').flatMap((one) => texts(one, 'addresses'));
    return hosts.length === 0 ? unset : shortened(hosts);
  }),
  age,
];

const ingressColumns: readonly Column[] = [
  column('Class', textAt('spec', 'ingressClassName')),
  column('Hosts', (ingress) => {
    const hosts = list(ingress, 'spec', 'rules').map((rule) => text(rule, 'host') || '*');
    return hosts.length === 0 ? '*' : shortened(hosts);
  }),
  column('Address', (ingress) => ingressAddresses(ingress).join(',')),
  column('Ports', (ingress) => (list(ingress, 'spec', 'tls').length > 0 ? '80, 443' : '80')),
  age,
];

/** Columns of networking, by resource. */
export const networkColumns: readonly (readonly [string, readonly Column[]])[] = [
  ['discovery.k8s.io/endpointslices', sliceColumns],
  ['endpoints', [column('Endpoints', endpoints), age]],
  [
    'networking.k8s.io/ingressclasses',
    [
      column('Controller', (one) => text(one, 'spec', 'controller')),
      column('Parameters', (one) => {
        const parameters = json(one, 'spec', 'parameters');
        const kind = text(parameters, 'kind');
        const group = text(parameters, 'apiGroup');
        return kind === '' ? none : `${kind}${group === '' ? '' : `.${group}`}/${text(parameters, 'name')}`;
      }),
      age,
    ],
  ],
  ['networking.k8s.io/ingresses', ingressColumns],
  [
    'networking.k8s.io/networkpolicies',
    [column('Pod-Selector', (policy) => selectorWords(json(policy, 'spec', 'podSelector'))), age],
  ],
  ['services', serviceColumns],
];
