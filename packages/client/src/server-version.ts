import type { ApiClient, CallOptions } from './api.js';
import { createCaller, parseAnswer } from './call.js';
import type { Call, CallerOptions } from './call.js';
import { clientError } from './errors.js';
import { namespaces } from './resources.js';

/** What a server says it is. Numbers may carry a suffix, as in `31+`. */
export interface ServerVersion {
  readonly major: string;
  readonly minor: string;
  /** As in `v1.37.2`. */
  readonly gitVersion: string;
  /** As in `linux/amd64`. */
  readonly platform: string;
}

function textOf(answer: unknown, name: string): string {
  const value = (answer as Readonly<Record<string, unknown>> | null)?.[name];
  return typeof value === 'string' ? value : '';
}

/** Asks for the version of the API server; every authenticated identity may. */
export async function serverVersion(parts: CallerOptions, options?: CallOptions): Promise<ServerVersion> {
  const call: Call = { verb: 'get', resource: 'version', path: '/version', repeatable: true, options };
  const answer = parseAnswer(await createCaller(parts)(call), call);
  const gitVersion = textOf(answer, 'gitVersion');
  if (gitVersion === '') throw clientError('VK_API_MALFORMED', { call: 'GET /version' });
  const [major, minor, platform] = ['major', 'minor', 'platform'].map((name) => textOf(answer, name));
  return { major: major ?? '', minor: minor ?? '', gitVersion, platform: platform ?? '' };
}

/**
 * What tells one cluster from all others for as long as it lives: the UID of its namespace kube-system. Needs `get` on
 * that namespace.
 */
export async function clusterIdentity(client: ApiClient, options?: CallOptions): Promise<string> {
  const { metadata } = await client.get(namespaces, { name: 'kube-system' }, options);
  if (!metadata?.uid) throw clientError('VK_API_MALFORMED', { call: 'GET /api/v1/namespaces/kube-system' });
  return metadata.uid;
}
