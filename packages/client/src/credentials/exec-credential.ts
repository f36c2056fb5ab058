import { Sensitive } from '@virtual-kubelet/base';
import type { CodedError } from '@virtual-kubelet/base';
import { parseTime } from '@virtual-kubelet/kubernetes';
import type { ExecPlugin } from '../cluster-config.js';
import { clientError } from '../errors.js';
import { matchingPair } from './client-certificate.js';
import type { Authentication, ClientCertificate } from './credentials.js';
import { bearer, isToken } from './token.js';

/** The cluster as a plugin is told about it: the JSON of `spec.cluster` in an ExecCredential. */
export interface ExecCluster {
  readonly server: string;
  readonly 'tls-server-name'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  /** Base64 of PEM. */
  readonly 'certificate-authority-data'?: string;
  readonly 'proxy-url'?: string;
  readonly config?: unknown;
}

/** What a plugin printed. */
export interface ExecCredential {
  readonly authentication: Authentication;
  /** Milliseconds since 1970; absent when it is good until the server says otherwise. */
  readonly expires?: number;
}

/** The value of `KUBERNETES_EXEC_INFO`. */
export function execInfo(plugin: ExecPlugin, interactive: boolean, cluster: ExecCluster | undefined): string {
  const spec = cluster === undefined ? { interactive } : { cluster, interactive };
  return JSON.stringify({ kind: 'ExecCredential', apiVersion: plugin.apiVersion, spec });
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Output is never quoted: it is a secret even where it is not what we expect. */
function unusable(plugin: ExecPlugin, detail: string): CodedError {
  return clientError('VK_CREDENTIALS_EXEC_OUTPUT', { command: plugin.command, detail });
}

function statusOf(plugin: ExecPlugin, stdout: string): Fields {
  const parsed = parse(plugin, stdout);
  if (parsed['kind'] !== 'ExecCredential') throw unusable(plugin, 'its kind is not ExecCredential');
  if (parsed['apiVersion'] !== plugin.apiVersion) throw unusable(plugin, `its apiVersion is not ${plugin.apiVersion}`);
  if (!isFields(parsed['status'])) throw unusable(plugin, 'it has no status');
  return parsed['status'];
}

function parse(plugin: ExecPlugin, stdout: string): Fields {
  let parsed: unknown;
  try {
    parsed = JSON.parse(stdout);
  } catch {
    throw unusable(plugin, stdout.trim() === '' ? 'it is empty' : 'it is not JSON');
  }
  if (!isFields(parsed)) throw unusable(plugin, 'it is not an object');
  return parsed;
}

function textOf(plugin: ExecPlugin, status: Fields, field: string): string | undefined {
  const value = status[field];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw unusable(plugin, `${field} is not text`);
}

function certificateOf(plugin: ExecPlugin, status: Fields): ClientCertificate | undefined {
  const certificate = textOf(plugin, status, 'clientCertificateData');
  const key = textOf(plugin, status, 'clientKeyData');
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined)
    throw unusable(plugin, 'clientCertificateData and clientKeyData must come together');
  return matchingPair(`plugin ${plugin.command}`, { certificate, key: new Sensitive(key) });
}

function expiryOf(plugin: ExecPlugin, status: Fields): number | undefined {
  const text = textOf(plugin, status, 'expirationTimestamp');
  if (text === undefined) return undefined;
  try {
    return parseTime(text);
  } catch {
    throw unusable(plugin, 'expirationTimestamp is not an RFC 3339 time');
  }
}

/** Reads what a plugin printed. */
export function readExecCredential(plugin: ExecPlugin, stdout: string): ExecCredential {
  const status = statusOf(plugin, stdout);
  const token = textOf(plugin, status, 'token');
  const certificate = certificateOf(plugin, status);
  const expires = expiryOf(plugin, status);
  if (token === undefined && certificate === undefined)
    throw unusable(plugin, 'it has neither a token nor a client certificate');
  if (token !== undefined && !isToken(token)) throw unusable(plugin, 'its token contains characters no token has');
  const authentication = {
    ...(token === undefined ? {} : bearer(new Sensitive(token))),
    ...(certificate === undefined ? {} : { certificate }),
  };
  return { authentication, ...(expires === undefined ? {} : { expires }) };
}
