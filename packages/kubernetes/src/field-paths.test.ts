import { describe, expect, it } from 'vitest';
import { fieldNames, fieldPaths, fieldShape, isObjectType, podFieldPaths } from './internal.js';

describe('the paths of the pod spec', () => {
  it.each([
    'spec.nodeName',
    'spec.containers[].env[].valueFrom.secretKeyRef.name',
    'spec.initContainers[].restartPolicy',
    'spec.ephemeralContainers[].targetContainerName',
    'spec.containers[].resources.limits',
    'spec.volumes[].projected.sources[].serviceAccountToken.expirationSeconds',
    'spec.volumes[].ephemeral.volumeClaimTemplate.spec.accessModes',
    'spec.tolerations[].key',
    'spec.nodeSelector',
    'spec.resources.requests',
  ])('have %s', (path) => {
    expect(podFieldPaths).toContain(path);
  });

  it('end at what has no fields of its own, each once', () => {
    expect(new Set(podFieldPaths).size).toBe(podFieldPaths.length);
    expect(podFieldPaths.filter((path) => podFieldPaths.some((other) => other.startsWith(`${path}.`)))).toEqual([]);
    expect(podFieldPaths.every((path) => path.startsWith('spec.'))).toBe(true);
  });
});

describe('field tables', () => {
  it('tell the shape of a field', () => {
    expect(fieldShape('PodSpec', 'containers')).toEqual({ type: 'Container', list: true, map: false, required: true });
    expect(fieldShape('PodSpec', 'nodeSelector')).toEqual({ type: 'string', list: false, map: true, required: false });
    expect(fieldShape('UserInfo', 'extra')).toEqual({ type: 'string', list: false, map: true, required: false });
    expect(fieldShape('PodSpec', 'overhead')).toMatchObject({ type: 'quantity', map: true });
  });

  it('know only types and fields of the API', () => {
    expect(isObjectType('Pod')).toBe(true);
    expect(isObjectType('constructor')).toBe(false);
    expect(fieldNames('toString')).toEqual([]);
    expect(fieldShape('Pod', 'constructor')).toBeUndefined();
    expect(fieldShape('Nothing', 'name')).toBeUndefined();
    expect(fieldPaths('Nothing', 'x')).toEqual([]);
  });
});
