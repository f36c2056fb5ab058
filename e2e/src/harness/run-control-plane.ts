// Runs a control plane in the foreground until it is interrupted: node e2e/dist/harness/run-control-plane.js [--load] [--generation 1.34]
// Standard output is one line, the path of the admin kubeconfig.
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startControlPlane } from './start.js';

const { values } = parseArgs({
  options: {
    load: { type: 'boolean', default: false },
    'verify-kubelets': { type: 'boolean', default: false },
    generation: { type: 'string', default: '1.37' },
  },
});
const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
const plane = await startControlPlane({
  load: values.load,
  verifyKubelets: values['verify-kubelets'],
  generation: values.generation === '1.34' ? '1.34' : '1.37',
});
process.stdout.write(`${plane.kubeconfig()}\n`);
await interrupted;
await plane.close();
