/** `subPathExpr` of volume mounts (kubernetes/kubernetes:pkg/kubelet/container/helpers.go ExpandContainerVolumeMounts). Pure. */
import type { VolumeMount } from '@virtual-kubelet/kubernetes';
import { needsRuntime, reveal, subPathProblem } from '@virtual-kubelet/provider';
import type { Expression, SubPath } from '@virtual-kubelet/provider';
import type { ExpansionBudget, VariableLookup } from './expansion.js';
import { expand } from './expansion.js';

/** The paths of a container's mounts, and why it cannot start with them. */
export interface SubPaths {
  readonly paths: readonly SubPath[];
  readonly problems: readonly string[];
}

function problemOf(path: Expression): string | undefined {
  return needsRuntime(path) ? undefined : subPathProblem(reveal(path));
}

/** Expands the expressions. Unlike in env and command lines, a reference to no variable is an error. */
export function expandSubPaths(
  mounts: readonly VolumeMount[],
  lookup: VariableLookup,
  budget: ExpansionBudget,
): SubPaths {
  const problems: string[] = [];
  const paths = mounts.flatMap(({ mountPath, subPathExpr }): SubPath[] => {
    if (!subPathExpr) return [];
    const where = `subPathExpr of the mount at ${mountPath}`;
    const known: VariableLookup = (name) => {
      const value = lookup(name);
      if (!value) problems.push(`${where} refers to variable ${name}, which has no value`);
      return value;
    };
    const path = expand(subPathExpr, known, budget);
    const problem = problemOf(path);
    if (problem !== undefined) problems.push(`${where} ${problem}`);
    return [{ mountPath, path }];
  });
  return { paths, problems };
}
