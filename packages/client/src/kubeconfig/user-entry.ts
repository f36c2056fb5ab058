import { Sensitive } from '@virtual-kubelet/base';
import type {
  ClientCertificateSource,
  Impersonation,
  KeySource,
  PemSource,
  UserAuthentication,
  UserConfig,
} from '../cluster-config.js';
import { clientError } from '../errors.js';
import { readExec } from './exec-entry.js';
import { inlinePem, pathIn } from './inline-data.js';
import type { NamedEntry } from './kubeconfig-file.js';

/** Visible characters only: anything else cannot be a header and is a copying mistake. */
const headerText = /^[\x21-\x7e]+$/;

function tokenOf(entry: NamedEntry): Sensitive | undefined {
  const token = entry.contents.text('token');
  if (token === undefined) return undefined;
  if (!headerText.test(token))
    throw entry.contents.invalid('token', 'contains blanks, line ends or other characters no token has');
  return new Sensitive(token);
}

function refuseAuthProvider({ contents }: NamedEntry): void {
  const provider = contents.map('auth-provider');
  if (provider === undefined) return;
  const at = contents.at('auth-provider');
  throw clientError('VK_KUBECONFIG_AUTH_PROVIDER', { at, name: provider.text('name') ?? '' });
}

/** A token goes before a plugin, as in kubectl: `kubectl --token` works in a context whose user has one. */
function authenticationOf(entry: NamedEntry): UserAuthentication {
  const { contents } = entry;
  const token = tokenOf(entry);
  const path = contents.text('tokenFile');
  const username = contents.text('username');
  const exec = contents.map('exec');
  if (username !== undefined && (token !== undefined || path !== undefined || exec !== undefined))
    throw contents.invalid('username', 'stands beside another way to log in; keep one of them');
  if (path !== undefined)
    return {
      kind: 'tokenFile',
      path: pathIn(entry, path),
      ...(token === undefined ? {} : { fallback: token }),
    };
  if (token !== undefined) return { kind: 'token', token };
  if (exec !== undefined) return { kind: 'exec', plugin: readExec(entry, exec) };
  if (username === undefined) return { kind: 'none' };
  const password = new Sensitive(contents.text('password') ?? '');
  return { kind: 'basic', username, password };
}

function keyOf(entry: NamedEntry): KeySource | undefined {
  const pem = inlinePem(entry, 'client-key-data');
  if (pem !== undefined) return { kind: 'inline', pem: new Sensitive(pem) };
  const path = entry.contents.text('client-key');
  return path === undefined ? undefined : { kind: 'file', path: pathIn(entry, path) };
}

function certificateOf(entry: NamedEntry): PemSource | undefined {
  const pem = inlinePem(entry, 'client-certificate-data');
  if (pem !== undefined) return { kind: 'inline', pem };
  const path = entry.contents.text('client-certificate');
  return path === undefined ? undefined : { kind: 'file', path: pathIn(entry, path) };
}

function clientCertificateOf(entry: NamedEntry): ClientCertificateSource | undefined {
  const certificate = certificateOf(entry);
  const key = keyOf(entry);
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  if (certificate !== undefined) throw entry.contents.invalid('client-key', 'is missing beside the client certificate');
  if (key !== undefined) throw entry.contents.invalid('client-certificate', 'is missing beside the client key');
  return undefined;
}

function impersonationOf({ contents }: NamedEntry): Impersonation | undefined {
  const user = contents.text('as');
  const uid = contents.text('as-uid');
  const groups = contents.texts('as-groups');
  const more = contents.map('as-user-extra');
  const extra = new Map(more?.fields().map((field) => [field, more.texts(field)]));
  if (user !== undefined) return { user, groups, extra, ...(uid === undefined ? {} : { uid }) };
  if (uid !== undefined || groups.length > 0 || extra.size > 0)
    throw contents.invalid('as', 'is missing beside what else is impersonated');
  return undefined;
}

/** Reads the entry a context names. */
export function readUser(entry: NamedEntry): UserConfig {
  refuseAuthProvider(entry);
  const clientCertificate = clientCertificateOf(entry);
  const impersonate = impersonationOf(entry);
  return {
    origin: `user "${entry.name}" of ${entry.file}`,
    file: entry.file,
    authentication: authenticationOf(entry),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(impersonate === undefined ? {} : { impersonate }),
  };
}
