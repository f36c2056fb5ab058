import { Sensitive } from '@virtual-kubelet/base';
import type { PemSource, ServerTrust } from '../cluster-config.js';
import { inlinePem, pathIn } from './inline-data.js';
import type { NamedEntry } from './kubeconfig-file.js';

/** What a cluster entry says. */
export interface ClusterEntry {
  readonly server: string;
  readonly trust: ServerTrust;
  readonly proxy?: Sensitive;
  readonly execConfig?: unknown;
}

/** Name of the extension whose contents an exec plugin gets (kubernetes/client-go:tools/clientcmd/api/types.go). */
const execExtension = 'client.authentication.k8s.io/exec';

function urlIn(entry: NamedEntry, field: string): URL | undefined {
  const text = entry.contents.text(field);
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  throw entry.contents.invalid(field, 'must be a URL that begins with https:// or http://');
}

function serverOf(entry: NamedEntry): string {
  const url = urlIn(entry, 'server');
  if (url === undefined) throw entry.contents.invalid('server', 'is missing');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw entry.contents.invalid('server', 'must have no user, query or fragment');
  return url.href.replace(/\/+$/, '');
}

function authorityOf(entry: NamedEntry): PemSource | undefined {
  const pem = inlinePem(entry, 'certificate-authority-data');
  if (pem !== undefined) return { kind: 'inline', pem };
  const path = entry.contents.text('certificate-authority');
  return path === undefined ? undefined : { kind: 'file', path: pathIn(entry, path) };
}

function trustOf(entry: NamedEntry): ServerTrust {
  const authority = authorityOf(entry);
  const insecure = entry.contents.flag('insecure-skip-tls-verify') ?? false;
  if (insecure && authority !== undefined)
    throw entry.contents.invalid(
      'insecure-skip-tls-verify',
      'contradicts the certificate authority beside it; keep one of them',
    );
  const serverName = entry.contents.text('tls-server-name');
  return {
    ...(authority === undefined ? {} : { authority }),
    ...(insecure ? { insecure } : {}),
    ...(serverName === undefined ? {} : { serverName }),
  };
}

/** Reads the entry a context names. */
export function readCluster(entry: NamedEntry): ClusterEntry {
  const proxy = urlIn(entry, 'proxy-url');
  const extension = entry.contents.maps('extensions').find((candidate) => candidate.text('name') === execExtension);
  return {
    server: serverOf(entry),
    trust: trustOf(entry),
    ...(proxy === undefined ? {} : { proxy: new Sensitive(proxy.href) }),
    ...(extension === undefined ? {} : { execConfig: extension.data('extension') }),
  };
}
