import type { Clock } from '@virtual-kubelet/base';
import { isGone } from './api-error.js';
import type { ApiClient, ApiObject, ObjectList, Resource, Selection } from './api.js';

/** A whole selection at one version. */
export interface CompleteList<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

/** How to read a selection in pages. */
export interface PagedListOptions<T extends ApiObject> {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly resource: Resource<T>;
  readonly selection?: Selection;
  readonly signal: AbortSignal;
  /** A page came. */
  readonly onContact?: () => void;
}

/** Objects of a page: their parsing takes some 20 ms. */
const pageSize = 500;
/** A page of large objects may take a while. */
const timeout = 60_000;
/** Lists in pages before the whole is asked for at once. */
const pagedTries = 2;

/** Undefined when the version of the first page was forgotten before the last one was read. */
async function inPages<T extends ApiObject>(options: PagedListOptions<T>): Promise<CompleteList<T> | undefined> {
  const { client, clock, resource, selection, signal, onContact } = options;
  const call = { ...selection, limit: pageSize, signal, lane: 'watch', timeout } as const;
  const items: T[] = [];
  let page = await client.list(resource, call);
  for (;;) {
    onContact?.();
    for (const item of page.items) items.push(item);
    if (page.continue === undefined) return { items, resourceVersion: page.resourceVersion };
    await clock.turn();
    const next = await nextPage(client.list(resource, { ...call, continue: page.continue }));
    if (next === undefined) return undefined;
    page = next;
  }
}

function nextPage<T>(page: Promise<ObjectList<T>>): Promise<ObjectList<T> | undefined> {
  return page.catch((error: unknown) => {
    if (isGone(error)) return undefined;
    throw error;
  });
}

/**
 * Reads a selection in pages that all show the same version. When that version expires on the way it begins again, and
 * in the end asks for everything at once; pages of two versions are never put together. The version is the newest at
 * the time of asking.
 */
export async function listInPages<T extends ApiObject>(options: PagedListOptions<T>): Promise<CompleteList<T>> {
  for (let tries = 0; tries < pagedTries; tries += 1) {
    const found = await inPages(options);
    if (found) return found;
  }
  const { client, resource, selection, signal, onContact } = options;
  const { items, resourceVersion } = await client.list(resource, { ...selection, signal, lane: 'watch', timeout });
  onContact?.();
  return { items, resourceVersion };
}
