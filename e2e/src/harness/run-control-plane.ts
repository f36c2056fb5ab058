// Runs a control plane in the foreground until it is interrupted: node e2e/dist/harness/run-control-plane.js [--load]
// Standard output is one line, the path of the admin kubeconfig.
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startControlPlane } from './start.js';

const { values } = parseArgs({
  options: {
    load: { type: 'boolean', default: false },
    'verify-kubelets': { type: 'boolean', default: false },
  },
});
const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
const plane = await startControlPlane({
  load: values.load,
  verifyKubelets: values['verify-kubelets'],
});
process.stdout.write(`${plane.kubeconfig()}\n`);
await interrupted;
await plane.close();
