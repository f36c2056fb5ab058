/** The size a platform sells for what a pod asks. Pure. */
import type { Pod } from '@virtual-kubelet/kubernetes';
import { podRequests, zeroQuantity } from '@virtual-kubelet/kubernetes';

/** An amount of CPU and memory. */
export interface Size {
  /** Thousandths of a core. */
  readonly milliCpu: number;
  readonly memoryBytes: number;
}

const nanoPerMilli = 1_000_000n;
const nanoPerUnit = 1_000_000_000n;

/** Rounded up: a pod never gets less than it asked for. */
function ceiling(nano: bigint, unit: bigint): number {
  return Number((nano + unit - 1n) / unit);
}

/**
 * What a pod needs as a whole: its containers together, or its largest init container, and what it asks for itself.
 * @param otherwise for resources the pod does not ask for
 */
export function podSize(pod: Pod, otherwise: Size): Size {
  const requests = podRequests(pod);
  const cpu = requests.get('cpu') ?? zeroQuantity;
  const memory = requests.get('memory') ?? zeroQuantity;
  return {
    milliCpu: cpu.nano > 0n ? ceiling(cpu.nano, nanoPerMilli) : otherwise.milliCpu,
    memoryBytes: memory.nano > 0n ? ceiling(memory.nano, nanoPerUnit) : otherwise.memoryBytes,
  };
}

/** Whether one size has room for another. */
export function holds(size: Size, wanted: Size): boolean {
  return size.milliCpu >= wanted.milliCpu && size.memoryBytes >= wanted.memoryBytes;
}

/**
 * The smallest size of a catalogue with room for what is wanted: the one with the least CPU, and of those the one with the
 * least memory. Undefined when none is large enough.
 */
export function smallestSize<S extends Size>(catalogue: readonly S[], wanted: Size): S | undefined {
  return catalogue
    .filter((size) => holds(size, wanted))
    .toSorted((a, b) => a.milliCpu - b.milliCpu || a.memoryBytes - b.memoryBytes)[0];
}

/** One row of a catalogue: an amount of CPU, with memory from least to most in steps, in GiB. */
export interface SizeRow {
  readonly cpu: number;
  readonly memoryGiB: readonly number[] | { readonly from: number; readonly to: number; readonly step: number };
}

function gibibytes(memory: SizeRow['memoryGiB']): readonly number[] {
  if (!('from' in memory)) return memory;
  const { from, to, step } = memory;
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}

/** All sizes of a catalogue written as rows, as vendors publish them. */
export function sizesOf(rows: readonly SizeRow[]): readonly Size[] {
  return rows.flatMap(({ cpu, memoryGiB }) =>
    gibibytes(memoryGiB).map((gib) => ({ milliCpu: cpu * 1_000, memoryBytes: gib * 2 ** 30 })),
  );
}
