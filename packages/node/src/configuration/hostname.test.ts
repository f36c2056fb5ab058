import type { PodSpec } from '@virtual-kubelet/kubernetes';
import { describe, expect, test } from 'vitest';
import { podHostname } from './hostname.js';

const long = `${'a'.repeat(62)}-${'b'.repeat(10)}`;

function hostname(spec: Partial<PodSpec>, name = 'web'): unknown {
  const pod = { metadata: { name, namespace: 'shop' }, spec: { containers: [], ...spec } };
  const answer = podHostname(pod, { clusterDomain: 'cluster.local', nodeName: 'vk' });
  return 'found' in answer ? answer.found : answer;
}

describe('host name of a pod', () => {
  test.each<[Partial<PodSpec>, string]>([
    [{}, 'web'],
    [{ hostname: 'db' }, 'db'],
    [{ hostname: 'db', subdomain: 'tier' }, 'db'],
    [{ hostname: 'db', subdomain: 'tier', setHostnameAsFQDN: true }, 'db.tier.shop.svc.cluster.local'],
    [{ subdomain: 'tier', setHostnameAsFQDN: true }, 'web.tier.shop.svc.cluster.local'],
    [{ setHostnameAsFQDN: true }, 'web'],
    [{ hostnameOverride: 'any.name.example', hostname: 'db', subdomain: 'tier' }, 'any.name.example'],
    [{ hostNetwork: true, hostname: 'db' }, 'vk'],
  ])('%j: %s', (spec, expected) => {
    expect(hostname(spec)).toBe(expected);
  });

  test('is cut to 63 characters, without dashes or dots at the end', () => {
    expect(hostname({}, long)).toBe('a'.repeat(62));
    expect(hostname({}, 'p'.repeat(100))).toBe('p'.repeat(63));
    expect(hostname({ hostnameOverride: `${'o'.repeat(61)}.x.y` })).toBe(`${'o'.repeat(61)}.x`);
  });

  test.each<[Partial<PodSpec>, string]>([
    [{ hostname: 'Not_A_Label' }, 'Not_A_Label'],
    [{ subdomain: 'a.b' }, 'a.b'],
    [{ hostnameOverride: '' }, 'hostnameOverride'],
    [{ subdomain: 'x'.repeat(40), setHostnameAsFQDN: true }, '64'],
  ])('%j is refused', (spec, word) => {
    expect(hostname(spec)).toEqual({ problem: expect.stringContaining(word) });
  });
});
