import type { Container, Pod } from '@virtual-kubelet/kubernetes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds, podSize, portNumber, sizesOf, smallestSize } from './index.js';

const GiB = 2 ** 30;
const otherwise = { milliCpu: 1_000, memoryBytes: 2 * GiB };

function pod(...requests: Record<string, string>[]): Pod {
  const containers = requests.map((request, i): Container => ({ name: `c${i}`, resources: { requests: request } }));
  return { spec: { containers } };
}

describe('what a pod needs', () => {
  it.each([
    ['nothing said', pod({}), otherwise],
    ['one of two', pod({ cpu: '250m' }), { milliCpu: 250, memoryBytes: 2 * GiB }],
    [
      'two containers',
      pod({ cpu: '1', memory: '1Gi' }, { cpu: '500m', memory: '1Gi' }),
      { milliCpu: 1_500, memoryBytes: 2 * GiB },
    ],
    ['parts of a unit', pod({ cpu: '100u', memory: '1m' }), { milliCpu: 1, memoryBytes: 1 }],
  ])('is the sum, rounded up: %s', (_, some, size) => {
    expect(podSize(some, otherwise)).toEqual(size);
  });
});

describe('a catalogue of sizes', () => {
  const fargate = sizesOf([
    { cpu: 0.25, memoryGiB: [0.5, 1, 2] },
    { cpu: 0.5, memoryGiB: { from: 1, to: 4, step: 1 } },
    { cpu: 1, memoryGiB: { from: 2, to: 8, step: 1 } },
  ]);

  it.each([
    [250, 0.5, 250, 0.5],
    [200, 0.7, 250, 1],
    [250, 3, 500, 3],
    [251, 0.1, 500, 1],
    [100, 8, 1_000, 8],
  ])('holds %i thousandths of a core and %d GiB in %i and %d', (cpu, gib, sizeCpu, sizeGib) => {
    const size = smallestSize(fargate, { milliCpu: cpu, memoryBytes: gib * GiB });
    expect(size).toEqual({ milliCpu: sizeCpu, memoryBytes: sizeGib * GiB });
  });

  it('may be written in any order', () => {
    const size = smallestSize(fargate.toReversed(), { milliCpu: 250, memoryBytes: GiB / 4 });
    expect(size).toEqual({ milliCpu: 250, memoryBytes: GiB / 2 });
  });

  it('has nothing for a pod that is too large', () => {
    expect(smallestSize(fargate, { milliCpu: 1_001, memoryBytes: GiB })).toBeUndefined();
    expect(smallestSize(fargate, { milliCpu: 1, memoryBytes: 9 * GiB })).toBeUndefined();
  });

  it('gives the smallest size with room, or none has room', () => {
    const size = fc.record({ milliCpu: fc.nat(50), memoryBytes: fc.nat(50) });
    fc.assert(
      fc.property(fc.array(size), size, (sizes, wanted) => {
        const found = smallestSize(sizes, wanted);
        const fitting = sizes.filter((other) => holds(other, wanted));
        expect(found === undefined).toBe(fitting.length === 0);
        if (!found) return;
        expect(holds(found, wanted)).toBe(true);
        expect(fitting.every((other) => other.milliCpu >= found.milliCpu)).toBe(true);
      }),
    );
  });
});

describe('a port of a probe', () => {
  const container = { name: 'c', ports: [{ name: 'http', containerPort: 8080 }] };
  it('is a number, also when it is written as a name or as text', () => {
    expect([portNumber(container, 80), portNumber(container, 'http'), portNumber(container, '81')]).toEqual([
      80, 8080, 81,
    ]);
  });
  it('is refused when no port has the name', () => {
    expect(() => portNumber(container, 'grpc')).toThrow(
      expect.objectContaining({ failure: { kind: 'Invalid', field: 'port' } }),
    );
  });
});
