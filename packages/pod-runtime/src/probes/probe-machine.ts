/** When a probe's answers count (kubernetes/kubernetes:pkg/kubelet/prober). Pure; times in milliseconds. */
import type { Container, Probe } from '@virtual-kubelet/kubernetes';

/** The three probes of a container. */
export type ProbeKind = 'startup' | 'liveness' | 'readiness';

/** A probe with every default filled in. */
export interface ProbeTimes {
  readonly initialDelay: number;
  readonly period: number;
  readonly timeout: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

/** Answers of one kind in a row. */
export interface ProbeCount {
  readonly ok: boolean;
  readonly inARow: number;
}

/** The probe of a kind, if the container has it. */
export function probeOf(container: Container, kind: ProbeKind): Probe | undefined {
  if (kind === 'startup') return container.startupProbe;
  return kind === 'liveness' ? container.livenessProbe : container.readinessProbe;
}

/** Numbers of a probe; zero counts as absent, as in the API. */
export function probeTimes(probe: Probe): ProbeTimes {
  return {
    initialDelay: (probe.initialDelaySeconds || 0) * 1_000,
    period: (probe.periodSeconds || 10) * 1_000,
    timeout: (probe.timeoutSeconds || 1) * 1_000,
    successThreshold: probe.successThreshold || 1,
    failureThreshold: probe.failureThreshold || 3,
  };
}

/** Counts one more answer. */
export function countAnswer(before: ProbeCount | undefined, ok: boolean): ProbeCount {
  return { ok, inARow: before?.ok === ok ? before.inARow + 1 : 1 };
}

/** What the answers so far amount to; undefined while they are too few to change anything. */
export function verdictOf(count: ProbeCount, times: ProbeTimes): 'pass' | 'fail' | undefined {
  if (count.ok) return count.inARow >= times.successThreshold ? 'pass' : undefined;
  return count.inARow >= times.failureThreshold ? 'fail' : undefined;
}

/** Whether the probe is over with this verdict: a startup probe that passed, or a container given up. */
export function isFinal(kind: ProbeKind, verdict: 'pass' | 'fail'): boolean {
  return kind === 'startup' || (kind === 'liveness' && verdict === 'fail');
}
