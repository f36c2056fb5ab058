import type { Pod, PodSpec } from '@virtual-kubelet/kubernetes';
import { describe, expect, test } from 'vitest';
import type { DnsContext } from './dns.js';
import { podDns } from './dns.js';

const known: DnsContext = {
  clusterNetwork: { clusterDomain: 'cluster.local', dnsAddresses: ['10.96.0.10'] },
  hostDns: { nameservers: ['192.0.2.1'], searches: ['corp.example'], options: ['rotate'] },
};
const unknown: DnsContext = { clusterNetwork: { clusterDomain: '', dnsAddresses: [] } };

function pod(spec: Partial<PodSpec>): Pod {
  return { metadata: { namespace: 'shop' }, spec: { containers: [], ...spec } };
}

const cluster = {
  nameservers: ['10.96.0.10'],
  searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'corp.example'],
  options: ['ndots:5'],
};

describe('DNS of a pod', () => {
  test.each<[Partial<PodSpec>, object]>([
    [{}, cluster],
    [{ dnsPolicy: 'ClusterFirst' }, cluster],
    [{ dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true }, cluster],
    [{ dnsPolicy: 'SomethingNew' }, cluster],
    [{ dnsPolicy: 'ClusterFirst', hostNetwork: true }, known.hostDns ?? {}],
    [{ dnsPolicy: 'Default' }, known.hostDns ?? {}],
    [{ dnsPolicy: 'None' }, { nameservers: [], searches: [], options: [] }],
  ])('with %j', (spec, expected) => {
    expect(podDns(pod(spec), known)).toEqual({ dns: expected, notes: [] });
  });

  test("the pod's own settings are added, its options replace", () => {
    const dnsConfig = {
      nameservers: ['1.1.1.1', '10.96.0.10'],
      searches: ['cluster.local', 'more.example'],
      options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }, { name: '__proto__', value: 'x' }],
    };
    expect(podDns(pod({ dnsConfig }), known).dns).toEqual({
      nameservers: ['10.96.0.10', '1.1.1.1'],
      searches: [...cluster.searches, 'more.example'],
      options: ['ndots:2', 'edns0', '__proto__:x'],
    });
  });

  test('without a cluster DNS the default policy is used, and said to be', () => {
    const outcome = podDns(pod({}), unknown);
    expect(outcome.dns).toEqual({ nameservers: [], searches: [], options: [] });
    expect(outcome.notes.map((note) => note.reason)).toEqual(['MissingClusterDNS']);
    expect(podDns(pod({ dnsPolicy: 'Default' }), unknown).notes).toEqual([]);
  });

  test('more than resolvers take is left out, and said to be', () => {
    const nameservers = ['1.0.0.1', '1.0.0.2', '1.0.0.3', '1.0.0.4'];
    const searches = Array.from({ length: 40 }, (_, i) => `s${i}.example`);
    const outcome = podDns(pod({ dnsPolicy: 'None', dnsConfig: { nameservers, searches } }), known);
    expect(outcome.dns.nameservers).toEqual(nameservers.slice(0, 3));
    expect(outcome.dns.searches).toEqual(searches.slice(0, 32));
    expect(outcome.notes.map((note) => note.reason)).toEqual(['DNSConfigForming', 'DNSConfigForming']);
  });

  test('long search lists end where 2048 characters do, and domains beyond 253 are skipped', () => {
    const long = Array.from({ length: 9 }, (_, i) => `${i}${'x'.repeat(249)}`);
    const outcome = podDns(pod({ dnsPolicy: 'None', dnsConfig: { searches: ['y'.repeat(254), ...long] } }), known);
    expect(outcome.dns.searches).toEqual(long.slice(0, 8));
    expect(outcome.dns.searches.join(' ').length).toBeLessThanOrEqual(2_048);
  });
});
