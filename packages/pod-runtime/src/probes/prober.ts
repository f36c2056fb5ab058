import type { Clock, Random } from '@virtual-kubelet/base';
import type { Container } from '@virtual-kubelet/kubernetes';
import type { HandlerOptions, HandlerTarget } from '../handler.js';
import { runHandler } from '../handler.js';
import type { PodContainer } from '../labels.js';
import type { PodStage } from '../pod/decide.js';
import type { ContainerMark, PodSituation } from '../pod/pod-situation.js';
import { isStarted, readySandbox, specContainers, specOf } from '../pod/pod-situation.js';
import type { ProbeCount, ProbeKind } from './probe-machine.js';
import { countAnswer, isFinal, probeOf, probeTimes, verdictOf } from './probe-machine.js';

/** A probe that has to run now. */
export interface ProbeTarget extends HandlerTarget {
  readonly uid: string;
  readonly kind: ProbeKind;
  /** Wall time the container started, milliseconds. */
  readonly startedAt: number;
}

/** A probe's answers have come to something new. */
export interface ProbeReport {
  readonly target: ProbeTarget;
  readonly verdict: 'pass' | 'fail';
  readonly note: string;
}

/** What probing works with. */
export interface ProberOptions extends HandlerOptions {
  readonly random: Random;
  /** The verdict of a probe changed. */
  readonly report: (report: ProbeReport) => void;
  /** One probe failed, whatever it amounts to; for the event `Unhealthy`. */
  readonly failed?: (target: ProbeTarget, note: string) => void;
  /** One probe passed in a way its author may not have meant; for the event `ProbeWarning`. */
  readonly odd?: (target: ProbeTarget, note: string) => void;
}

/** Runs the probes of all pods of a node, each in its own rhythm. */
export interface Prober {
  /** Makes exactly these probes of a pod run. @param adopted the containers ran before this process: starts are spread */
  sync(uid: string, targets: readonly ProbeTarget[], adopted: boolean): void;
  /** How often the probes of a pod have ended and how, over all runs of its containers. */
  tallies(uid: string): readonly ProbeTally[];
  /** The pod is gone: ends its probes and drops their tallies. */
  forget(uid: string): void;
  stop(): void;
}

/** How often one probe ended in one way. */
export interface ProbeTally {
  readonly container: string;
  readonly kind: ProbeKind;
  readonly ok: boolean;
  readonly count: number;
}

function kindsFor(
  container: Container,
  run: PodContainer,
  facts: { mark: ContainerMark | undefined; stage: PodStage },
): readonly ProbeKind[] {
  const { mark, stage } = facts;
  if (stage === 'over') return [];
  if (!isStarted(container, run, mark)) {
    const waitsForHook = container.lifecycle?.postStart !== undefined && mark?.postStart !== 'done';
    return stage === 'alive' && !waitsForHook && mark?.unhealthy === undefined ? ['startup'] : [];
  }
  return stage === 'ending' || mark?.unhealthy ? ['readiness'] : ['liveness', 'readiness'];
}

/** The probes a pod needs now. Of a pod that ends only readiness goes on. */
export function probeTargets(
  situation: PodSituation,
  options: { stage: PodStage; machineAddress: string },
): readonly ProbeTarget[] {
  const { pod, marks, ref } = situation;
  const address = readySandbox(situation)?.ips[0];
  const host = pod.spec?.hostNetwork ? options.machineAddress : address;
  if (host === undefined) return [];
  return specContainers(specOf(pod)).flatMap(({ container, role }): readonly ProbeTarget[] => {
    const run = situation.containers.find((seen) => seen.name === container.name && seen.state === 'running');
    if (!run || role === 'init' || role === 'ephemeral') return [];
    const kinds = kindsFor(container, run, { mark: marks.get(run.id), stage: options.stage });
    return kinds
      .filter((kind) => probeOf(container, kind) !== undefined)
      .map((kind) => ({
        uid: ref.uid,
        kind,
        container,
        containerId: run.id,
        host,
        startedAt: run.startedAt ?? run.createdAt,
      }));
  });
}

async function probe(
  options: ProberOptions & { readonly ended: (target: ProbeTarget, ok: boolean) => void },
  target: ProbeTarget,
  call: { signal: AbortSignal; spread: boolean },
): Promise<void> {
  const { clock, random } = options;
  const { signal } = call;
  const handler = probeOf(target.container, target.kind);
  if (!handler) return;
  const times = probeTimes(handler);
  const due = target.startedAt + times.initialDelay - clock.wall();
  await clock.sleep(
    Math.min(Math.max(due, 0), times.initialDelay) + (call.spread ? random.next() * times.period : 0),
    signal,
  );
  let count: ProbeCount | undefined;
  let told: 'pass' | 'fail' | undefined;
  for (;;) {
    const began = clock.monotonic();
    const { ok, note, isOdd } = await runHandler(options, target, { handler, signal, timeout: times.timeout });
    signal.throwIfAborted();
    options.ended(target, ok);
    if (!ok) options.failed?.(target, note);
    else if (isOdd) options.odd?.(target, note);
    count = countAnswer(count, ok);
    const verdict = verdictOf(count, times);
    if (verdict && verdict !== told) {
      told = verdict;
      options.report({ target, verdict, note });
    }
    if (verdict && isFinal(target.kind, verdict)) return;
    await clock.sleep(Math.max(times.period - (clock.monotonic() - began), 0), signal);
  }
}

function keyOf({ containerId, kind, host }: ProbeTarget): string {
  return `${containerId}/${kind}/${host}`;
}

/** Makes a prober; nothing runs before `sync`. */
export function createProber(options: ProberOptions & { readonly clock: Clock }): Prober {
  const running = new Map<string, Map<string, AbortController>>();
  const cancel = (controllers: Iterable<AbortController>): void => {
    for (const controller of controllers) controller.abort(new DOMException('the probe is over', 'AbortError'));
  };
  const tallies = new Map<string, Map<string, ProbeTally>>();
  const ended = ({ uid, container: { name: container }, kind }: ProbeTarget, ok: boolean): void => {
    const own = tallies.get(uid) ?? new Map<string, ProbeTally>();
    const key = `${container}/${kind}/${ok}`;
    own.set(key, { container, kind, ok, count: (own.get(key)?.count ?? 0) + 1 });
    tallies.set(uid, own);
  };
  const prober: Prober = {
    sync(uid, targets, adopted) {
      const before = running.get(uid) ?? new Map<string, AbortController>();
      const now = new Map<string, AbortController>();
      for (const target of targets) {
        const key = keyOf(target);
        const known = before.get(key);
        const life = known ?? new AbortController();
        now.set(key, life);
        // An end by itself or by the signal needs no answer: what it found was reported.
        if (!known)
          probe({ ...options, ended }, target, { signal: life.signal, spread: adopted }).catch(() => undefined);
      }
      cancel([...before].filter(([key]) => !now.has(key)).map(([, life]) => life));
      if (now.size === 0) running.delete(uid);
      else running.set(uid, now);
    },
    tallies: (uid) => [...(tallies.get(uid)?.values() ?? [])],
    forget(uid) {
      prober.sync(uid, [], false);
      tallies.delete(uid);
    },
    stop() {
      for (const controllers of running.values()) cancel(controllers.values());
      running.clear();
    },
  };
  return prober;
}
