import { parseTime, TimeError } from '@virtual-kubelet/kubernetes';
import type { NodeStats, PodStats, UsageSample } from '@virtual-kubelet/provider';
import type { CpuCounter } from './cpu-counter.js';
import { countCpu, cpuReading } from './cpu-counter.js';
import type { ContainerUsage, PodUsage, Usage, UsageMeter } from './usage.js';

/** A container missing from this many readings in a row is forgotten; a reading may have holes. */
const forgetAfter = 20;

interface Kept {
  readonly counter: CpuCounter;
  readonly seen: number;
}

/** One thing's use and what it added to the sums. */
interface Metered {
  readonly usage: Usage;
  readonly added: number | undefined;
}

function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    return Math.floor(parseTime(text));
  } catch (error) {
    if (error instanceof TimeError) return undefined;
    throw error;
  }
}

/** The sum of what is known; undefined when there are parts and nothing is known of any. */
function sum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 && values.length > 0 ? undefined : known.reduce((a, b) => a + b, 0);
}

function usageOf(sample: UsageSample, time: number, counter: CpuCounter | undefined): Usage {
  const startTime = timeOf(sample.startTime);
  const { workingSetBytes } = sample;
  return {
    time,
    ...(counter === undefined ? {} : { cpuNanoSeconds: counter.count }),
    ...(counter?.rate === undefined ? {} : { cpuNanoCores: counter.rate }),
    ...(workingSetBytes === undefined ? {} : { workingSetBytes: Math.max(Math.round(workingSetBytes), 0) }),
    ...(startTime === undefined ? {} : { startTime }),
  };
}

/** A sum over parts. The parts' counters may begin anew or vanish; the sum goes on. */
function totalOf(parts: readonly Usage[], count: number | undefined, time: number): Usage {
  const rate = sum(parts.map((part) => part.cpuNanoCores));
  const memory = sum(parts.map((part) => part.workingSetBytes));
  return {
    time: parts.length === 0 ? time : Math.max(...parts.map((part) => part.time)),
    ...(count === undefined ? {} : { cpuNanoSeconds: count }),
    ...(rate === undefined ? {} : { cpuNanoCores: rate }),
    ...(memory === undefined ? {} : { workingSetBytes: memory }),
  };
}

/** What is remembered between readings. */
class Memory {
  readonly #kept = new Map<string, Kept>();
  readonly #sums = new Map<string, { count: number; seen: number }>();
  #round = 0;

  begin(): void {
    this.#round += 1;
  }

  meter(key: string, sample: UsageSample, wall: number): Metered {
    const time = timeOf(sample.time) ?? wall;
    const counted = countCpu(this.#kept.get(key)?.counter, cpuReading(sample, time, timeOf(sample.startTime)));
    if (counted) this.#kept.set(key, { counter: counted.counter, seen: this.#round });
    return { usage: usageOf(sample, time, counted?.counter), added: counted?.added };
  }

  /** A sum that grows by what its parts added; undefined as long as no part said anything. */
  add(key: string, added: number | undefined): number | undefined {
    const before = this.#sums.get(key);
    if (added === undefined && !before) return undefined;
    const count = (before?.count ?? 0) + (added ?? 0);
    this.#sums.set(key, { count, seen: this.#round });
    return count;
  }

  end(): void {
    for (const map of [this.#kept, this.#sums])
      for (const [key, { seen }] of map) if (seen + forgetAfter < this.#round) map.delete(key);
  }
}

/**
 * The provider's own word on a whole, completed by its parts. The counter is always the sum of what was added, so that
 * it does not fall where a provider gives its own word only now and then.
 */
function wholeOf(own: Metered | undefined, parts: Usage): Usage {
  if (!own) return parts;
  const { cpuNanoSeconds } = parts;
  return { ...parts, ...own.usage, ...(cpuNanoSeconds === undefined ? {} : { cpuNanoSeconds }) };
}

interface MeteredPod {
  readonly usage: PodUsage;
  readonly added: number | undefined;
}

function meterPod(memory: Memory, stats: PodStats, wall: number): MeteredPod {
  const { uid } = stats.pod;
  const metered = stats.containers.map((sample) => ({
    name: sample.name,
    ...memory.meter(`${uid}/${sample.name}`, sample, wall),
  }));
  const added = sum(metered.map((container) => container.added));
  const containers = metered.map(({ name, usage }): ContainerUsage => ({ name, ...usage }));
  const own = stats.total && memory.meter(`${uid}/`, stats.total, wall);
  const more = own?.added ?? added;
  const total = wholeOf(own, totalOf(containers, memory.add(uid, more), wall));
  return { usage: { pod: stats.pod, containers, total }, added: more };
}

/**
 * Makes a meter for one node. The kubelet's counters must only grow, whatever a provider gives: counters, rates, counters
 * that jump back, containers that come and go. What is not given is added up from the parts.
 */
export function usageMeter(): UsageMeter {
  const memory = new Memory();
  return {
    take(stats: NodeStats, wall: number) {
      memory.begin();
      const pods = stats.pods.map((pod) => meterPod(memory, pod, wall));
      const parts = pods.map((pod) => pod.usage.total);
      const own = stats.node && memory.meter('/', stats.node, wall);
      const added = own?.added ?? sum(pods.map((pod) => pod.added));
      const node = wholeOf(own, totalOf(parts, memory.add('', added), wall));
      memory.end();
      const { probes } = stats;
      return { node, pods: pods.map((pod) => pod.usage), ...(probes === undefined ? {} : { probes }) };
    },
  };
}
