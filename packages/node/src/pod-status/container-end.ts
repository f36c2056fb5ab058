import type { ContainerStateTerminated } from '@virtual-kubelet/kubernetes';
import type { ContainerEnd } from '@virtual-kubelet/provider';
import { int32, message, reason, wholeSeconds } from './normal-values.js';

/** Reason of an end nobody knows the exit code of. */
export const statusUnknown = 'ContainerStatusUnknown';

/** What is known of a run beside its end. */
export interface RunFacts {
  /** When it began, if it was seen running. */
  readonly startedAt?: string | undefined;
  /** When it ended, if it was seen ended before. */
  readonly finishedAt?: string | undefined;
  readonly containerID?: string | undefined;
  /** RFC 3339, whole seconds. */
  readonly now: string;
  /** Bytes of the message. */
  readonly limit: number;
}

/** 0 only for a real exit 0: a killed or unknown end is never reported as success. */
function exitOf(end: ContainerEnd): { exitCode: number; reason: string } {
  const code = int32(end.exitCode);
  const said = reason(end.reason);
  if (code === undefined || (code === 0 && said === statusUnknown)) return { exitCode: 137, reason: statusUnknown };
  const signal = int32(end.signal) ?? 0;
  const exitCode = code === 0 && signal > 0 ? 128 + signal : code;
  const plain = exitCode === 0 ? 'Completed' : 'Error';
  return { exitCode, reason: said !== undefined && (exitCode === code || said !== 'Completed') ? said : plain };
}

/** The exit code an end is reported with. */
export function exitCodeOf(end: ContainerEnd): number {
  return exitOf(end).exitCode;
}

/** The state of a container that ended, complete and as the API server gives it back. */
export function terminatedState(end: ContainerEnd, run: RunFacts): ContainerStateTerminated {
  const finishedAt = wholeSeconds(end.finishedAt) ?? run.finishedAt ?? run.now;
  const signal = int32(end.signal);
  const text = message(end.message, run.limit);
  const containerID = end.containerID || run.containerID;
  return {
    startedAt: wholeSeconds(end.startedAt) ?? run.startedAt ?? finishedAt,
    finishedAt,
    ...exitOf(end),
    ...(signal !== undefined && signal > 0 ? { signal } : {}),
    ...(text === undefined ? {} : { message: text }),
    ...(containerID ? { containerID } : {}),
  };
}

/** The end of a run of which only the beginning was seen. */
export function lostState(run: RunFacts): ContainerStateTerminated {
  const end = { exitCode: 137, reason: statusUnknown, message: 'The container ended without anybody seeing how' };
  return terminatedState(end, run);
}
