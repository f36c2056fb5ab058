import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** Files of the repository that are run or written, seen from `bench/dist`. */
export const places: Readonly<
  Record<
    'command' | 'controlPlane' | 'podman' | 'toolchain' | 'kwokStages' | 'results' | 'load' | 'streams' | 'tlsPipe',
    string
  >
> = {
  command: here('../../bin/virtual-kubelet'),
  controlPlane: here('../../e2e/dist/harness/run-control-plane.js'),
  podman: here('../../e2e/dist/run-podman.js'),
  toolchain: here('../../e2e/toolchain/build.sh'),
  kwokStages: here('../kwok/stages.yaml'),
  results: here('../results'),
  load: here('./load/main.js'),
  streams: here('./streams/main.js'),
  tlsPipe: here('./streams/tls-pipe.js'),
};

/** KWOK, when it was built (`e2e/toolchain/build.sh kwok`). */
export function kwokBinary(): string | undefined {
  const [line = ''] = execFileSync('bash', [places.toolchain, '--paths', 'kwok'], { encoding: 'utf8' }).split('\n');
  const path = line.slice(line.indexOf('=') + 1);
  return existsSync(path) ? path : undefined;
}
