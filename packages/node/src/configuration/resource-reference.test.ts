import type { Container, Pod } from '@virtual-kubelet/kubernetes';
import { describe, expect, test } from 'vitest';
import { resourceField } from './resource-reference.js';

const app: Container = {
  name: 'app',
  resources: {
    requests: { cpu: '250m', memory: '64Mi', 'hugepages-2Mi': '4Mi' },
    limits: { cpu: '1500m', memory: '100000001', 'hugepages-2Mi': '4Mi' },
  },
};
const bare: Container = { name: 'bare' };
const pod: Pod = {
  spec: {
    containers: [app, bare],
    initContainers: [{ name: 'prepare', resources: { limits: { cpu: '7' } } }],
  },
};
const nodeAllocatable = {
  cpu: '8',
  memory: '32Gi',
  'ephemeral-storage': '100Gi',
  'hugepages-2Mi': '1Gi',
};

function value(
  resource: string,
  more: { divisor?: string; containerName?: string; container?: Container; pod?: Pod } = {},
): unknown {
  const { divisor, containerName } = more;
  const selector = {
    resource,
    ...(divisor === undefined ? {} : { divisor }),
    ...(containerName === undefined ? {} : { containerName }),
  };
  const answer = resourceField(selector, {
    pod: more.pod ?? pod,
    container: more.container ?? app,
    nodeAllocatable,
  });
  return 'found' in answer ? answer.found : answer;
}

describe('resource references', () => {
  test.each([
    ['requests.cpu', undefined, '1'],
    ['requests.cpu', '0', '1'],
    ['requests.cpu', '1m', '250'],
    ['requests.cpu', '100m', '3'],
    ['limits.cpu', undefined, '2'],
    ['limits.cpu', '1m', '1500'],
    ['requests.memory', '1Mi', '64'],
    ['requests.memory', undefined, '67108864'],
    ['limits.memory', '1M', '101'],
    ['limits.memory', '1Mi', '96'],
    ['requests.hugepages-2Mi', '1Mi', '4'],
    ['requests.ephemeral-storage', undefined, '0'],
    ['limits.ephemeral-storage', '1Gi', '100'],
  ])('%s in units of %s is %s', (resource, divisor, expected) => {
    expect(value(resource, divisor === undefined ? {} : { divisor })).toBe(expected);
  });

  test('a limit that is not set or zero is what the node allows; requests and huge pages have no such default', () => {
    expect(value('limits.cpu', { container: bare })).toBe('8');
    expect(value('limits.cpu', { container: { name: 'z', resources: { limits: { cpu: '0' } } } })).toBe('8');
    expect(value('limits.memory', { container: bare, divisor: '1Gi' })).toBe('32');
    expect(value('requests.cpu', { container: bare })).toBe('0');
    expect(value('limits.hugepages-2Mi', { container: bare })).toBe('0');
  });

  test("a pod's own limit comes before the node's", () => {
    const limited: Pod = { spec: { containers: [bare], resources: { limits: { cpu: '3' } } } };
    expect(value('limits.cpu', { container: bare, pod: limited })).toBe('3');
    expect(value('limits.memory', { container: bare, pod: limited, divisor: '1Gi' })).toBe('32');
  });

  test('other containers are found by name, init containers too', () => {
    expect(value('limits.cpu', { containerName: 'prepare' })).toBe('7');
    expect(value('limits.cpu', { containerName: 'nobody' })).toEqual({
      problem: 'container nobody not found',
    });
  });

  test.each(['limits.pods', 'cpu', 'limits.', 'requests.nvidia.com/gpu', 'constructor'])(
    '%j is refused',
    (resource) => {
      expect(value(resource)).toEqual({ problem: `unsupported container resource: ${resource}` });
    },
  );

  test('a malformed quantity is a problem, not a crash', () => {
    expect(value('limits.cpu', { divisor: 'much' })).toEqual({
      problem: expect.stringContaining('much'),
    });
    expect(
      value('requests.cpu', {
        container: { name: 'x', resources: { requests: { cpu: '1e999999' } } },
      }),
    ).toHaveProperty('problem');
  });
});
