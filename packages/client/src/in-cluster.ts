import type { ClusterConfig } from './cluster-config.js';
import { clientError } from './errors.js';
import type { Environment, Files } from './files.js';

/** Where a pod finds the credentials of its service account. */
export const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Whether the environment is that of a pod. */
export function isInCluster(env: Environment): boolean {
  return Boolean(env['KUBERNETES_SERVICE_HOST'] && env['KUBERNETES_SERVICE_PORT']);
}

async function required(files: Files, path: string): Promise<string> {
  const text = await files.readText(path).catch((thrown: unknown) => {
    throw clientError('VK_CLUSTER_SERVICE_ACCOUNT', { path, detail: 'cannot be read' }, thrown);
  });
  if (text === undefined || text.trim() === '')
    throw clientError('VK_CLUSTER_SERVICE_ACCOUNT', {
      path,
      detail: text === undefined ? 'does not exist' : 'is empty',
    });
  return text;
}

/** The cluster of the pod that this process runs in. Call it only where {@link isInCluster} holds. */
export async function inClusterConfig(files: Files, env: Environment): Promise<ClusterConfig> {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '';
  const tokenPath = `${serviceAccountFolder}/token`;
  const authorityPath = `${serviceAccountFolder}/ca.crt`;
  await required(files, tokenPath);
  await required(files, authorityPath);
  const namespace = await files.readText(`${serviceAccountFolder}/namespace`);
  const origin = 'service account of this pod';
  return {
    origin,
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    trust: { authority: { kind: 'file', path: authorityPath } },
    namespace: namespace?.trim() || 'default',
    user: { origin, authentication: { kind: 'tokenFile', path: tokenPath } },
  };
}
