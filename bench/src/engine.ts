import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startChild } from './child.js';
import { places } from './places.js';

const run = promisify(execFile);

/** A container engine of the bench's own. */
export interface Engine {
  readonly socket: string;
  /** A folder that goes with it. */
  readonly folder: string;
  /** An image with busybox. */
  readonly image: string;
  /** The engine's own command line. */
  podman(...args: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

/** What the program that runs an engine says of it. */
interface Found {
  readonly missing?: string;
  readonly socket: string;
  readonly folder: string;
  readonly image: string;
  readonly commandLine: { readonly flags: readonly string[]; readonly env: Readonly<Record<string, string>> };
}

/** Starts one, or says why there is none. */
export async function startEngine(): Promise<Engine | { readonly missing: string }> {
  const child = startChild(process.execPath, [places.podman]);
  const found = JSON.parse(await child.firstLine()) as Found;
  if (found.missing !== undefined) return { missing: found.missing };
  const { socket, folder, image, commandLine } = found;
  const env = { ...process.env, ...commandLine.env };
  return {
    socket,
    folder,
    image,
    podman: async (...args) => (await run('podman', [...commandLine.flags, ...args], { env })).stdout,
    // It has to remove what is left, and Podman takes a fifth of a second for each command that a probe ran in it. Ended
    // before that it would leave its service and its folder on the machine.
    close: () => child.stop('SIGTERM', 300_000),
  };
}
