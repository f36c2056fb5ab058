// Runs a Podman of its own in the foreground until it is interrupted: node e2e/dist/run-podman.js
// Standard output is one line of JSON: why there can be none ("missing"), or where it is.
import { once } from 'node:events';
import { startPodman, whyNoPodman } from './podman.js';

const missing = await whyNoPodman();
if (missing !== undefined) {
  process.stdout.write(`${JSON.stringify({ missing })}\n`);
} else {
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const { socket, folder, image, commandLine, close } = await startPodman();
  process.stdout.write(`${JSON.stringify({ socket, folder, image, commandLine })}\n`);
  await interrupted;
  await close();
}
