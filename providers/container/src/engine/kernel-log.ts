/**
 * What the kernel wrote about processes it killed for memory, for engines that do not tell: conmon 2.1 with control groups
 * of the first version. A record names the control group, which engines name after the container
 * (`oom-kill:...,task_memcg=/libpod_parent/libpod-<id>,task=...`, mm/oom_kill.c dump_oom_victim).
 */
import { constants, open, read } from 'node:fs';
import { promisify } from 'node:util';

const openFile = promisify(open);
const readFile = promisify(read);

/** A log that is asked about containers. */
export interface KernelLog {
  /** Whether a process of this container was killed for memory; false, too, where the log cannot be read. */
  killedForMemory(containerId: string): Promise<boolean>;
}

/** The longest record there can be (PRINTK_MESSAGE_MAX with its prefix), bytes. */
const mostRecord = 8_192;

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Control groups that are remembered. */
const mostVictims = 1_000;

/** Makes one, which stays open for ever. Records are read once, when something is asked. @param path @default `/dev/kmsg` */
export function kernelLog(path = '/dev/kmsg'): KernelLog {
  const victims = new Set<string>();
  let file: number | undefined;
  let reading: Promise<void> = Promise.resolve();

  const remember = (group: string): void => {
    victims.add(group);
    const [oldest = ''] = victims;
    if (victims.size > mostVictims) victims.delete(oldest);
  };

  /** One record; undefined when there is none any more. */
  const next = async (from: number, buffer: Uint8Array): Promise<string | undefined> => {
    try {
      const { bytesRead } = await readFile(from, buffer, 0, buffer.length, null);
      return bytesRead === 0 ? undefined : new TextDecoder().decode(buffer.subarray(0, bytesRead));
    } catch (error) {
      // Overwritten before it was read: the next one follows.
      if (codeOf(error) === 'EPIPE') return '';
      if (codeOf(error) === 'EAGAIN') return undefined;
      throw error;
    }
  };

  const readOn = async (): Promise<void> => {
    try {
      file ??= await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch {
      return;
    }
    const buffer = new Uint8Array(mostRecord);
    for (let record = await next(file, buffer); record !== undefined; record = await next(file, buffer))
      for (const [, group = ''] of record.matchAll(/,task_memcg=([^,]*)/g)) remember(group);
  };

  return {
    async killedForMemory(containerId) {
      reading = reading.then(readOn, readOn);
      await reading;
      return [...victims].some((group) => group.includes(containerId));
    },
  };
}
