/** What Podman shows, as pod-runtime wants it. Pure. */
import type { ContainerSeen, SandboxSeen } from '@virtual-kubelet/pod-runtime';
import type { Fields } from '../engine/wire.js';
import { fields, number, text, texts, time } from '../engine/wire.js';

/** A container as `containers/json` lists it. */
export interface ListedContainer {
  readonly id: string;
  readonly podId: string;
  readonly isInfra: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** `lost`: it ran, and nobody saw how it ended. */
  readonly state: ContainerSeen['state'] | 'lost';
  readonly createdAt: number;
  readonly image: string;
  readonly imageId: string;
}

/** Facts of one container that its inspection adds. */
export interface Inspected {
  readonly id: string;
  readonly podId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly exitCode?: number;
  readonly oomKilled: boolean;
  readonly image: string;
  readonly imageId: string;
  /** As a listing tells it. */
  readonly listedImageId: string;
  readonly ips: readonly string[];
  readonly pid: number;
  /** The process that watches it and tells of its end. */
  readonly conmonPid: number;
  /** A name or a number. */
  readonly stopSignal: string;
  readonly tty: boolean;
}

/** When the machine started anew, what ran counts as made again, but the time of its start is kept. */
function stateOf(state: string, hasStarted: boolean): ListedContainer['state'] {
  const word = state.toLowerCase();
  if (['running', 'paused', 'stopping'].includes(word)) return 'running';
  if (['exited', 'stopped', 'dead', 'removing'].includes(word)) return 'exited';
  return hasStarted ? 'lost' : 'created';
}

/** Reads one row of a listing. */
export function listedContainer(value: unknown): ListedContainer {
  const row = fields(value);
  return {
    id: text(row['Id']),
    podId: text(row['Pod']),
    isInfra: row['IsInfra'] === true,
    labels: texts(row['Labels']),
    state: stateOf(text(row['State']), (number(row['StartedAt']) ?? 0) > 0),
    createdAt: time(row['Created']) ?? 0,
    image: text(row['Image']),
    imageId: text(row['ImageID']),
  };
}

/** The same of an inspected container, in the state its pod shows. */
export function listedOfPod(
  { id, labels, createdAt, startedAt, image, listedImageId }: Inspected,
  state: string,
): Omit<ListedContainer, 'podId' | 'isInfra'> {
  const word = stateOf(state, startedAt !== undefined);
  return { id, labels, state: word, createdAt, image, imageId: listedImageId };
}

function addresses(network: Fields): readonly string[] {
  const all = Object.values(fields(network['Networks'])).map(fields);
  const found = all.flatMap((one) => [text(one['IPAddress']), text(one['GlobalIPv6Address'])]);
  return [...new Set([text(network['IPAddress']), ...found])].filter((ip) => ip !== '');
}

/** Reads an inspection. */
export function inspected(value: unknown): Inspected {
  const all = fields(value);
  const state = fields(all['State']);
  const config = fields(all['Config']);
  const startedAt = time(state['StartedAt']);
  const finishedAt = time(state['FinishedAt']);
  const exitCode = number(state['ExitCode']);
  const name = text(all['ImageName']);
  const digest = text(all['ImageDigest']);
  const signal = config['StopSignal'];
  return {
    id: text(all['Id']),
    podId: text(all['Pod']),
    labels: texts(config['Labels']),
    createdAt: time(all['Created']) ?? 0,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(exitCode === undefined ? {} : { exitCode }),
    oomKilled: state['OOMKilled'] === true,
    image: name,
    imageId: digest === '' ? text(all['Image']) : `${name.replace(/(:[^/:]*)?(@.*)?$/, '')}@${digest}`,
    listedImageId: text(all['Image']),
    ips: addresses(fields(all['NetworkSettings'])),
    pid: number(state['Pid']) ?? 0,
    conmonPid: number(state['ConmonPid']) ?? 0,
    stopSignal: typeof signal === 'number' ? String(signal) : text(signal),
    tty: config['Tty'] === true,
  };
}

/** A sandbox from its infra container. */
export function sandboxSeen(listed: ListedContainer, more: Inspected | undefined): SandboxSeen {
  const { podId, labels, state, createdAt } = listed;
  return { id: podId, labels, createdAt, ready: state === 'running', ips: more?.ips ?? [] };
}

/** A run of a container. */
export function containerSeen(listed: ListedContainer, more: Inspected | undefined): ContainerSeen {
  const { id, podId, labels, state, createdAt, image, imageId } = listed;
  const word = state === 'lost' ? 'exited' : state;
  const base = { id, sandboxId: podId, labels, state: word, createdAt, image, imageId } as const;
  if (!more || state === 'created') return base;
  const { startedAt, finishedAt, exitCode, oomKilled } = more;
  return {
    ...base,
    image: more.image || image,
    imageId: more.imageId || imageId,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(state === 'exited'
      ? {
          ...(finishedAt === undefined ? {} : { finishedAt }),
          ...(exitCode === undefined ? {} : { exitCode }),
          oomKilled,
        }
      : {}),
  };
}
