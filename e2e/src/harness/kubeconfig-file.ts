import { Buffer } from 'node:buffer';
import type { IssuedCertificate } from '@virtual-kubelet/certificates';

/** Where an API server is, and with what to show oneself there. */
export interface KubeconfigContents {
  readonly server: string;
  readonly caPem: string;
  readonly credentials: IssuedCertificate | { readonly token: string };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** The text of a kubeconfig with one context. It is JSON, which every reader of YAML understands. */
export function kubeconfigText(contents: KubeconfigContents): string {
  const { server, caPem, credentials } = contents;
  const user =
    'token' in credentials
      ? credentials
      : {
          'client-certificate-data': base64(credentials.certificatePem),
          'client-key-data': base64(credentials.keyPem),
        };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'e2e', cluster: { server, 'certificate-authority-data': base64(caPem) } }],
    users: [{ name: 'e2e', user }],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'e2e' } }],
    'current-context': 'e2e',
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
