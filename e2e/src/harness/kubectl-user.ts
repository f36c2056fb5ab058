import { join } from 'node:path';
import { expect } from 'vitest';
import type { KubectlResult, KubectlRun } from './kubectl.js';
import { runKubectl } from './kubectl.js';
import type { RunningKubectl } from './kubectl-stream.js';
import { startKubectl } from './kubectl-stream.js';

/** Words of a command line; a text is cut at its spaces. */
export type Words = string | readonly string[];

/** Somebody with one kubectl and the kubeconfig in a folder. */
export interface KubectlUser {
  /** Runs kubectl to its end, whatever that is. */
  tried(args: Words, more?: Pick<KubectlRun, 'input' | 'environment'>): Promise<KubectlResult>;
  /** Runs kubectl, which must succeed, and gives what it printed without the last line break. */
  succeeds(args: Words, input?: string): Promise<string>;
  /** The same without a word of warning. */
  kubectl(args: Words, input?: string): Promise<string>;
  /** Starts kubectl and leaves it running. */
  start(args: Words): RunningKubectl;
}

function wordsOf(args: Words): readonly string[] {
  return typeof args === 'string' ? args.split(' ') : args;
}

/** Somebody who uses the kubectl at `path` with the file `kubeconfig` in `folder`, where its cache is, too. */
export function kubectlUser(path: string, folder: string): KubectlUser {
  const kubeconfig = join(folder, 'kubeconfig');
  const tried: KubectlUser['tried'] = (args, more = {}) =>
    runKubectl({ path, kubeconfig, cacheFolder: join(folder, 'cache'), arguments: wordsOf(args), ...more });
  const ended = async (args: Words, input?: string): Promise<KubectlResult> =>
    tried(args, input === undefined ? {} : { input });
  return {
    tried,
    async succeeds(args, input) {
      const { code, stdout, stderr } = await ended(args, input);
      expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
      return stdout.trimEnd();
    },
    async kubectl(args, input) {
      const { code, stdout, stderr } = await ended(args, input);
      expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
      return stdout.trimEnd();
    },
    start: (args) =>
      startKubectl({ handle: { kubectlPath: path }, kubeconfig: () => kubeconfig }, [
        `--cache-dir=${join(folder, 'cache')}`,
        ...wordsOf(args),
      ]),
  };
}

/** The words of each line of a table. */
export function cells(output: string): readonly (readonly string[])[] {
  return output.split('\n').map((line) => line.trim().split(/\s{2,}/));
}
