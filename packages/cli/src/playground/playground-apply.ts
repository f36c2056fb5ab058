import { errorsOf, messageOf } from '@virtual-kubelet/base';
import type { ApiClient, ApiObject, Resource } from '@virtual-kubelet/client';
import { parseApiVersion } from '@virtual-kubelet/kubernetes';
import { LineCounter, parseAllDocuments } from 'yaml';
import { readText } from '../options/config-file.js';
import { playgroundCommandErrors } from './playground-errors.js';

const fail = errorsOf(playgroundCommandErrors);

/** An object of a manifest and its place in the file. */
export interface Manifest {
  readonly at: string;
  readonly object: ApiObject & { readonly apiVersion: string; readonly kind: string };
}

/** Where objects go. */
export interface ApplyTarget {
  readonly client: ApiClient;
  /** What the server serves now: what an earlier object defines counts. */
  served(): {
    ofKind(apiVersion: string, kind: string): { readonly name: string; readonly namespaced: boolean } | undefined;
  };
}

/**
 * The objects of some files, in their order.
 * @throws CodedError `VK_CONFIG_READ`, or `VK_PLAYGROUND_MANIFEST` with the place
 */
export async function readManifests(paths: readonly string[]): Promise<readonly Manifest[]> {
  const files = await Promise.all(paths.map(async (path) => objectsOf(path, await readText(path))));
  return files.flat();
}

/**
 * Applies objects one after the other by server-side apply. Gives back names such as `pod/nginx`.
 * @throws CodedError `VK_PLAYGROUND_MANIFEST` or `VK_PLAYGROUND_APPLY`
 */
export async function applyManifests(target: ApplyTarget, manifests: readonly Manifest[]): Promise<readonly string[]> {
  const names: string[] = [];
  for (const manifest of manifests) names.push(await applyOne(target, manifest));
  return names;
}

/** @throws CodedError `VK_PLAYGROUND_MANIFEST` for a kind that is not served */
function resourceOf({ at, object: { apiVersion, kind } }: Manifest, target: ApplyTarget): Resource<ApiObject> {
  const found = target.served().ofKind(apiVersion, kind);
  if (found === undefined)
    throw fail('VK_PLAYGROUND_MANIFEST', { at, problem: `there is no ${kind} in ${apiVersion}` });
  return { ...parseApiVersion(apiVersion), plural: found.name, kind, namespaced: found.namespaced };
}

async function applyOne(target: ApplyTarget, manifest: Manifest): Promise<string> {
  const { at, object } = manifest;
  const { client } = target;
  const resource = resourceOf(manifest, target);
  const { name = '', namespace = 'default' } = object.metadata ?? {};
  const what = `${resource.kind.toLowerCase()}/${name}`;
  const place = { name, ...(resource.namespaced ? { namespace } : {}) };
  try {
    await client.patch(resource, place, {
      patch: { type: 'apply', body: object, fieldManager: 'virtual-kubelet-playground', force: true },
    });
    return what;
  } catch (error) {
    throw fail('VK_PLAYGROUND_APPLY', { at, what, problem: messageOf(error) }, error);
  }
}

/** The objects of a file; a List counts as its items. @throws CodedError `VK_PLAYGROUND_MANIFEST` with the place */
export function objectsOf(path: string, text: string): readonly Manifest[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const found = 'empty' in documents ? [] : documents;
  return found.flatMap((document) => {
    const [broken] = document.errors;
    const { line } = lines.linePos(broken?.pos[0] ?? document.contents?.range?.[0] ?? 0);
    const at = `${path}:${line}`;
    if (broken) throw fail('VK_PLAYGROUND_MANIFEST', { at, problem: broken.message });
    const value: unknown = document.toJS();
    return itemsOf(value).map((item) => checked(item, at));
  });
}

function itemsOf(value: unknown): readonly unknown[] {
  if (value === null || value === undefined) return [];
  const { kind, items } = value as { readonly kind?: unknown; readonly items?: unknown };
  return kind === 'List' && Array.isArray(items) ? items : [value];
}

function checked(value: unknown, at: string): Manifest {
  const problem = (text: string): Error => fail('VK_PLAYGROUND_MANIFEST', { at, problem: text });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw problem('not an object of the API');
  const object = value as ApiObject;
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') throw problem('apiVersion and kind must be given');
  if (typeof object.metadata?.name !== 'string') throw problem(`${kind} without metadata.name`);
  return { at, object: { ...object, apiVersion, kind } };
}
