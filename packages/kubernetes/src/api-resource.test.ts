import { describe, expect, it } from 'vitest';
import { apiResources, mergeFieldOf, resourceNamed, resourceOfKind, typeOfKind } from './internal.js';

describe('served resources', () => {
  it('are found by kind and by name', () => {
    const pods = resourceOfKind('v1', 'Pod');
    expect(pods).toMatchObject({ name: 'pods', singularName: 'pod', namespaced: true, shortNames: ['po'] });
    expect(resourceNamed('v1', 'pods')).toBe(pods);
    expect(resourceOfKind('apps/v1', 'Deployment')?.categories).toContain('all');
    expect(resourceNamed('v1', 'nodes')?.namespaced).toBe(false);
    expect(resourceNamed('apps/v1', 'pods')).toBeUndefined();
    expect(resourceOfKind('v1', 'constructor')).toBeUndefined();
  });

  it('say what their subresources read and write', () => {
    const subresource = (name: string): unknown =>
      resourceNamed('v1', 'pods')?.subresources.find((entry) => entry.name === name);
    expect(subresource('eviction')).toMatchObject({ group: 'policy', version: 'v1', kind: 'Eviction' });
    expect(subresource('status')).toMatchObject({ group: '', kind: 'Pod', verbs: ['get', 'patch', 'update'] });
  });

  it('have a type for every kind that can be patched', () => {
    const patchable = apiResources.filter(({ verbs }) => verbs.includes('patch'));
    const untyped = patchable.filter(
      ({ group, version, kind }) => typeOfKind(group === '' ? version : `${group}/${version}`, kind) === undefined,
    );
    expect(patchable.length).toBeGreaterThan(40);
    expect(untyped).toEqual([]);
  });
});

describe('merge facts', () => {
  it.each([
    ['PodSpec', 'containers', { type: 'Container', strategy: ['merge'], mergeKey: 'name' }],
    ['Container', 'ports', { mergeKey: 'containerPort', mapKeys: ['containerPort', 'protocol'] }],
    ['PodStatus', 'podIPs', { strategy: ['merge'], mergeKey: 'ip' }],
    ['DeploymentSpec', 'strategy', { strategy: ['retainKeys'] }],
    ['ObjectMeta', 'finalizers', { strategy: ['merge'], listType: 'set' }],
    ['PodDisruptionBudgetSpec', 'selector', { strategy: ['replace'], atomic: true }],
  ])('%s.%s', (type, field, facts) => {
    expect(mergeFieldOf(type, field)).toMatchObject(facts);
  });

  it.each([
    ['PodSpec', 'tolerations'],
    ['PodSpec', 'constructor'],
    ['constructor', 'name'],
    [undefined, 'name'],
  ])('%s.%s is treated by default', (type, field) => {
    expect(mergeFieldOf(type, field)).toBeUndefined();
  });
});
