// The hands: `node dist/load/main.js '<job as JSON>'` does one job and prints its result as JSON.
import { transportTo } from '../cluster.js';
import { perform } from './hands.js';
import type { Job } from './job.js';

const job = JSON.parse(process.argv[2] ?? '{}') as Job;
const transport = await transportTo(job.kubeconfig);
// Without this the first calls would pay for the connections.
await Promise.all(
  Array.from({ length: job.connections ?? 16 }, () => transport.request({ method: 'GET', path: '/version' })),
);
const result = await perform(transport, job);
process.stdout.write(`${JSON.stringify(result)}\n`);
await transport.close();
process.exit(0);
