import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeUsage } from '../stats/index.js';
import { parseExposition } from './exposition.test-kit.js';
import { cadvisorMetricsOf, probeMetricsOf, resourceMetricsOf } from './index.js';

const pod = { namespace: 'default', name: 'web', uid: 'u1' };
const time = 1_767_225_600_000;
const usage: NodeUsage = {
  node: { time, cpuNanoSeconds: 5_000_000_000, workingSetBytes: 4096 },
  pods: [
    {
      pod,
      total: { time, cpuNanoSeconds: 2_500_000_000, workingSetBytes: 2048 },
      containers: [
        { name: 'c', time: time + 1, cpuNanoSeconds: 1_500_000_000, workingSetBytes: 1024, startTime: time - 1_500 },
        { name: 'idle', time, cpuNanoSeconds: 0, workingSetBytes: 0 },
        { name: 'unknown', time },
      ],
    },
  ],
};

describe('the resource metrics', () => {
  it('are written byte for byte so', () => {
    expect(resourceMetricsOf(usage))
      .toBe(`# HELP container_cpu_usage_seconds_total CPU time the container has used, core-seconds.
# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{container="c",pod="web",namespace="default"} 1.5 1767225600001
container_cpu_usage_seconds_total{container="idle",pod="web",namespace="default"} 0.000001 1767225600000
# HELP container_memory_working_set_bytes Working set of the container, bytes.
# TYPE container_memory_working_set_bytes gauge
container_memory_working_set_bytes{container="c",pod="web",namespace="default"} 1024 1767225600001
container_memory_working_set_bytes{container="idle",pod="web",namespace="default"} 1 1767225600000
# HELP container_start_time_seconds Start of the container, seconds since 1970.
# TYPE container_start_time_seconds gauge
container_start_time_seconds{container="c",pod="web",namespace="default"} 1767225598.5
# HELP node_cpu_usage_seconds_total CPU time the node has used, core-seconds.
# TYPE node_cpu_usage_seconds_total counter
node_cpu_usage_seconds_total 5 1767225600000
# HELP node_memory_working_set_bytes Working set of the node, bytes.
# TYPE node_memory_working_set_bytes gauge
node_memory_working_set_bytes 4096 1767225600000
# HELP pod_cpu_usage_seconds_total CPU time the pod has used, core-seconds.
# TYPE pod_cpu_usage_seconds_total counter
pod_cpu_usage_seconds_total{namespace="default",pod="web"} 2.5 1767225600000
# HELP pod_memory_working_set_bytes Working set of the pod, bytes.
# TYPE pod_memory_working_set_bytes gauge
pod_memory_working_set_bytes{namespace="default",pod="web"} 2048 1767225600000
# HELP resource_scrape_error 1 if the use could not be read, otherwise 0.
# TYPE resource_scrape_error gauge
resource_scrape_error 0
# HELP scrape_error 1 if the use could not be read, otherwise 0.
# TYPE scrape_error gauge
scrape_error 0
`);
  });

  it('have the pod as their second label, where scripts look for it', () => {
    const { samples } = parseExposition(resourceMetricsOf(usage));
    const withPod = samples.filter(({ labels }) => 'pod' in labels);
    expect(withPod.length).toBeGreaterThan(5);
    for (const { order } of withPod) expect(order[1]).toBe('pod');
  });

  it('say that the use could not be read', () => {
    const { samples } = parseExposition(resourceMetricsOf(undefined));
    expect(samples.map(({ name, value }) => [name, value])).toEqual([
      ['resource_scrape_error', 1],
      ['scrape_error', 1],
    ]);
  });

  it('can be read whatever the numbers, and are never zero where something was measured', () => {
    const number = fc.option(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number)), (containers) => {
        const text = resourceMetricsOf({
          node: { time },
          pods: [
            {
              pod,
              total: { time },
              containers: containers.map(([cpu, memory], i) => ({
                name: `c${i}`,
                time,
                ...(cpu === undefined ? {} : { cpuNanoSeconds: cpu }),
                ...(memory === undefined ? {} : { workingSetBytes: memory }),
              })),
            },
          ],
        });
        const { samples } = parseExposition(text);
        const shown = samples.filter(({ name }) => name.startsWith('container_'));
        expect(shown).toHaveLength(containers.flat().filter((n) => n !== undefined).length);
        // As a scraper converts: core-seconds to whole nanoseconds.
        for (const { value } of shown) expect(Math.floor(value * 1e9)).toBeGreaterThan(0);
      }),
    );
  });
});

describe('the cAdvisor metrics', () => {
  it('carry every label on every series, and the pod as a row of its own', () => {
    const text = cadvisorMetricsOf(usage, {
      cores: 2,
      memoryBytes: 4096,
      imageOf: ({ container }) => (container === 'c' ? 'nginx' : undefined),
      containerIdOf: () => 'mock://1',
    });
    const { samples, types } = parseExposition(text);
    expect(Object.fromEntries(types)).toEqual({
      container_cpu_usage_seconds_total: 'counter',
      container_memory_working_set_bytes: 'gauge',
      container_start_time_seconds: 'gauge',
      machine_cpu_cores: 'gauge',
      machine_memory_bytes: 'gauge',
    });
    const cpu = samples.filter(({ name }) => name === 'container_cpu_usage_seconds_total');
    expect(cpu.map(({ labels }) => labels)).toEqual([
      { container: '', id: '/kubepods/podu1', image: '', name: '', namespace: 'default', pod: 'web' },
      {
        container: 'c',
        id: '/kubepods/podu1/c',
        image: 'nginx',
        name: 'mock://1',
        namespace: 'default',
        pod: 'web',
      },
      {
        container: 'idle',
        id: '/kubepods/podu1/idle',
        image: '',
        name: 'mock://1',
        namespace: 'default',
        pod: 'web',
      },
    ]);
  });

  it('are empty when nothing is known', () => {
    expect(cadvisorMetricsOf(undefined)).toBe('');
  });
});

describe('the probe metrics', () => {
  it('count by probe and result', () => {
    const counts = [{ pod, container: 'c', probe: 'Readiness', result: 'failed', count: 3 }] as const;
    expect(parseExposition(probeMetricsOf(counts)).samples).toMatchObject([
      {
        name: 'prober_probe_total',
        labels: { container: 'c', pod_uid: 'u1', probe_type: 'Readiness', result: 'failed' },
        value: 3,
      },
    ]);
  });

  it('are empty where the platform probes', () => {
    expect(probeMetricsOf()).toBe('');
  });
});
