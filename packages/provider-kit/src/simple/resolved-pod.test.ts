import { Sensitive } from '@virtual-kubelet/base';
import type { Container } from '@virtual-kubelet/kubernetes';
import type { ContainerInputs, Expression } from '@virtual-kubelet/provider';
import { literal } from '@virtual-kubelet/provider';
import { podOf, requestOf } from '@virtual-kubelet/testing';
import { describe, expect, it } from 'vitest';
import { resolvedPod } from './resolved-pod.js';

const address: Expression = { parts: [{ from: 'runtime', field: 'status.podIP' }] };
const url: Expression = { parts: [...literal('http://').parts, ...address.parts] };
const secret: Expression = { parts: [{ from: 'secret', name: 's', key: 'k', text: new Sensitive('canary') }] };

function resolved(container: Partial<Container>, inputs: Partial<ContainerInputs>): Container | undefined {
  const pod = podOf({ spec: { containers: [{ name: 'c', ...container }], initContainers: [{ name: 'other' }] } });
  const request = requestOf(pod);
  const own: ContainerInputs = { name: 'c', env: [], ...inputs };
  return resolvedPod({ ...request, inputs: { ...request.inputs, containers: [own] } }).spec?.containers[0];
}

describe('the pod handed to a provider of the simple shape', () => {
  it('has its environment and command line filled in', () => {
    const container = resolved(
      { envFrom: [{ secretRef: { name: 's' } }], command: ['$(A)'], args: ['$(B)'] },
      { env: [{ name: 'A', value: secret }], command: [literal('a')], args: [literal('b')] },
    );
    expect(container).toMatchObject({
      env: [{ name: 'A', value: 'canary' }],
      command: ['a'],
      args: ['b'],
      envFrom: [],
    });
  });

  it('keeps an address as a reference, alone only', () => {
    expect(resolved({}, { env: [{ name: 'IP', value: address }] })?.env).toEqual([
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    ]);
    expect(() => resolved({}, { env: [{ name: 'URL', value: url }] })).toThrow('env URL of container c');
    expect(() => resolved({}, { args: [address] })).toThrow('args of container c');
  });

  it('has the paths of its mounts filled in', () => {
    const volumeMounts = [
      { name: 'v', mountPath: '/a', subPathExpr: '$(X)' },
      { name: 'v', mountPath: '/b', subPath: 'b' },
      { name: 'v', mountPath: '/c', subPathExpr: '$(EMPTY)' },
    ];
    const subPaths = [
      { mountPath: '/a', path: literal('x') },
      { mountPath: '/c', path: literal('') },
    ];
    expect(resolved({ volumeMounts }, { subPaths })?.volumeMounts).toEqual([
      { name: 'v', mountPath: '/a', subPath: 'x' },
      { name: 'v', mountPath: '/b', subPath: 'b' },
      { name: 'v', mountPath: '/c' },
    ]);
  });

  it('is otherwise the pod it was', () => {
    const pod = podOf({ spec: { containers: [{ name: 'c', image: 'i', stdin: true }], hostNetwork: true } });
    expect(resolvedPod(requestOf(pod))).toEqual({
      ...pod,
      spec: { ...pod.spec, containers: [{ name: 'c', image: 'i', stdin: true, env: [] }] },
    });
    const { spec: _, ...bare } = pod;
    expect(resolvedPod({ ...requestOf(pod), pod: bare })).toEqual(bare);
  });
});
