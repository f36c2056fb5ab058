/**
 * Containers that Podman takes for running for ever: who would have told it of their end (conmon) was killed with them.
 * Processes that are not seen here are no proof, since the engine may be in another process namespace, and a container
 * may have ended a moment ago. So the engine is asked, once for each container: by a signal that nobody minds, which
 * fails where there is no process, and by another inspection, which shows an end where there was a witness.
 */
import { existsSync } from 'node:fs';
import type { EngineClient } from '../engine/engine-client.js';
import { EngineError } from '../engine/engine-client.js';
import type { Inspected } from './podman-view.js';
import { fields, text } from '../engine/wire.js';

/** Remembers what it was told, until a container is dropped. */
export interface LostContainers {
  /** Whether a container that is listed as running has gone without a witness. */
  has(id: string, processes: Pick<Inspected, 'pid' | 'conmonPid'>, signal: AbortSignal): Promise<boolean>;
  drop(id: string): void;
}

function isImproper(error: unknown): boolean {
  return error instanceof EngineError && (error.status === 409 || error.message.includes('container state improper'));
}

/** Makes one. @param isThere whether a process is seen @default by /proc */
export function lostContainers(
  client: Pick<EngineClient, 'json'>,
  isThere: (pid: number) => boolean = (pid) => existsSync(`/proc/${pid}`),
): LostContainers {
  const answers = new Map<string, boolean>();

  const takesSignals = async (id: string, signal: AbortSignal): Promise<boolean> => {
    try {
      await client.json({ method: 'POST', path: `/containers/${id}/kill`, query: { signal: 'SIGURG' }, signal });
      return true;
    } catch (error) {
      if (isImproper(error)) return false;
      throw error;
    }
  };

  return {
    async has(id, { pid, conmonPid }, signal) {
      if (pid <= 0 || isThere(pid) || isThere(conmonPid)) return false;
      const known = answers.get(id);
      if (known !== undefined) return known;
      const runs = await takesSignals(id, signal);
      const state = fields(fields(await client.json({ path: `/containers/${id}/json`, signal }))['State']);
      const isLost = !runs && ['running', 'stopping'].includes(text(state['Status']));
      // An end with a witness shows in the next listing; there is nothing to remember.
      if (runs || isLost) answers.set(id, isLost);
      return isLost;
    },
    drop: (id) => void answers.delete(id),
  };
}
