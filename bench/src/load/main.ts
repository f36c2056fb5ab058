// The hands: `node dist/load/main.js '<job as JSON>'` does one job and prints its result as JSON. With `watchers` it
// watches instead: a first line says that all watches stand, and it ends when they have seen what they are to see.
import { transportTo } from '../cluster.js';
import { perform } from './hands.js';
import type { Job, WatchJob } from './job.js';
import { watchAll } from './watchers.js';

const job = JSON.parse(process.argv[2] ?? '{}') as Job | WatchJob;
const transport = await transportTo(job.kubeconfig);
if ('watchers' in job) await watchAll(transport, job, () => process.stdout.write('ready\n'));
else {
  // Without this the first calls would pay for the connections.
  await Promise.all(
    Array.from({ length: job.connections ?? 16 }, () => transport.request({ method: 'GET', path: '/version' })),
  );
  const result = await perform(transport, job);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
await transport.close();
process.exit(0);
