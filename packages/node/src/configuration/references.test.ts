import type { Pod } from '@virtual-kubelet/kubernetes';
import { describe, expect, test } from 'vitest';
import { referencesOf } from './references.js';

const pod: Pod = {
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    serviceAccountName: 'robot',
    initContainers: [{ name: 'i', envFrom: [{ secretRef: { name: 's1', optional: true } }, { configMapRef: {} }] }],
    containers: [
      {
        name: 'c',
        env: [
          { name: 'A', value: 'x', valueFrom: { secretKeyRef: { name: 'unused', key: 'k' } } },
          { name: 'B', valueFrom: { secretKeyRef: { name: 's1', key: 'k' } } },
          { name: 'C', valueFrom: { configMapKeyRef: { name: 'c1', key: 'k', optional: true } } },
        ],
      },
    ],
    ephemeralContainers: [{ name: 'e', envFrom: [{ configMapRef: { name: 'c2' } }] }],
    imagePullSecrets: [{ name: 'pull' }, {}, { name: '' }],
    volumes: [
      { name: 'cm', configMap: { name: 'c3' } },
      { name: 'sec', secret: { secretName: 's2', optional: true } },
      { name: 'dir', emptyDir: {} },
      { name: 'data', persistentVolumeClaim: { claimName: 'disk' } },
      { name: 'scratch', ephemeral: {} },
      {
        name: 'all',
        projected: {
          sources: [
            { serviceAccountToken: { path: 'token' } },
            { configMap: { name: 'c4' } },
            { secret: { name: 's3', optional: true } },
            { downwardAPI: { items: [] } },
          ],
        },
      },
    ],
  },
};
const nothing = { env: false, volumes: false, tokens: false, pullSecrets: false };

function found(parts: Partial<Parameters<typeof referencesOf>[1]>): string[] {
  return referencesOf(pod, { ...nothing, ...parts }).map(
    ({ kind, name, optional, where }) => `${kind} ${name}${optional ? '?' : ''} at ${where}`,
  );
}

describe('references of a pod', () => {
  test('by environments', () => {
    expect(found({ env: true })).toEqual([
      'Secret s1? at spec.initContainers[0].envFrom[0]',
      'Secret s1 at spec.containers[0].env[1]',
      'ConfigMap c1? at spec.containers[0].env[2]',
      'ConfigMap c2 at spec.ephemeralContainers[0].envFrom[0]',
    ]);
  });

  test('by volumes, tokens only when they are consumed', () => {
    const plain = [
      'ConfigMap c3 at spec.volumes[0]',
      'Secret s2? at spec.volumes[1]',
      'PersistentVolumeClaim disk at spec.volumes[3]',
      'PersistentVolumeClaim web-scratch at spec.volumes[4]',
      'ConfigMap c4 at spec.volumes[5].projected.sources[1]',
      'Secret s3? at spec.volumes[5].projected.sources[2]',
    ];
    expect(found({ volumes: true })).toEqual(plain);
    expect(found({ volumes: true, tokens: true })).toEqual(
      plain.toSpliced(4, 0, 'ServiceAccount robot at spec.volumes[5].projected.sources[0]'),
    );
    expect(found({ volumes: true, claims: false })).not.toContainEqual(expect.stringContaining('Claim'));
  });

  test('by image pull secrets, which may all be missing', () => {
    expect(found({ pullSecrets: true })).toEqual(['Secret pull? at spec.imagePullSecrets[0]']);
  });

  test('what is not consumed is not referred to', () => {
    expect(found({})).toEqual([]);
    expect(found({ tokens: true })).toEqual([]);
  });

  test('a pod with nothing in it refers to nothing', () => {
    expect(referencesOf({}, { env: true, volumes: true, tokens: true, pullSecrets: true })).toEqual([]);
  });
});
