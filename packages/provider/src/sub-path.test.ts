import { Sensitive } from '@virtual-kubelet/base';
import { describe, expect, it } from 'vitest';
import type { ContainerInputs, ExpressionPart } from './index.js';
import { subPathOf } from './index.js';

const facts = { podIPs: ['10.0.0.7'], hostIPs: [] };

function withParts(...parts: ExpressionPart[]): ContainerInputs {
  return { name: 'c', env: [], subPaths: [{ mountPath: '/data', path: { parts } }] };
}

function expanded(...parts: ExpressionPart[]): string | undefined {
  return subPathOf({ name: 'v', mountPath: '/data', subPathExpr: 'x' }, withParts(...parts), facts);
}

describe('the path a mount shows of its volume', () => {
  it('is the whole volume, a path as written, or an expression with what was learned of the pod', () => {
    expect(subPathOf({ name: 'v', mountPath: '/data' }, withParts(), facts)).toBeUndefined();
    expect(subPathOf({ name: 'v', mountPath: '/data', subPath: 'a' }, withParts(), facts)).toBe('a');
    expect(expanded({ from: 'literal', text: 'logs/' }, { from: 'runtime', field: 'status.podIP' })).toBe(
      'logs/10.0.0.7',
    );
  });

  it('is refused when it leads out of the volume, without telling it', () => {
    const part: ExpressionPart = { from: 'secret', name: 's', key: 'k', text: new Sensitive('../canary') };
    expect(() => expanded(part)).toThrow(
      expect.objectContaining({ failure: expect.objectContaining({ kind: 'Invalid' }) }),
    );
    expect(() => expanded(part)).not.toThrow(/canary/);
  });

  it('is refused when nobody expanded it', () => {
    expect(() => subPathOf({ name: 'v', mountPath: '/other', subPathExpr: 'x' }, withParts(), facts)).toThrow(
      'not expanded',
    );
  });
});
