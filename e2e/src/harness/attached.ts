import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiRequest } from './api-request.js';
import { auditPosition, readAudit } from './audit.js';
import type { ControlPlane, ControlPlaneHandle } from './control-plane.js';
import { remoteSwitch } from './control-server.js';
import type { ApiServerSwitch } from './control-server.js';
import { attachGivenCluster } from './given-cluster.js';
import { identityName } from './identity.js';
import type { Identity } from './identity.js';
import { kubeconfigText } from './kubeconfig-file.js';
import { runKubectl } from './kubectl.js';
import { createNamespace, readServiceAccount } from './namespaces.js';
import { certificateOf, openPki } from './pki.js';
import type { Pki } from './pki.js';
import { mintToken } from './service-account-token.js';

type OwnHandle = Extract<ControlPlaneHandle, { kind: 'own' }>;

/** Writes the kubeconfig of an identity unless it is there, and gives its path. */
export function writeKubeconfig(folder: string, pki: Pki, options: { server: string; identity: Identity }): string {
  const { server, identity } = options;
  const file = join(folder, 'kubeconfig', identityName(identity));
  if (existsSync(file)) return file;
  mkdirSync(join(folder, 'kubeconfig'), { recursive: true });
  const credentials = certificateOf(pki, identity) ?? (identity as { token: string });
  writeFileSync(file, kubeconfigText({ server, caPem: pki.caPem, credentials }), { mode: 0o600 });
  return file;
}

/** The functions of a control plane over its folder and the switch of its API server. */
export function overFolder(handle: OwnHandle, apiServer: ApiServerSwitch): Omit<ControlPlane, 'close'> {
  const { folder, baseUrl, kubectlPath } = handle;
  const pki = openPki(join(folder, 'pki'));
  const audit = join(folder, 'audit.log');
  const admin = pki.clientCertificate('admin', ['system:masters']);
  const request: ControlPlane['request'] = (path, call) =>
    apiRequest({ baseUrl, caPem: pki.caPem, credentials: admin }, path, call);
  const kubeconfig = (identity: Identity = 'admin'): string =>
    writeKubeconfig(folder, pki, { server: baseUrl, identity });
  return {
    handle,
    baseUrl,
    caPem: pki.caPem,
    kubeconfig,
    request,
    serviceAccountToken: async (namespace, name, seconds) => {
      const { uid } = await readServiceAccount(request, namespace, name);
      return mintToken(pki.serviceAccountKeyPem, { namespace, name, uid, seconds });
    },
    servingCertificate: ({ commonName, organizations, ...names }) =>
      pki.servingCertificate(commonName, names, organizations),
    kubectl: (args, { identity, ...options } = {}) =>
      runKubectl({
        path: kubectlPath,
        kubeconfig: kubeconfig(identity),
        arguments: args,
        cacheFolder: join(folder, 'kubectl'),
        ...options,
      }),
    createNamespace: (name) => createNamespace(request, name),
    auditEvents: (since) => readAudit(audit, since),
    auditPosition: () => auditPosition(audit),
    metrics: async () => (await request('/metrics')).text,
    killApiServer: () => apiServer.kill(),
    startApiServer: () => apiServer.start(),
    restartApiServer: () => apiServer.restart(),
  };
}

/** Uses a control plane that somebody else started and will close. */
export function attachControlPlane(handle: ControlPlaneHandle): ControlPlane {
  if (handle.kind === 'given') return attachGivenCluster(handle);
  return { ...overFolder(handle, remoteSwitch(handle.controlUrl)), close: () => Promise.resolve() };
}
