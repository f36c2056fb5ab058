import { binaryPaths } from './toolchain.js';

const binaries = { '1.29': 'kubectl-1.29', '1.34': 'kubectl-1.34', '1.37': 'kubectl' } as const;
type Minor = keyof typeof binaries;

/** Stock kubectl of one minor release. */
export interface KubectlRelease {
  /** As `1.29`. */
  readonly release: Minor;
  /** The second number of that. */
  readonly minor: number;
  readonly path: string;
}

function isKnown(release: string): release is Minor {
  return Object.hasOwn(binaries, release);
}

/**
 * What suites on a playground run with: the newest kubectl, and those that `KUBECTL_RELEASES` names beside it, as
 * `1.29,1.34`. Throws for one that is unknown or not built.
 */
export function kubectlReleases(): readonly KubectlRelease[] {
  const named = (process.env['KUBECTL_RELEASES'] ?? '').split(',').filter((word) => word !== '');
  return ['1.37', ...named].map((release) => {
    if (!isKnown(release))
      throw new Error(`KUBECTL_RELEASES knows ${Object.keys(binaries).join(', ')}, and no ${release}`);
    const binary = binaries[release];
    return { release, minor: Number(release.split('.')[1]), path: binaryPaths([binary])[binary] };
  });
}
