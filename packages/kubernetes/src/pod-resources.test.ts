import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Container,
  compareQuantities,
  formatQuantity,
  type Pod,
  type PodSpec,
  podLimits,
  podRequests,
  qosClass,
  type Quantity,
  QuantityError,
  type ResourceAmounts,
  type ResourceRequirements,
  zeroQuantity,
} from './index.js';

const container = (resources?: ResourceRequirements, restartPolicy?: string): Container => ({
  name: 'c',
  ...(resources === undefined ? {} : { resources }),
  ...(restartPolicy === undefined ? {} : { restartPolicy }),
});
const cpu = (requests: string, limits?: string): ResourceRequirements => ({
  requests: { cpu: requests },
  ...(limits === undefined ? {} : { limits: { cpu: limits } }),
});
const pod = (spec: PodSpec): Pod => ({ spec });
const written = (amounts: ResourceAmounts): Record<string, string> =>
  Object.fromEntries([...amounts].map(([name, amount]) => [name, formatQuantity(amount)]));
const cpuAmount = (spec: PodSpec): Quantity => podRequests(pod(spec)).get('cpu') ?? zeroQuantity;
const cpuOf = (spec: PodSpec): string | undefined => written(podRequests(pod(spec)))['cpu'];

describe('what a pod requests', () => {
  it('is the sum of its containers', () => {
    const containers = [container(cpu('100m')), container(cpu('0.2')), container()];
    expect(written(podRequests(pod({ containers })))).toEqual({ cpu: '300m' });
    expect(written(podRequests({}))).toEqual({});
  });

  it('is at least what an ordinary init container needs', () => {
    const containers = [container(cpu('100m'))];
    expect(cpuOf({ containers, initContainers: [container(cpu('2'))] })).toBe('2');
    expect(cpuOf({ containers, initContainers: [container(cpu('50m'))] })).toBe('100m');
  });

  it('counts sidecars for good, and before later init containers', () => {
    const containers = [container(cpu('100m'))];
    const sidecar = container(cpu('1'), 'Always');
    const init = container(cpu('500m'));
    expect(cpuOf({ containers, initContainers: [sidecar] })).toBe('1100m');
    expect(cpuOf({ containers, initContainers: [sidecar, init] })).toBe('1500m');
    expect(cpuOf({ containers, initContainers: [init, sidecar] })).toBe('1100m');
    expect(cpuOf({ containers, initContainers: [sidecar, init, sidecar] })).toBe('2100m');
  });

  it('takes CPU, memory and huge pages from the pod itself where it says them', () => {
    const resources = { requests: { cpu: '4', 'hugepages-2Mi': '2Mi', 'example.com/gpu': '1' } };
    const containers = [container({ requests: { cpu: '1', memory: '1Gi' } })];
    expect(written(podRequests(pod({ containers, resources })))).toEqual({
      cpu: '4',
      memory: '1Gi',
      'hugepages-2Mi': '2Mi',
    });
  });

  it('adds the overhead, also for resources nobody else asks for', () => {
    const spec = { containers: [container(cpu('1'))], overhead: { cpu: '250m', memory: '64Mi' } };
    expect(written(podRequests(pod(spec)))).toEqual({ cpu: '1250m', memory: '64Mi' });
    expect(written(podRequests(pod(spec), { withoutOverhead: true }))).toEqual({ cpu: '1' });
  });

  it('names the quantity it cannot read', () => {
    expect(() => podRequests(pod({ containers: [container(cpu('lots'))] }))).toThrow(QuantityError);
  });

  it('never shrinks when a container is added', () => {
    const anyContainer = fc
      .record({ amount: fc.nat(5000), isSidecar: fc.boolean() })
      .map(({ amount, isSidecar }) => container(cpu(`${amount}m`), isSidecar ? 'Always' : undefined));
    const anySpec = fc.record({ initContainers: fc.array(anyContainer), containers: fc.array(anyContainer) });
    fc.assert(
      fc.property(anySpec, anyContainer, (spec, more) => {
        const before = cpuAmount(spec);
        const longer = { ...spec, initContainers: [...spec.initContainers, more] };
        const wider = { ...spec, containers: [...spec.containers, more] };
        expect(compareQuantities(cpuAmount(longer), before)).toBeGreaterThanOrEqual(0);
        expect(compareQuantities(cpuAmount(wider), before)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('what a pod may use', () => {
  it('adds the overhead only where there is a limit', () => {
    const spec = {
      containers: [container(cpu('1', '2'))],
      overhead: { cpu: '250m', memory: '64Mi' },
    };
    expect(written(podLimits(pod(spec)))).toEqual({ cpu: '2250m' });
    expect(written(podLimits(pod({ ...spec, containers: [container(cpu('1', '0'))] })))).toEqual({
      cpu: '0',
    });
    expect(written(podLimits(pod(spec), { withoutOverhead: true }))).toEqual({ cpu: '2' });
  });

  it('takes the limits of the pod itself', () => {
    const resources = { limits: { memory: '1Gi' } };
    const containers = [container({ limits: { memory: '64Mi', cpu: '1' } })];
    expect(written(podLimits(pod({ containers, resources })))).toEqual({ memory: '1Gi', cpu: '1' });
  });
});

describe('the QoS class', () => {
  const both = { cpu: '1', memory: '1Gi' };
  const guaranteed = { requests: both, limits: { cpu: '1000m', memory: '1024Mi' } };

  it.each<readonly [string, PodSpec, string]>([
    ['nothing said', { containers: [container()] }, 'BestEffort'],
    ['zeros', { containers: [container(cpu('0', '0'))] }, 'BestEffort'],
    ['only other resources', { containers: [container({ limits: { gpu: '1' } })] }, 'BestEffort'],
    ['equal requests and limits', { containers: [container(guaranteed)] }, 'Guaranteed'],
    ['CPU alone', { containers: [container(cpu('1', '1'))] }, 'Burstable'],
    ['limits above requests', { containers: [container(cpu('1', '2'))] }, 'Burstable'],
    ['a limit alone', { containers: [container({ limits: both })] }, 'Burstable'],
    ['one container without', { containers: [container(guaranteed), container()] }, 'Burstable'],
    ['an init container without', { containers: [container(guaranteed)], initContainers: [container()] }, 'Burstable'],
    ['no containers', { containers: [] }, 'BestEffort'],
    ['the pod itself', { containers: [container()], resources: guaranteed }, 'Guaranteed'],
    [
      'the pod itself, over its containers',
      { containers: [container(guaranteed)], resources: { requests: both } },
      'Burstable',
    ],
    [
      'resources a pod cannot have itself',
      { containers: [container(guaranteed)], resources: { requests: { gpu: '1' } } },
      'Guaranteed',
    ],
  ])('%s', (_case, spec, expected) => {
    expect(qosClass(pod(spec))).toBe(expected);
  });
});
