import type { Node } from '@virtual-kubelet/kubernetes';
import { describe, expect, it } from 'vitest';
import { metadataDifference } from './node-metadata.js';
import { desiredNode } from './node-object.js';

const desired = desiredNode({ name: 'vk', providerName: 'mock' }, {}, { kubeletVersion: 'v1' });

function node(labels: Record<string, string>, more: Node['metadata'] = {}): Node {
  return { metadata: { name: 'vk', uid: 'u1', labels, ...more } };
}

describe('labels and annotations', () => {
  it('are left alone when ours are right', () => {
    expect(metadataDifference(node({ ...desired.labels, theirs: 'x' }), desired)).toBeUndefined();
  });

  it('are applied for this very node when one is missing or changed', () => {
    const difference = metadataDifference(node({ ...desired.labels, type: 'other' }), desired);
    expect(difference).toEqual({
      apply: {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'vk', uid: 'u1', labels: desired.labels, annotations: {} },
      },
    });
  });

  it('that only we wrote and want no more are removed', () => {
    const fields = (...keys: string[]): Record<string, unknown> => ({
      'f:metadata': { 'f:labels': Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) },
    });
    const managedFields = [
      { manager: 'virtual-kubelet', operation: 'Update', fieldsV1: fields('old', 'shared', 'type') },
      { manager: 'kubectl-label', operation: 'Update', fieldsV1: fields('shared', 'theirs') },
    ];
    const seen = node({ ...desired.labels, old: '1', shared: '2', theirs: '3' }, { managedFields });
    expect(metadataDifference(seen, desired)).toEqual({ remove: { metadata: { uid: 'u1', labels: { old: null } } } });
  });

  it('of the Go implementation are removed on adoption', () => {
    const annotations = {
      'virtual-kubelet.io/last-applied-node-status': '{corrupt',
      'virtual-kubelet.io/last-applied-object-meta': '{}',
      theirs: 'x',
    };
    expect(metadataDifference(node(desired.labels, { annotations }), desired)).toEqual({
      remove: {
        metadata: {
          uid: 'u1',
          annotations: {
            'virtual-kubelet.io/last-applied-node-status': null,
            'virtual-kubelet.io/last-applied-object-meta': null,
          },
        },
      },
    });
  });

  it('survive managed fields that cannot be read', () => {
    const managedFields = [{ manager: 'virtual-kubelet', fieldsV1: { 'f:metadata': { 'f:labels': null } } }, {}];
    expect(metadataDifference(node(desired.labels, { managedFields }), desired)).toBeUndefined();
  });
});
