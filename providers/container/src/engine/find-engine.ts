/** Which engine this machine has, and where. */
import { stat } from 'node:fs/promises';
import { errorsOf, messageOf } from '@virtual-kubelet/base';
import { engineClient } from './engine-client.js';
import { errors } from '../errors.js';
import { fields, list, text } from './wire.js';

/** The engines that are known. */
export type EngineKind = 'podman' | 'docker';

/** An engine that answers. */
export interface FoundEngine {
  readonly kind: EngineKind;
  readonly socket: string;
  readonly version: string;
}

/** Where to look. */
export interface FindOptions {
  /** Only this one. @default whichever answers */
  readonly wanted?: EngineKind;
  /** Only this socket. */
  readonly socket?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

const fail = errorsOf(errors);

function ofVariable(value: string | undefined): readonly string[] {
  return value?.startsWith('unix://') ? [value.slice('unix://'.length)] : [];
}

/** The usual places, in the order they are tried. */
export function usualSockets({ environment, wanted }: Pick<FindOptions, 'environment' | 'wanted'>): readonly string[] {
  const { CONTAINER_HOST, DOCKER_HOST, XDG_RUNTIME_DIR } = environment;
  const own = XDG_RUNTIME_DIR === undefined ? [] : [XDG_RUNTIME_DIR];
  const podman = [
    ...ofVariable(CONTAINER_HOST),
    '/run/podman/podman.sock',
    ...own.map((folder) => `${folder}/podman/podman.sock`),
  ];
  const docker = [
    ...ofVariable(DOCKER_HOST),
    '/var/run/docker.sock',
    '/run/docker.sock',
    ...own.map((folder) => `${folder}/docker.sock`),
  ];
  if (wanted === 'podman') return [...podman, ...ofVariable(DOCKER_HOST)];
  return wanted === 'docker' ? docker : [...podman, ...docker];
}

async function isSocket(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isSocket(),
    () => false,
  );
}

/** Asks what serves the socket. Both engines answer this path. */
async function identify(socket: string, signal: AbortSignal): Promise<FoundEngine> {
  const client = engineClient(socket, '');
  try {
    const answer = fields(await client.json({ path: '/version', signal }));
    const names = list(answer['Components']).map((part) => text(fields(part)['Name']).toLowerCase());
    const kind = names.some((name) => name.includes('podman')) ? 'podman' : 'docker';
    return { kind, socket, version: text(answer['Version']) };
  } catch (error) {
    throw fail('VK_CONTAINER_ENGINE_UNREACHABLE', { socket, problem: messageOf(error) }, error);
  } finally {
    await client.close();
  }
}

function checked(found: FoundEngine, wanted: EngineKind | undefined): FoundEngine {
  if (wanted === undefined || found.kind === wanted) return found;
  throw fail('VK_CONTAINER_ENGINE_OTHER', { socket: found.socket, found: found.kind, wanted });
}

/**
 * Finds the engine.
 * @throws CodedError `VK_CONTAINER_ENGINE_MISSING` when there is no socket, `VK_CONTAINER_ENGINE_UNREACHABLE` when
 * nothing answers, `VK_CONTAINER_ENGINE_OTHER` when it is another one than asked for
 */
export async function findEngine(options: FindOptions): Promise<FoundEngine> {
  const { wanted, socket, signal } = options;
  if (socket !== undefined) return checked(await identify(socket, signal), wanted);
  const looked = usualSockets(options);
  let problem: unknown;
  for (const path of looked) {
    if (!(await isSocket(path))) continue;
    try {
      return checked(await identify(path, signal), wanted);
    } catch (error) {
      problem ??= error;
    }
  }
  throw problem ?? fail('VK_CONTAINER_ENGINE_MISSING', { looked: looked.join(', ') });
}
