import { parseDurationMs } from '@virtual-kubelet/kubernetes';
import type { Pod } from '@virtual-kubelet/kubernetes';
import { randomInteger, seededRandom } from '@virtual-kubelet/base';
import type { UpdateResult } from '@virtual-kubelet/provider';
import { failures } from '@virtual-kubelet/provider';
import type { ScriptOption } from './script-option.js';
import type { StreamScript } from './stream-script.js';
import { streamOptions, streamScriptOf } from './stream-script.js';

/** Prefix of the annotations that script a pod. */
export const scriptPrefix = 'mock.virtual-kubelet.io/';

/** How calls of one kind behave. */
export interface CallScript {
  /** Milliseconds each call takes. */
  readonly latency: number;
  /** The first calls that fail; Infinity: all. */
  readonly fails: number;
  /** Kind of the failure, as in the provider contract; `Error` for one without a kind. */
  readonly failure: string;
}

/** What a pod does. Times in milliseconds. */
export interface PodScript {
  /** From creation to the first container running. */
  readonly startDelay: number;
  /** Each regular init container's run. */
  readonly initTime: number;
  /** How long a run of a regular container lasts; absent: until the pod is deleted. */
  readonly runTime?: number;
  readonly exitCode: number;
  /** From a container's start to its readiness; absent: never ready. */
  readonly readyAfter?: number;
  /** From the stop signal to the end; beyond the grace period the container is killed (137). */
  readonly stopDelay: number;
  readonly create: CallScript;
  readonly update: CallScript & { readonly result: UpdateResult['result'] };
  readonly remove: CallScript;
  /** @default `defaultStreams` */
  readonly streams?: StreamScript;
}

/** All annotations the mock understands. */
export const scriptOptions: readonly ScriptOption[] = [
  {
    name: 'start-delay',
    value: 'duration, default 0s',
    meaning: 'time from creation until the containers run',
  },
  { name: 'init-time', value: 'duration, default 0s', meaning: 'time each init container runs' },
  {
    name: 'run-time',
    value: 'duration',
    meaning: 'time after which containers exit; without it they run until deleted',
  },
  {
    name: 'exit-code',
    value: 'number, default 0',
    meaning: 'exit code after run-time; restarts follow the restart policy with the back-off of a kubelet',
  },
  { name: 'crash-loop', value: 'true', meaning: 'short for run-time 1s and exit-code 1' },
  {
    name: 'ready-after',
    value: 'duration or never, default 0s',
    meaning: 'time from the start of a container to its readiness',
  },
  {
    name: 'stop-delay',
    value: 'duration, default 0s',
    meaning: 'time containers take to end when the pod is deleted; killed at the end of the grace period',
  },
  {
    name: 'create-latency',
    value: 'duration, default 0s',
    meaning: 'time a create call takes (also update-latency, delete-latency)',
  },
  {
    name: 'create-fails',
    value: 'number or always, default 0',
    meaning: 'create calls that fail first (also update-fails, delete-fails)',
  },
  {
    name: 'create-failure',
    value: 'failure kind, default Error',
    meaning:
      'NotFound, Invalid, Unsupported, Retryable, Throttled, Quota, Capacity, Unauthorized or Error (also update-failure, delete-failure)',
  },
  {
    name: 'update-result',
    value: 'result, default applied',
    meaning: 'answer of update calls: applied, inProgress, deferred, infeasible, restartRequired, failed',
  },
  ...streamOptions,
];

const results: readonly string[] = ['applied', 'inProgress', 'deferred', 'infeasible', 'restartRequired', 'failed'];

type Read = (name: string) => string | undefined;

/** FNV-1a over the text: spreads seeds so that pods of one run differ from each other, and not between runs. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

function invalid(name: string, value: string, wanted: string): Error {
  return failures.invalid(`metadata.annotations['${scriptPrefix}${name}']`, `"${value}" is not ${wanted}`);
}

function milliseconds(name: string, text: string): number {
  try {
    return parseDurationMs(text.trim());
  } catch {
    throw invalid(name, text, 'a duration such as 1.5s, or a range such as 1s..3s');
  }
}

/** A duration, or a range `1s..3s` from which the seed draws. */
function durationOf(read: Read, name: string, seed: string): number | undefined {
  const text = read(name);
  if (text === undefined) return undefined;
  const [from = '', to] = text.split('..');
  const least = milliseconds(name, from);
  if (to === undefined) return least;
  const span = Math.max(milliseconds(name, to) - least, 0);
  return least + randomInteger(seededRandom(hash(`${seed}/${name}`)), span + 1);
}

function numberOf(read: Read, name: string, otherwise: number): number {
  const text = read(name);
  if (text === undefined) return otherwise;
  if (text === 'always') return Infinity;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw invalid(name, text, 'a whole number');
  return value;
}

function callScript(read: Read, call: string, seed: string): CallScript {
  return {
    latency: durationOf(read, `${call}-latency`, seed) ?? 0,
    fails: numberOf(read, `${call}-fails`, 0),
    failure: read(`${call}-failure`) ?? 'Error',
  };
}

function updateResult(read: Read): UpdateResult['result'] {
  const text = read('update-result') ?? 'applied';
  if (!results.includes(text)) throw invalid('update-result', text, `one of ${results.join(', ')}`);
  return text as UpdateResult['result'];
}

/** What pods do that nobody wrote a script for: one for all of them. */
const plainScript = scriptFrom({}, '');

/**
 * Reads a pod's script from its annotations.
 * @param seed makes the same pod behave the same in every run
 * @throws a failure of kind Invalid that names the annotation
 */
export function scriptOf(pod: Pod, seed: string): PodScript {
  const annotations = pod.metadata?.annotations ?? {};
  const isScripted = Object.keys(annotations).some((name) => name.startsWith(scriptPrefix));
  return isScripted ? scriptFrom(annotations, `${seed}/${pod.metadata?.uid ?? ''}`) : plainScript;
}

function scriptFrom(annotations: Readonly<Record<string, string>>, own: string): PodScript {
  const read: Read = (name) =>
    Object.hasOwn(annotations, scriptPrefix + name) ? annotations[scriptPrefix + name] : undefined;
  const crashes = read('crash-loop') === 'true';
  const runTime = durationOf(read, 'run-time', own) ?? (crashes ? 1_000 : undefined);
  const readyAfter = read('ready-after') === 'never' ? undefined : (durationOf(read, 'ready-after', own) ?? 0);
  return {
    startDelay: durationOf(read, 'start-delay', own) ?? 0,
    initTime: durationOf(read, 'init-time', own) ?? 0,
    ...(runTime === undefined ? {} : { runTime }),
    exitCode: numberOf(read, 'exit-code', crashes ? 1 : 0),
    ...(readyAfter === undefined ? {} : { readyAfter }),
    stopDelay: durationOf(read, 'stop-delay', own) ?? 0,
    create: callScript(read, 'create', own),
    update: { result: updateResult(read), ...callScript(read, 'update', own) },
    remove: callScript(read, 'delete', own),
    streams: streamScriptOf({ read, invalid }),
  };
}
