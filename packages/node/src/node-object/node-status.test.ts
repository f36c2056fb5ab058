import type { Node, NodeCondition } from '@virtual-kubelet/kubernetes';
import { applyStrategicMerge } from '@virtual-kubelet/kubernetes/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WantedCondition } from './node-conditions.js';
import { nodeConditions } from './node-conditions.js';
import { desiredNode } from './node-object.js';
import type { WantedStatus } from './node-status.js';
import { freshConditions, statusDifference, statusPatch } from './node-status.js';
import { unknownReachability } from './reachability.js';

const then = Date.UTC(2026, 0, 1, 12, 0, 0);
const now = then + 60_000;
const thenText = '2026-01-01T12:00:00Z';
const nowText = '2026-01-01T12:01:00Z';

const desired = desiredNode(
  { name: 'vk', providerName: 'mock' },
  {},
  { kubeletVersion: 'v1.37.2-vk-0.1.0', internalIP: '10.0.0.1', kubeletPort: 10250 },
);
const calm = nodeConditions({
  provider: { ...unknownReachability, verdict: 'reachable' },
  outage: { mode: 'keep' },
  reported: [],
  now: 0,
});
const wanted: WantedStatus = { ...desired.status, conditions: calm };

function written(status: WantedStatus, more: Partial<Node['status'] & object> = {}): Node {
  const { kubeletPort, conditions, ...rest } = status;
  return {
    metadata: { name: 'vk', uid: 'u1' },
    status: {
      ...rest,
      daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
      conditions: freshConditions(conditions, then),
      ...more,
    },
  };
}

function after(seen: Node, patch: unknown): Node {
  return applyStrategicMerge(seen, patch, 'Node');
}

function ownedBy(manager: string, status: Record<string, unknown>): Node['metadata'] & object {
  return { managedFields: [{ manager, operation: 'Update', subresource: 'status', fieldsV1: { 'f:status': status } }] };
}

function condition(node: Node, type: string): NodeCondition | undefined {
  return node.status?.conditions?.find((each) => each.type === type);
}

