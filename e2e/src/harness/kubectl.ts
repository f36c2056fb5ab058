import { spawn } from 'node:child_process';

/** What one call of kubectl printed, and how it ended. */
export interface KubectlResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit code; -1 when a signal ended it. */
  readonly code: number;
}

/** How to run kubectl. */
export interface KubectlRun {
  readonly path: string;
  readonly kubeconfig: string;
  readonly arguments: readonly string[];
  readonly input?: string;
  /** Variables beside those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Folder for its discovery cache. */
  readonly cacheFolder: string;
  /** Ends it early. */
  readonly signal?: AbortSignal;
}

/** Runs stock kubectl to its end. Rejects only when it cannot be started or is aborted. */
export function runKubectl(run: KubectlRun): Promise<KubectlResult> {
  const flags = [`--kubeconfig=${run.kubeconfig}`, `--cache-dir=${run.cacheFolder}`];
  const child = spawn(run.path, [...flags, ...run.arguments], {
    stdio: 'pipe',
    ...(run.environment === undefined ? {} : { env: { ...process.env, ...run.environment } }),
    ...(run.signal === undefined ? {} : { signal: run.signal }),
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output.stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output.stderr += chunk));
  child.stdin.on('error', () => undefined).end(run.input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ ...output, code: code ?? -1 }));
  });
}
