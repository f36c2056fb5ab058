import type { PersistentVolume, PersistentVolumeClaim, Pod } from '@virtual-kubelet/kubernetes';
import { describe, expect, test } from 'vitest';
import { boundVolume, claimAnswer } from './claims.js';

const pod: Pod = { metadata: { name: 'web', uid: 'p1' } };
const claim: PersistentVolumeClaim = {
  metadata: { name: 'disk', uid: 'c1' },
  spec: { volumeName: 'pv1' },
  status: { phase: 'Bound' },
};
const volume: PersistentVolume = {
  metadata: { name: 'pv1' },
  spec: { claimRef: { uid: 'c1' }, nfs: { server: 's', path: '/' } },
};

function of(object: PersistentVolumeClaim | 'absent', ephemeral = false): unknown {
  return boundVolume(object, { name: 'disk', pod, ephemeral });
}

describe('a claim', () => {
  test('that is bound gives its volume', () => {
    expect(of(claim)).toEqual({ volumeName: 'pv1' });
    expect(claimAnswer(volume, claim)).toEqual({ bound: volume.spec });
  });

  test.each<[PersistentVolumeClaim | 'absent', string]>([
    ['absent', 'not found'],
    [{ ...claim, status: { phase: 'Pending' } }, 'is not bound'],
    [{ ...claim, status: { phase: 'Lost' } }, 'is not bound'],
    [{ ...claim, spec: {} }, 'is not bound'],
    [{}, 'is not bound'],
    [{ ...claim, metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }, 'is being deleted'],
  ])('%j makes the pod wait', (object, why) => {
    expect(of(object)).toEqual({ waiting: `persistentvolumeclaim "disk" ${why}` });
  });

  test('that is being deleted but still protected serves the pods that use it', () => {
    const metadata = {
      ...claim.metadata,
      deletionTimestamp: '2026-01-01T00:00:00Z',
      finalizers: ['kubernetes.io/pvc-protection'],
    };
    expect(of({ ...claim, metadata })).toEqual({ volumeName: 'pv1' });
  });

  test('of an ephemeral volume must be made for the pod', () => {
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'web', uid: 'p1', controller: true };
    const owned = (uid: string): PersistentVolumeClaim => ({
      ...claim,
      metadata: { ...claim.metadata, ownerReferences: [{ ...owner, uid }] },
    });
    expect(of(owned('p1'), true)).toEqual({ volumeName: 'pv1' });
    expect(of(owned('p2'), true)).toEqual({ waiting: 'persistentvolumeclaim "disk" was not made for this pod' });
    expect(of(claim, true)).toHaveProperty('waiting');
  });

  test.each<[PersistentVolume | 'absent', string]>([
    ['absent', 'persistentvolume "pv1" not found'],
    [{ spec: {} }, 'persistentvolume "pv1" is not bound to persistentvolumeclaim "disk"'],
    [{ spec: { claimRef: { uid: 'other' } } }, 'persistentvolume "pv1" is not bound to persistentvolumeclaim "disk"'],
  ])('whose volume is %j makes the pod wait', (object, waiting) => {
    expect(claimAnswer(object, claim)).toEqual({ waiting });
  });
});
