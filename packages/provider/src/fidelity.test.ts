import type { Container } from '@virtual-kubelet/kubernetes';
import { podFieldPaths } from '@virtual-kubelet/kubernetes';
import { describe, expect, it } from 'vitest';
import type { FidelityTable } from './index.js';
import { checkFidelity, fidelityOf, uncoveredFields, unknownFields } from './index.js';

const table: FidelityTable = {
  spec: 'full',
  'spec.hostNetwork': { refused: 'no host', unless: [false] },
  'spec.containers[].lifecycle': { refused: 'no hooks' },
  'spec.containers[].lifecycle.preStop': { degraded: 'sleeps instead' },
  'spec.containers[].ports[].protocol': { degraded: 'TCP only', unless: ['TCP'] },
};

const check = (container: Partial<Container>, more: object = {}) =>
  checkFidelity(table, { spec: { ...more, containers: [{ name: 'c', ...container }] } });

describe('the row that decides about a field', () => {
  it.each([
    ['spec.containers[].image', 'full'],
    ['spec.containers[].lifecycle.postStart.exec', { refused: 'no hooks' }],
    ['spec.containers[].lifecycle.preStop.exec', { degraded: 'sleeps instead' }],
  ])('%s is the nearest above', (path, row) => {
    expect(fidelityOf(table, path)).toEqual(row);
  });

  it('is none where the table says nothing, and no property that every object has', () => {
    expect(fidelityOf({ 'spec.containers': 'full' }, 'spec.volumes[].name')).toBeUndefined();
    expect(fidelityOf({}, 'constructor')).toBeUndefined();
  });
});

describe('a table', () => {
  it('covers all fields or names those it forgot', () => {
    expect(uncoveredFields(table, podFieldPaths)).toEqual([]);
    const partial = { 'spec.containers': 'full' } as const;
    const missing = uncoveredFields(partial, podFieldPaths);
    expect(missing).toContain('spec.hostNetwork');
    expect(missing).not.toContain('spec.containers[].image');
  });

  it('names rows for fields that do not exist', () => {
    expect(unknownFields({ ...table, 'spec.containers[].imago': 'full' }, podFieldPaths)).toEqual([
      'spec.containers[].imago',
    ]);
  });
});

describe('a pod', () => {
  it('is refused with the field that is not done', () => {
    expect(check({ lifecycle: { postStart: { exec: { command: ['x'] } } } }).refused).toEqual([
      { field: 'spec.containers[0].lifecycle', reason: 'no hooks' },
    ]);
  });

  it('may use a field at its default, or not at all', () => {
    const ports = [{ containerPort: 1, protocol: 'TCP' }];
    const { refused, degraded } = check({ ports, lifecycle: {} }, { hostNetwork: false });
    expect([...refused, ...degraded]).toEqual([]);
  });

  it('is told what is done in a lesser way', () => {
    const ports = [
      { containerPort: 1, protocol: 'TCP' },
      { containerPort: 2, protocol: 'UDP' },
    ];
    expect(check({ ports }).degraded).toEqual([{ field: 'spec.containers[0].ports[1].protocol', reason: 'TCP only' }]);
  });
});