describe('the patch of a node’s status', () => {
  it('is none when nothing differs and no heartbeat is due', () => {
    expect(statusPatch(written(wanted), wanted, { now, heartbeat: false })).toBeUndefined();
  });

  it('refreshes heartbeats only, when one is due', () => {
    const seen = written(wanted);
    const patch = statusPatch(seen, wanted, { now, heartbeat: true });
    expect(Object.keys(patch?.status ?? {})).toEqual(['conditions']);
    for (const each of after(seen, patch).status?.conditions ?? [])
      expect(each).toMatchObject({ lastHeartbeatTime: nowText, lastTransitionTime: thenText });
  });

  it('carries the UID, so that it fails on another node of that name', () => {
    expect(statusPatch(written(wanted), wanted, { now, heartbeat: true })?.metadata).toEqual({ uid: 'u1' });
  });

  it('moves the transition time of a condition whose status changed, and of no other', () => {
    const unknown: NodeCondition = {
      type: 'Ready',
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      lastTransitionTime: thenText,
    };
    const others = freshConditions(calm, then).filter(({ type }) => type !== 'Ready');
    const seen = written(wanted, { conditions: [unknown, ...others] });
    const result = after(seen, statusPatch(seen, wanted, { now, heartbeat: false }));
    expect(condition(result, 'Ready')).toMatchObject({
      status: 'True',
      reason: 'KubeletReady',
      lastTransitionTime: nowText,
    });
    expect(condition(result, 'DiskPressure')).toMatchObject({
      lastTransitionTime: thenText,
      lastHeartbeatTime: nowText,
    });
  });

  it('keeps the transition time when only the reason changes', () => {
    const seen = written({ ...wanted, conditions: calm.map((each) => ({ ...each, reason: 'Old' })) });
    const result = after(seen, statusPatch(seen, wanted, { now, heartbeat: false }));
    expect(condition(result, 'Ready')).toMatchObject({ reason: 'KubeletReady', lastTransitionTime: thenText });
  });

  it('leaves NetworkUnavailable to the network that reports it', () => {
    const foreign: NodeCondition = { type: 'NetworkUnavailable', status: 'True', reason: 'NoRouteCreated' };
    const others = freshConditions(calm, then).filter(({ type }) => type !== 'NetworkUnavailable');
    const seen = written(wanted, { conditions: [...others, foreign] });
    expect(statusDifference(seen, wanted)).toBeUndefined();
    expect(condition(after(seen, statusPatch(seen, wanted, { now, heartbeat: true })), 'NetworkUnavailable')).toEqual(
      foreign,
    );
  });

  it('replaces the addresses of a type as a whole and keeps those of other types', () => {
    const foreign = { type: 'ExternalDNS', address: 'vk.example.com' };
    const seen = written(wanted, {
      addresses: [{ type: 'InternalIP', address: '10.0.0.9' }, foreign, { type: 'Hostname', address: 'vk' }],
    });
    const result = after(seen, statusPatch(seen, wanted, { now, heartbeat: false }));
    expect(result.status?.addresses).toEqual([...wanted.addresses, foreign]);
  });

  it('says the same about addresses in whatever order the types come', () => {
    const seen = written(wanted, { addresses: wanted.addresses.toReversed() });
    expect(statusDifference(seen, wanted)).toBeUndefined();
  });

  it('takes back the resources it wrote once, and not those of others', () => {
    const capacity = { ...wanted.capacity, 'example.com/gpu': '1', 'example.com/dongle': '4' };
    const seen: Node = {
      ...written(wanted, { capacity }),
      metadata: ownedBy('virtual-kubelet', { 'f:capacity': { '.': {}, 'f:cpu': {}, 'f:example.com/gpu': {} } }),
    };
    expect(statusPatch(seen, wanted, { now, heartbeat: false })?.status['capacity']).toEqual({
      'example.com/gpu': null,
    });
  });

  it('takes back the conditions it wrote once', () => {
    const seen: Node = {
      ...written({
        ...wanted,
        conditions: [...calm, { type: 'OutOfDisk', status: 'False', reason: 'x', message: '' }],
      }),
      metadata: ownedBy('virtual-kubelet', {
        'f:conditions': { 'k:{"type":"OutOfDisk"}': {}, 'k:{"type":"Ready"}': {} },
      }),
    };
    const result = after(seen, statusPatch(seen, wanted, { now, heartbeat: false }));
    expect(condition(result, 'OutOfDisk')).toBeUndefined();
    expect(condition(result, 'Ready')).toBeDefined();
  });

  it('does not write features it does not declare', () => {
    const seen = written(wanted, { declaredFeatures: ['foreign'] });
    expect(statusDifference(seen, wanted)?.fields ?? {}).toEqual({});
  });

  const text = fc.constantFrom('a', 'b', 'c');
  const wantedCondition: fc.Arbitrary<WantedCondition> = fc.record({
    type: fc.constantFrom('Ready', 'MemoryPressure', 'Custom'),
    status: fc.constantFrom('True', 'False', 'Unknown'),
    reason: text,
    message: text,
  });
  const wantedStatus: fc.Arbitrary<WantedStatus> = fc.record({
    capacity: fc.dictionary(fc.constantFrom('cpu', 'pods', 'constructor'), text),
    allocatable: fc.dictionary(fc.constantFrom('cpu', 'pods'), text),
    addresses: fc.uniqueArray(fc.record({ type: fc.constantFrom('InternalIP', 'Hostname'), address: text }), {
      selector: ({ type, address }) => type + address,
    }),
    kubeletPort: fc.nat(3),
    nodeInfo: fc.constant(wanted.nodeInfo),
    conditions: fc.uniqueArray(wantedCondition, { selector: ({ type }) => type }),
    declaredFeatures: fc.uniqueArray(text).map((all) => all.toSorted()),
  });
  const foreign: Partial<Node['status'] & object> = {
    volumesInUse: ['x'],
    images: [{ names: ['i'] }],
  };

  it('leads to a status in which nothing differs any more, whatever it was before', () => {
    fc.assert(
      fc.property(wantedStatus, wantedStatus, (before, next) => {
        const foreignCondition: NodeCondition = { type: 'KernelDeadlock', status: 'False', reason: 'r' };
        const foreignAddress = { type: 'ExternalIP', address: '1.2.3.4' };
        const base = written(before, foreign);
        const seen: Node = {
          ...base,
          status: {
            ...base.status,
            conditions: [foreignCondition, ...(base.status?.conditions ?? [])],
            addresses: [foreignAddress, ...(base.status?.addresses ?? [])],
          },
        };
        const result = after(seen, statusPatch(seen, next, { now, heartbeat: true }));
        // An address type that is wanted no more is kept unless the managed fields say that we wrote it.
        expect(statusDifference(result, next)).toBeUndefined();
        expect(result.status?.conditions).toContainEqual(foreignCondition);
        expect(result.status?.addresses).toContainEqual(foreignAddress);
        expect(result.status).toMatchObject(foreign);
      }),
    );
  });
});
