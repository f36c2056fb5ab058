import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { styleText } from 'node:util';

/** What a user is told at the start. */
export interface Started {
  readonly url: string;
  readonly kubeconfig: string;
  readonly nodes: readonly string[];
  readonly applied: readonly string[];
  readonly dataDir: string | undefined;
}

/** Says what this is, and what it is not. */
export function banner(): string {
  const title = styleText('bold', 'Kubernetes playground');
  return `${title}: a small API server, scheduler and controllers in this process.\nFor trying and testing on this machine. It is no production cluster: no etcd, no redundancy, no network between pods.\n\n`;
}

/** Whether a program is on the search path. */
async function findProgram(name: string, path: string | undefined): Promise<boolean> {
  for (const folder of (path ?? '').split(delimiter).filter((each) => each !== '')) {
    const isThere = await access(join(folder, name), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return true;
  }
  return false;
}

/** What the machine has. */
export interface FoundPrograms {
  readonly kubectl: boolean;
  /** A container engine whose provider is not in use. */
  readonly engine: 'podman' | 'docker' | undefined;
}

/** Looks for what the lines depend on. */
export async function findPrograms(providers: readonly string[], path: string | undefined): Promise<FoundPrograms> {
  const engines = providers.every((name) => name === 'mock') ? (['podman', 'docker'] as const) : [];
  const found = await Promise.all(engines.map((name) => findProgram(name, path)));
  return { kubectl: await findProgram('kubectl', path), engine: engines.find((_, index) => found[index]) };
}

function podName(pod: string): string {
  return pod.slice('pod/'.length);
}

/** The lines a person types next. */
export function nextLines({ kubeconfig, applied }: Started, found: FoundPrograms): string {
  const pod = applied.find((each) => each.startsWith('pod/'));
  const lines = [
    `export KUBECONFIG=${quoted(kubeconfig)}`,
    'kubectl get pods -o wide',
    ...(pod === undefined
      ? ['kubectl run nginx --image=nginx']
      : [`kubectl logs ${pod}`, `kubectl exec ${podName(pod)} -- env`]),
    'kubectl create deployment web --image=nginx --replicas=3',
  ];
  const missing = found.kubectl
    ? ''
    : '\nkubectl was not found on this machine: https://kubernetes.io/docs/tasks/tools/ says how to get it; any from 1.29 on will do.\n';
  const engine =
    found.engine === undefined
      ? ''
      : `\nThese pods only pretend. ${found.engine} was found: --provider ${found.engine} runs real containers.\n`;
  return `In another terminal:\n\n${lines.map((line) => `  ${line}\n`).join('')}${missing}${engine}\n`;
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** How it ends, and what remains. */
export function endLine({ dataDir }: Started): string {
  const remains = dataDir === undefined ? 'nothing of it remains' : `the objects stay in ${dataDir}`;
  return styleText('dim', `It runs until Ctrl-C; then ${remains}.\n`);
}
