import { describe, expect, it } from 'vitest';
import { allowsNode, matchesNodeSelector, type Node, nodePreference, type NodeSelectorTerm } from './index.js';

const node: Node = { metadata: { name: 'n1', labels: { zone: 'a', size: '10' } } };
const expression = (key: string, operator: string, values?: string[]): NodeSelectorTerm => ({
  matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }],
});
const field = (key: string, operator: string, values: string[]): NodeSelectorTerm => ({
  matchFields: [{ key, operator, values }],
});

describe('a node selector term', () => {
  it.each<readonly [NodeSelectorTerm, boolean]>([
    [{}, false],
    [{ matchExpressions: [] }, false],
    [expression('zone', 'In', ['a', 'b']), true],
    [expression('zone', 'In', ['b']), false],
    [expression('zone', 'In', []), false],
    [expression('zone', 'NotIn', ['b']), true],
    [expression('other', 'NotIn', ['b']), true],
    [expression('zone', 'NotIn'), false],
    [expression('zone', 'Exists'), true],
    [expression('zone', 'Exists', ['a']), false],
    [expression('other', 'DoesNotExist'), true],
    [expression('size', 'Gt', ['9']), true],
    [expression('size', 'Lt', ['10']), false],
    [expression('size', 'Gt', ['1', '2']), false],
    [expression('zone', 'Is', ['a']), false],
    [expression('constructor', 'Exists'), false],
    [field('metadata.name', 'In', ['n1']), true],
    [field('metadata.name', 'NotIn', ['n1']), false],
    [field('metadata.name', 'In', ['n1', 'n2']), false],
    [field('metadata.name', 'Exists', ['n1']), false],
    [field('spec.other', 'In', ['n1']), false],
    [{ ...expression('zone', 'Exists'), ...field('metadata.name', 'In', ['n2']) }, false],
  ])('%j: %s', (term, expected) => {
    expect(matchesNodeSelector({ nodeSelectorTerms: [term] }, node)).toBe(expected);
  });

  it('is one of several, any of which may match', () => {
    const nodeSelectorTerms = [expression('zone', 'In', ['b']), expression('size', 'Exists')];
    expect(matchesNodeSelector({ nodeSelectorTerms }, node)).toBe(true);
    expect(matchesNodeSelector({ nodeSelectorTerms: [] }, node)).toBe(false);
  });
});

describe('a pod', () => {
  it('is allowed where node selector and required affinity both match', () => {
    const required = { nodeSelectorTerms: [expression('size', 'Gt', ['5'])] };
    const affinity = {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required },
    };
    expect(allowsNode({}, node)).toBe(true);
    expect(allowsNode({ nodeSelector: { zone: 'a' } }, node)).toBe(true);
    expect(allowsNode({ nodeSelector: { zone: 'a', other: '' } }, node)).toBe(false);
    expect(allowsNode({ nodeSelector: { zone: 'a' }, affinity }, node)).toBe(true);
    expect(allowsNode({ nodeSelector: { zone: 'b' }, affinity }, node)).toBe(false);
    expect(allowsNode({ affinity }, { metadata: { name: 'n2' } })).toBe(false);
  });

  it('prefers a node by the sum of the weights it meets', () => {
    const preferred = [
      { weight: 5, preference: expression('zone', 'In', ['a']) },
      { weight: 7, preference: expression('zone', 'In', ['b']) },
      { weight: 11, preference: expression('size', 'Exists') },
      { weight: 100, preference: {} },
    ];
    const affinity = {
      nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred },
    };
    expect(nodePreference({ affinity }, node)).toBe(16);
    expect(nodePreference({}, node)).toBe(0);
  });
});
