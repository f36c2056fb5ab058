import { systemClock, systemRandom } from '@virtual-kubelet/base';
import { createApiClient } from '@virtual-kubelet/client';
import type { Deregistration, Removal } from '@virtual-kubelet/node';
import { deregister } from '@virtual-kubelet/node';
import { findCluster, openCluster } from './run/cluster.js';
import { runOptions } from './options/option-table.js';
import { loggerOf } from './output/asked-output.js';
import type { FlagTexts } from './options/settings.js';
import { readSettings, resolveSettings } from './options/settings.js';

/** How `virtual-kubelet deregister` goes about it. */
export interface DeregisterFlags {
  readonly dryRun?: boolean;
  /** `text` or `json`. */
  readonly output: string;
}

/** Ours are watched for 40 s where the agent did not let go; no call after that is waited for this long. */
const atMost = 120_000;

const words: Readonly<Record<Removal, string>> = {
  deleted: 'deleted',
  absent: 'was not there',
  present: 'would be deleted',
};

function told(name: string, { node, lease }: Deregistration, format: string): string {
  if (format === 'json') return `${JSON.stringify({ name, node, lease }, null, 2)}\n`;
  return `node/${name} ${words[node]}\nlease/${name} ${words[lease]}\n`;
}

/** `virtual-kubelet deregister`: takes the Node and its Lease out of the cluster. */
export async function deregisterCommand(flags: FlagTexts, how: DeregisterFlags): Promise<void> {
  const read = readSettings(runOptions, resolveSettings(runOptions, { flags, environment: process.env, file: {} }));
  const logger = loggerOf(read);
  const name = read.text('nodename');
  const transport = await openCluster(await findCluster(read.optional('kubeconfig'), read.optional('context')), {
    logger,
  });
  const deadline = systemClock.deadline(atMost);
  try {
    const result = await deregister({
      client: createApiClient({ transport, clock: systemClock, random: systemRandom, logger }),
      clock: systemClock,
      node: name,
      signal: deadline.signal,
      dryRun: how.dryRun === true,
      onWatching: (holder, longest) =>
        logger.info('the agent did not let its node go: it is watched whether it still lives', {
          node: name,
          holder,
          atMostSeconds: longest / 1_000,
        }),
    });
    process.stdout.write(told(name, result, how.output));
  } finally {
    deadline.release();
    await transport.close();
  }
}
