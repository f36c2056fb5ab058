import { readFile } from 'node:fs/promises';

/** What a process needs beside the connections to its nodes: about 30 at rest, and as many to reach the API server and to read files. */
const reserved = 64;
/** A port that takes fewer is of no use. */
const fewest = 8;
/** What nobody needs more of. */
const most = 10_000;

/** How many files this process may have open, connections among them; undefined where the system does not tell, or does not limit. */
export async function openFilesLimit(): Promise<number | undefined> {
  // Linux has it, see proc(5): the name, then the limit in force. Node.js raises that to the highest allowed when it starts.
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const files = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return files === undefined ? undefined : Number(files);
}

/**
 * Connections that the port of each node of this process may have open. Whoever reaches a port can open as many as it takes, so
 * they must leave files for the heartbeat; and half of the rest, for the connections that port-forwards hold to pods.
 */
export function connectionsOfNode(openFiles: number, nodes: number): number {
  const shared = Math.floor((openFiles - reserved) / 2 / nodes);
  return Math.min(most, Math.max(fewest, shared));
}
