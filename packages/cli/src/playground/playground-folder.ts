import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Clock, Logger } from '@virtual-kubelet/base';
import { errorsOf, lifetime, messageOf, systemClock, systemIds } from '@virtual-kubelet/base';
import type { PlaygroundCredentials, PlaygroundServer, Snapshot } from '@virtual-kubelet/playground';
import {
  createPlaygroundCredentials,
  readPlaygroundCredentials,
  readSnapshot,
  snapshotOf,
} from '@virtual-kubelet/playground';
import { isServed, isServing } from './living-playground.js';
import { playgroundCommandErrors } from './playground-errors.js';
import { readIfThere, replaceFile } from '../run/private-file.js';

const fail = errorsOf(playgroundCommandErrors);
const objectsFile = 'objects.json';
const credentialsFile = 'credentials.json';
/** Milliseconds between a change and its being kept. */
const delay = 1_000;

/** Where a playground keeps its files. All of it is readable by its user only: it holds credentials. */
export interface PlaygroundFolder {
  readonly snapshot?: Snapshot;
  readonly credentials: PlaygroundCredentials;
  /** The port of the last start; undefined where none is known. */
  readonly port: number | undefined;
  /** Keeps what makes the next start the same server, where a data folder was asked for. */
  keepIdentity(port: number): Promise<void>;
  /** Writes the kubeconfig and gives back its path. */
  writeKubeconfig(text: string): Promise<string>;
  /** Keeps the objects of a server from now on. Gives back the way to stop, which keeps them once more. */
  follow(server: PlaygroundServer, options: { readonly clock: Clock; readonly logger: Logger }): () => Promise<void>;
  /** Removes what nobody asked to keep. */
  close(): Promise<void>;
}

/** Places that the user chose. */
export interface FolderOptions {
  readonly dataDir: string | undefined;
  readonly kubeconfig: string | undefined;
}

/** Opens the folder. @throws CodedError `VK_PLAYGROUND_DATA`, `VK_PLAYGROUND_CREDENTIALS`, `VK_PLAYGROUND_KUBECONFIG` */
export async function openFolder({ dataDir, kubeconfig }: FolderOptions): Promise<PlaygroundFolder> {
  await refuseInUse(kubeconfig ?? (dataDir === undefined ? undefined : join(dataDir, 'kubeconfig')));
  const temporary = dataDir === undefined ? await mkdtemp(join(tmpdir(), 'virtual-kubelet-playground-')) : undefined;
  const folder = temporary ?? resolve(dataDir ?? '.');
  const snapshot = dataDir === undefined ? undefined : await readObjects(folder);
  const identity = dataDir === undefined ? newIdentity() : await readIdentity(folder);
  let isWritten = false;
  const written = resolve(kubeconfig ?? join(folder, 'kubeconfig'));
  return {
    ...(snapshot === undefined ? {} : { snapshot }),
    ...identity,
    async keepIdentity(port) {
      if (dataDir === undefined) return;
      const path = join(folder, credentialsFile);
      await replaceFile(path, `${JSON.stringify({ ...identity.credentials, port })}\n`).catch((error: unknown) => {
        throw fail('VK_PLAYGROUND_DATA', { path, problem: messageOf(error) }, error);
      });
    },
    async writeKubeconfig(text) {
      try {
        await mkdir(dirname(written), { recursive: true });
        await replaceFile(written, text);
      } catch (error) {
        throw fail('VK_PLAYGROUND_KUBECONFIG', { path: written, problem: messageOf(error) }, error);
      }
      isWritten = true;
      return written;
    },
    follow: (server, options) => (dataDir === undefined ? async () => undefined : keepObjects(folder, server, options)),
    async close() {
      // A kubeconfig of a server that is gone only misleads.
      if (isWritten) await rm(written, { force: true });
      if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    },
  };
}

/** The kubeconfig of a real cluster must not be lost to a playground, nor that of a playground that runs to another. */
async function refuseInUse(given: string | undefined): Promise<void> {
  if (given === undefined) return;
  const path = resolve(given);
  const wrong = (problem: string, cause?: unknown): Error => fail('VK_PLAYGROUND_KUBECONFIG', { path, problem }, cause);
  const found = await readIfThere(path).catch((error: unknown) => {
    throw wrong(messageOf(error), error);
  });
  if (found === undefined || found.trim() === '') return;
  if (!found.includes('virtual-kubelet-playground')) throw wrong('there is a file that no playground has written');
  if (await isServed(found)) throw wrong('a playground that runs has written it');
}

async function readObjects(folder: string): Promise<Snapshot | undefined> {
  const path = join(folder, objectsFile);
  const wrong = (problem: string, cause?: unknown): Error => fail('VK_PLAYGROUND_DATA', { path, problem }, cause);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw wrong(messageOf(error), error);
  }
  const text = await readIfThere(path).catch((error: unknown) => {
    throw wrong(messageOf(error), error);
  });
  if (text === undefined) return undefined;
  const snapshot = readSnapshot(parsed(text));
  if (snapshot === undefined) throw wrong('not the objects of a playground of this version');
  return snapshot;
}

type Identity = Pick<PlaygroundFolder, 'credentials' | 'port'>;

function newIdentity(): Identity {
  return { credentials: createPlaygroundCredentials({ clock: systemClock, ids: systemIds }), port: undefined };
}

async function readIdentity(folder: string): Promise<Identity> {
  const path = join(folder, credentialsFile);
  const wrong = (problem: string, cause?: unknown): Error =>
    fail('VK_PLAYGROUND_CREDENTIALS', { path, problem }, cause);
  const text = await readIfThere(path).catch((error: unknown) => {
    throw wrong(messageOf(error), error);
  });
  if (text === undefined) return newIdentity();
  const value = parsed(text);
  const credentials = readPlaygroundCredentials(value, systemClock.wall());
  if (credentials === undefined) throw wrong('not the credentials of a playground of this version, or no longer good');
  const { port: last } = value as { readonly port?: unknown };
  const port = typeof last === 'number' && last > 0 && last <= 65_535 ? last : undefined;
  const ca = credentials.authority.certificatePem;
  if (port !== undefined && (await isServing({ host: '127.0.0.1', port, ca })))
    throw fail('VK_PLAYGROUND_DATA', { path: folder, problem: 'a playground that runs keeps its objects there' });
  return { credentials, port };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function keepObjects(
  folder: string,
  server: PlaygroundServer,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): () => Promise<void> {
  const life = lifetime();
  const { state } = server.store;
  let kept = -1;
  const keep = async (): Promise<void> => {
    const { version } = state;
    if (version === kept) return;
    await replaceFile(join(folder, objectsFile), JSON.stringify(snapshotOf(state)));
    kept = version;
  };
  const following = (async () => {
    while (!life.signal.aborted) {
      await keep().catch((error: unknown) =>
        logger.error('the objects could not be kept', { error: messageOf(error) }),
      );
      await clock.sleep(delay, life.signal).catch(() => undefined);
    }
  })();
  return async () => {
    life.abort(new DOMException('the playground is stopping', 'AbortError'));
    await following;
    await keep();
  };
}
