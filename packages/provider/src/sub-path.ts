import type { VolumeMount } from '@virtual-kubelet/kubernetes';
import { reveal } from './expression.js';
import type { RuntimeFacts } from './expression.js';
import { failures } from './failure.js';
import type { ContainerInputs } from './pod-inputs.js';

/** Why a path may not be mounted below a volume; undefined when it may. */
export function subPathProblem(path: string): string | undefined {
  if (path.startsWith('/') || path.startsWith('\\') || /^[A-Za-z]:/.test(path)) return 'must not be an absolute path';
  return path.split(/[\\/]/).includes('..') ? 'must not contain ".."' : undefined;
}

/**
 * The folder or file of a volume that a mount shows, relative to the volume; undefined for the whole volume.
 * @throws a failure of kind Invalid for a path that leads out of the volume, Unsupported when expressions are not
 * expanded because the provider does not consume env
 */
export function subPathOf(mount: VolumeMount, container: ContainerInputs, facts: RuntimeFacts): string | undefined {
  const { mountPath, subPath, subPathExpr } = mount;
  const field = `subPathExpr of the mount at ${mountPath}`;
  if (!subPathExpr) return subPath === '' ? undefined : subPath;
  const found = container.subPaths?.find((entry) => entry.mountPath === mountPath);
  if (!found) throw failures.unsupported(field, `${field} is not expanded for this provider`);
  const path = reveal(found.path, facts);
  const problem = subPathProblem(path);
  // The path itself may come from a Secret, so it is not told.
  if (problem !== undefined) throw failures.invalid(field, `${field} ${problem}`);
  return path === '' ? undefined : path;
}
