/** A registry of images on loopback (OCI distribution specification 1.1, reading only), which fails as it is told to. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is wrong with a repository. */
export type Fault =
  /** Nothing is there. */
  | 'missing'
  /** Every request is answered with 500. */
  | 'broken'
  /** Layers are not what their digest says. */
  | 'corrupt'
  /** Layers come after a pause of seconds. */
  | { readonly slow: number };

/** A running registry. */
export interface Registry {
  /** `127.0.0.1:port`, as it stands before the name of a repository. */
  readonly host: string;
  /** Requests for manifests so far, by repository. */
  asked(repository: string): number;
  /** Breaks a repository, or heals it. */
  fail(repository: string, fault: Fault | undefined): void;
  close(): Promise<void>;
}

/** What it serves. */
export interface RegistryOptions {
  /** File system of all images: a tar archive. */
  readonly tree: Buffer;
  /** Who may read repositories below `private/`. */
  readonly username: string;
  readonly password: string;
}

interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

function blob(bytes: Buffer): Blob {
  return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, bytes };
}

/** An image of one layer, of each repository its own: an engine does not fetch what it has. */
function imageOf(repository: string, tree: Buffer): { manifest: Blob; blobs: readonly Blob[] } {
  const serial = createHash('sha256').update(repository).digest().readUInt16BE(0);
  // Whatever follows the end of an archive is ignored.
  const layer = blob(Buffer.concat([tree, Buffer.alloc(1_024), Buffer.from(`${repository} ${serial}`.padEnd(512))]));
  const platform = { architecture: process.arch === 'x64' ? 'amd64' : process.arch, os: 'linux' };
  const rootfs = { type: 'layers', diff_ids: [layer.digest] };
  const config = blob(Buffer.from(JSON.stringify({ ...platform, config: { Env: ['PATH=/bin'] }, rootfs })));
  const described = (mediaType: string, { digest, bytes }: Blob): object => ({ mediaType, digest, size: bytes.length });
  const manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: described(types.config, config),
    layers: [described(types.layer, layer)],
  };
  return { manifest: blob(Buffer.from(JSON.stringify(manifest))), blobs: [config, layer] };
}

/** Starts one; every repository has one image, whatever the tag. `close` it in the end. */
export async function startRegistry({ tree, username, password }: RegistryOptions): Promise<Registry> {
  const faults = new Map<string, Fault>();
  const asked = new Map<string, number>();
  const credentials = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

  const refuse = (reply: ServerResponse, status: number, code: string): void => {
    const challenge = status === 401 ? { 'www-authenticate': 'Basic realm="images"' } : {};
    reply.writeHead(status, { 'content-type': 'application/json', ...challenge });
    reply.end(JSON.stringify({ errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] }));
  };
  const give = (reply: ServerResponse, found: Blob, type: string): void => {
    const headers = { 'content-type': type, 'docker-content-digest': found.digest };
    reply.writeHead(200, { ...headers, 'content-length': found.bytes.length }).end(found.bytes);
  };
  const layer = async (reply: ServerResponse, found: Blob, fault: Fault | undefined): Promise<void> => {
    if (typeof fault === 'object') await sleep(fault.slow * 1_000);
    const bytes = fault === 'corrupt' ? Buffer.from(found.bytes).fill(1, 0, 16) : found.bytes;
    give(reply, { ...found, bytes }, 'application/octet-stream');
  };

  const answer = async ({ url = '/', headers }: IncomingMessage, reply: ServerResponse): Promise<void> => {
    const [, repository = '', kind, reference = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(url) ?? [];
    const fault = faults.get(repository);

    // From this answer an engine learns how it has to show itself.
    if (url === '/v2/' && headers.authorization === undefined) return refuse(reply, 401, 'UNAUTHORIZED');
    if (url === '/v2/') return void reply.writeHead(200).end();
    if (kind === 'manifests') asked.set(repository, (asked.get(repository) ?? 0) + 1);
    if (fault === 'broken') return refuse(reply, 500, 'UNKNOWN');
    if (repository.startsWith('private/') && headers.authorization !== credentials)
      return refuse(reply, 401, 'UNAUTHORIZED');
    const { manifest, blobs } = imageOf(repository, tree);
    if (kind === 'manifests' && fault !== 'missing') return give(reply, manifest, types.manifest);
    const found = blobs.find(({ digest }) => digest === reference);
    if (!found || fault === 'missing') return refuse(reply, 404, 'MANIFEST_UNKNOWN');
    return found === blobs[0] ? give(reply, found, types.config) : layer(reply, found, fault);
  };

  const server = createServer((call, reply) => {
    answer(call, reply).catch(() => reply.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: (repository) => asked.get(repository) ?? 0,
    fail(repository, fault) {
      if (fault === undefined) faults.delete(repository);
      else faults.set(repository, fault);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
