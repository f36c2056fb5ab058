import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiRequest } from './api-request.js';
import type { ControlPlane, ControlPlaneHandle } from './control-plane.js';
import { identityName } from './identity.js';
import type { Identity } from './identity.js';
import { kubeconfigText } from './kubeconfig-file.js';
import { runKubectl } from './kubectl.js';
import { createNamespace } from './namespaces.js';

interface ResolvedKubeconfig {
  readonly clusters: readonly [
    {
      readonly cluster: { readonly server: string; readonly 'certificate-authority-data'?: string };
    },
  ];
  readonly users: readonly [
    {
      readonly user: {
        readonly 'client-certificate-data'?: string;
        readonly 'client-key-data'?: string;
      };
    },
  ];
}

/** TokenRequest refuses less. */
const shortestToken = 600;

function refuse(what: string): never {
  throw new Error(
    `the cluster of KUBECONFIG_E2E was given, not started: ${what}. Run this suite without KUBECONFIG_E2E`,
  );
}

function resolve(kubectl: string, kubeconfig: string): ResolvedKubeconfig {
  const view = ['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json', `--kubeconfig=${kubeconfig}`];
  return JSON.parse(execFileSync(kubectl, view, { encoding: 'utf8' })) as ResolvedKubeconfig;
}

function decode(data: string | undefined, what: string): string {
  return data === undefined ? refuse(`its kubeconfig has no ${what}`) : Buffer.from(data, 'base64').toString('utf8');
}

/** A cluster that exists already, through an admin kubeconfig with a client certificate. */
export function attachGivenCluster(handle: Extract<ControlPlaneHandle, { kind: 'given' }>): ControlPlane {
  const { folder, kubectlPath: path, kubeconfig: adminFile } = handle;
  const { clusters, users } = resolve(path, adminFile);
  const server = clusters[0].cluster.server.replace(/\/$/, '');
  const caPem = decode(clusters[0].cluster['certificate-authority-data'], 'certificate authority');
  const credentials = {
    certificatePem: decode(users[0].user['client-certificate-data'], 'client certificate'),
    keyPem: decode(users[0].user['client-key-data'], 'client key'),
  };
  const request: ControlPlane['request'] = (target, call) =>
    apiRequest({ baseUrl: server, caPem, credentials }, target, call);
  const kubeconfig = (identity: Identity = 'admin'): string => {
    if (identity === 'admin') return adminFile;
    if ('user' in identity) return refuse('it signs no client certificates for the harness');
    const file = join(folder, identityName(identity));
    writeFileSync(file, kubeconfigText({ server, caPem, credentials: identity }), { mode: 0o600 });
    return file;
  };
  const kubectl: ControlPlane['kubectl'] = (args, { identity, ...options } = {}) =>
    runKubectl({
      path,
      kubeconfig: kubeconfig(identity),
      arguments: args,
      cacheFolder: join(folder, 'kubectl'),
      ...options,
    });
  return {
    handle,
    baseUrl: server,
    caPem,
    kubeconfig,
    request,
    kubectl,
    serviceAccountToken: async (namespace, name, seconds) => {
      const duration = `--duration=${Math.max(seconds, shortestToken)}s`;
      const { stdout, stderr, code } = await kubectl(['create', 'token', name, `--namespace=${namespace}`, duration]);
      if (code !== 0) throw new Error(stderr);
      return stdout.trim();
    },
    createNamespace: (name) => createNamespace(request, name),
    metrics: async () => (await request('/metrics')).text,
    servingCertificate: () => refuse('its authority does not sign for the harness'),
    auditEvents: () => refuse('its audit log is out of reach'),
    auditPosition: () => refuse('its audit log is out of reach'),
    killApiServer: () => refuse('its API server is not killed'),
    startApiServer: () => refuse('its API server is not started'),
    restartApiServer: () => refuse('its API server is not restarted'),
    close: () => Promise.resolve(),
  };
}
