/**
 * Everything a change must pass, two parts at a time, after a build. Ends with status 1 when one of them failed.
 * The tests are the longest and start first; what they leave of the machine is enough for all the others.
 */
import type { Part } from './run-parts.js';
import { runParts } from './run-parts.js';

const npm = (name: string, ...args: readonly string[]): Part => ({
  name,
  command: ['npm', 'run', '--silent', name, ...args],
});

const parts: readonly Part[] = [
  npm('test'),
  npm('lint'),
  npm('types'),
  npm('api', '--', '--check'),
  npm('layers'),
  npm('dead-code'),
  npm('generated'),
  npm('format'),
];

const failed = await runParts(parts, {
  atOnce: 2,
  say: (text) => void process.stdout.write(text),
  now: () => performance.now(),
});
process.exitCode = failed.length > 0 ? 1 : 0;
