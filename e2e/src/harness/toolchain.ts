import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../toolchain/build.sh', import.meta.url));

/** Programs that the toolchain builds. */
export type Binary =
  | 'client-go'
  | 'etcd'
  | 'exposition'
  | 'kube-apiserver'
  | 'kube-apiserver-1.34'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubectl'
  | 'kubectl-1.29'
  | 'kubectl-1.34'
  | 'kubelet-server'
  | 'kwok'
  | 'metrics-server'
  | 'metrics-server-0.6'
  | 'metrics-server-0.7'
  | 'metrics-server-0.8';

/** Where each binary is. `KUBE_BIN` and `VK_TOOLCHAIN_CACHE` are honoured. Throws when one is not built. */
export function binaryPaths<B extends Binary>(names: readonly B[]): Readonly<Record<B, string>> {
  const lines = execFileSync('bash', [script, '--paths', ...names], { encoding: 'utf8' })
    .trim()
    .split('\n');
  const paths = new Map(lines.map((line) => line.split('=', 2) as [string, string]));
  const missing = names.filter((name) => !existsSync(paths.get(name) ?? ''));
  if (missing.length > 0) {
    throw new Error(
      `not built yet: ${missing.join(', ')}. Run e2e/toolchain/build.sh ${missing.join(' ')} (or: make toolchain)`,
    );
  }
  return Object.fromEntries(paths) as Record<B, string>;
}
