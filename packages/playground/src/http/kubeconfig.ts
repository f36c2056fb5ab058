/** A kubeconfig for kubectl: in JSON, which is YAML. */
import type { User } from '../store/user.js';
import type { PlaygroundAuthority } from './authority.js';

/** What a kubeconfig says. */
export interface KubeconfigOptions {
  readonly url: string;
  readonly authority: PlaygroundAuthority;
  readonly user: User;
}

/** Writes a kubeconfig with one cluster, one user and a new client certificate. Its text is secret. */
export function kubeconfigOf({ url, authority, user }: KubeconfigOptions): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const name = 'virtual-kubelet-playground';
  const { certificatePem, keyPem } = authority.client(user);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server: url, 'certificate-authority-data': base64(authority.certificatePem) } }],
    users: [
      {
        name: user.username,
        user: { 'client-certificate-data': base64(certificatePem), 'client-key-data': base64(keyPem) },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: user.username } }],
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
