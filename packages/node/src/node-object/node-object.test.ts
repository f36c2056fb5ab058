import { describe, expect, it } from 'vitest';
import { desiredNode, lastAppliedAnnotations } from './node-object.js';
import type { NodeFacts, NodeOptions } from './node-options.js';

const options: NodeOptions = { name: 'vk', providerName: 'mock' };
const facts: NodeFacts = { kubeletVersion: 'v1.37.2-vk-0.1.0' };

describe('a desired node', () => {
  it('has the labels users select on', () => {
    expect(desiredNode(options, {}, facts).labels).toEqual({
      type: 'virtual-kubelet',
      'kubernetes.io/role': 'agent',
      'kubernetes.io/hostname': 'vk',
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
      'beta.kubernetes.io/os': 'linux',
      'node.kubernetes.io/exclude-from-external-load-balancers': 'true',
      'alpha.service-controller.kubernetes.io/exclude-balancer': 'true',
    });
  });

  it('lets the provider add labels but not replace the node’s own, and the operator do both', () => {
    const labels = { type: 'mine', zone: 'a', colour: 'red' };
    const desired = desiredNode(
      { ...options, labels: { colour: 'blue', 'kubernetes.io/role': 'edge' } },
      { labels },
      facts,
    );
    expect(desired.labels).toMatchObject({
      type: 'virtual-kubelet',
      zone: 'a',
      colour: 'blue',
      'kubernetes.io/role': 'edge',
    });
  });

  it('keeps labels whose keys are names of object members', () => {
    const { labels } = desiredNode({ ...options, labels: { constructor: 'x', toString: 'y' } }, {}, facts);
    expect(Object.entries(labels)).toEqual(
      expect.arrayContaining([
        ['constructor', 'x'],
        ['toString', 'y'],
      ]),
    );
  });

  it('has only labels a node may give itself when it uses a node’s credential', () => {
    const labels = { team: 'a', 'topology.kubernetes.io/zone': 'z', 'node-restriction.kubernetes.io/x': 'y' };
    const desired = desiredNode({ ...options, identity: 'node' }, { labels }, facts);
    expect(Object.keys(desired.labels).toSorted()).toEqual([
      'beta.kubernetes.io/os',
      'kubernetes.io/arch',
      'kubernetes.io/hostname',
      'kubernetes.io/os',
      'node.kubernetes.io/exclude-from-external-load-balancers',
      'team',
      'topology.kubernetes.io/zone',
      'type',
    ]);
  });

  it.each([
    [undefined, [{ key: 'virtual-kubelet.io/provider', value: 'mock', effect: 'NoSchedule' }]],
    [{ key: 'x.io/y' }, [{ key: 'x.io/y', value: 'mock', effect: 'NoSchedule' }]],
    [{ value: 'v', effect: 'NoExecute' }, [{ key: 'virtual-kubelet.io/provider', value: 'v', effect: 'NoExecute' }]],
    [false, []],
  ] as const)('with the taint option %j has the taints %j', (taint, expected) => {
    expect(desiredNode({ ...options, ...(taint === undefined ? {} : { taint }) }, {}, facts).taints).toEqual(expected);
  });

  it('has room for the usual number of pods where nobody says otherwise', () => {
    const { capacity, allocatable } = desiredNode(options, {}, facts).status;
    expect(capacity).toEqual({ cpu: '20', memory: '100Gi', pods: '110' });
    expect(allocatable).toEqual(capacity);
  });

  it('writes quantities as the API server does, so that equal amounts are equal texts', () => {
    const capacity = { cpu: '4000m', memory: '2048Mi', 'example.com/gpu': '1' };
    const { status } = desiredNode(options, { capacity, allocatable: { cpu: '3500m' } }, facts);
    expect(status.capacity).toEqual({ cpu: '4', memory: '2Gi', pods: '110', 'example.com/gpu': '1' });
    expect(status.allocatable).toEqual({ cpu: '3500m', memory: '2Gi', pods: '110', 'example.com/gpu': '1' });
  });

  it('leaves a quantity that is none for the API server to refuse', () => {
    expect(desiredNode(options, { capacity: { cpu: 'many' } }, facts).status.capacity['cpu']).toBe('many');
  });

  it('lets the operator’s capacity win over the provider’s', () => {
    const { status } = desiredNode(
      { ...options, capacity: { cpu: '2' } },
      { capacity: { cpu: '8' }, allocatable: { cpu: '7' } },
      facts,
    );
    expect([status.capacity['cpu'], status.allocatable['cpu']]).toEqual(['2', '2']);
  });

  it('names its own address first and itself as host name', () => {
    const addresses = [
      { type: 'InternalIP', address: 'fd00::1' },
      { type: 'InternalIP', address: '10.0.0.1' },
    ];
    expect(desiredNode(options, { addresses }, { ...facts, internalIP: '10.0.0.1' }).status.addresses).toEqual([
      { type: 'InternalIP', address: '10.0.0.1' },
      { type: 'InternalIP', address: 'fd00::1' },
      { type: 'Hostname', address: 'vk' },
    ]);
  });

  it('fills all fields of the node info and never lets a provider name the kubelet’s version', () => {
    const nodeInfo = { kernelVersion: '6.1', kubeletVersion: 'v0' };
    expect(desiredNode({ ...options, operatingSystem: 'windows' }, { nodeInfo }, facts).status.nodeInfo).toEqual({
      machineID: '',
      systemUUID: '',
      bootID: '',
      kernelVersion: '6.1',
      osImage: '',
      containerRuntimeVersion: '',
      kubeletVersion: 'v1.37.2-vk-0.1.0',
      kubeProxyVersion: '',
      operatingSystem: 'windows',
      architecture: 'amd64',
    });
  });

  it('says the port of the kubelet API, 0 without one, and sorts the declared features', () => {
    expect(desiredNode(options, {}, facts).status).toMatchObject({ kubeletPort: 0 });
    const declared = { ...facts, kubeletPort: 10250, declaredFeatures: ['b', 'a'] };
    expect(desiredNode(options, {}, declared).status).toMatchObject({
      kubeletPort: 10250,
      declaredFeatures: ['a', 'b'],
    });
    const { status } = desiredNode(options, { declaredFeatures: ['ab', 'a'] }, declared);
    expect(status.declaredFeatures).toEqual(['a', 'ab', 'b']);
    expect(desiredNode(options, {}, facts).status).not.toHaveProperty('declaredFeatures');
  });

  it('never writes the annotations of the Go implementation', () => {
    const annotations = Object.fromEntries([...lastAppliedAnnotations, 'a'].map((key) => [key, '{}']));
    expect(desiredNode({ ...options, annotations }, {}, facts).annotations).toEqual({ a: '{}' });
  });
});
