import { systemClock, systemRandom } from '@virtual-kubelet/base';
import { createApiClient } from '@virtual-kubelet/client';
import { deregister } from '@virtual-kubelet/node';
import { findCluster, openCluster } from './run/cluster.js';
import { runOptions } from './options/option-table.js';
import { loggerOf } from './run/run.js';
import type { FlagTexts } from './options/settings.js';
import { readSettings, resolveSettings } from './options/settings.js';

/** `virtual-kubelet deregister`: takes the Node and its Lease out of the cluster. */
export async function deregisterCommand(flags: FlagTexts): Promise<void> {
  const read = readSettings(runOptions, resolveSettings(runOptions, { flags, environment: process.env, file: {} }));
  const logger = loggerOf(read);
  const transport = await openCluster(await findCluster(read.optional('kubeconfig'), read.optional('context')), {
    logger,
  });
  const deadline = systemClock.deadline(60_000);
  try {
    const client = createApiClient({ transport, clock: systemClock, random: systemRandom, logger });
    await deregister({ client, clock: systemClock, node: read.text('nodename'), signal: deadline.signal });
    process.stdout.write(`node ${read.text('nodename')} is no longer part of the cluster\n`);
  } finally {
    deadline.release();
    await transport.close();
  }
}
