import { readFile } from 'node:fs/promises';

/** CAP_SYS_RESOURCE of capabilities(7), without which a score cannot be lowered. */
const sysResource = 1n << 24n;

/** Whether the effective capabilities in a text like `/proc/self/status` let scores be lowered. */
export function letsLowerScores(status: string): boolean {
  const found = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return found !== undefined && (BigInt(`0x${found}`) & sysResource) !== 0n;
}

/**
 * Whether containers may have a lower score for the out-of-memory killer than others. An engine without that right, as
 * rootless or in a confined machine, starts no container that asks for it; this process is taken for its equal.
 */
export async function mayLowerScores(): Promise<boolean> {
  return readFile('/proc/self/status', 'utf8').then(letsLowerScores, () => false);
}
