/**
 * What Podman has of ours. A listing by labels reads everything on the engine, however little it asks for, which with 200
 * pods takes longer than starting one; so a pod whose sandboxes are known is asked for by itself.
 */
import { branched, limiter } from '@virtual-kubelet/base';
import type { BackendView, Labels } from '@virtual-kubelet/pod-runtime';
import { labelKeys } from '@virtual-kubelet/pod-runtime';
import type { EngineClient } from '../engine/engine-client.js';
import { EngineError } from '../engine/engine-client.js';
import { labelFilter } from '../engine/engine-operations.js';
import type { Inspections } from '../engine/inspections.js';
import { hasLabels } from '../engine/inspections.js';
import { fields, list, text } from '../engine/wire.js';
import type { LostContainers } from './podman-lost.js';
import type { Inspected, ListedContainer } from './podman-view.js';
import { containerSeen, listedContainer, listedOfPod, sandboxSeen } from './podman-view.js';

/** Lists, and remembers which sandboxes there are. */
export interface PodmanListing {
  list(labels: Labels, signal: AbortSignal): Promise<BackendView>;
  /** A sandbox was made. */
  made(id: string, labels: Labels): void;
  /** A sandbox was removed. */
  removed(id: string): void;
}

/** What it works with. */
export interface ListingParts {
  readonly client: Pick<EngineClient, 'json'>;
  readonly facts: Inspections<Inspected>;
  readonly lost: LostContainers;
}

/** Inspections at the same time. */
const mostInspections = 8;

/** Makes one. */
export function podmanListing({ client, facts, lost }: ListingParts): PodmanListing {
  const places = limiter(mostInspections);
  const sandboxes = new Map<string, Labels>();

  const look = async (
    one: ListedContainer,
    signal: AbortSignal,
  ): Promise<{ readonly one: ListedContainer; readonly more: Inspected | undefined }> => {
    if (one.state === 'created') return { one, more: undefined };
    const more = await facts.of(one, signal);
    const isLost = one.state === 'running' && more !== undefined && (await lost.has(one.id, more, signal));
    return { one: isLost ? { ...one, state: 'lost' } : one, more };
  };

  const byLabels = async (labels: Labels, signal: AbortSignal): Promise<readonly ListedContainer[]> => {
    const query = { all: true, filters: labelFilter(labels) };
    return list(await client.json({ path: '/containers/json', query, signal })).map(listedContainer);
  };

  const ofPod = async (id: string, signal: AbortSignal): Promise<readonly ListedContainer[]> => {
    const pod = fields(await client.json({ path: `/pods/${id}/json`, signal }));
    const infra = text(pod['InfraContainerID']);
    const rows = await Promise.all(
      list(pod['Containers']).map((value) =>
        places.run(async () => {
          const row = fields(value);
          const more = await facts.of({ id: text(row['Id']), state: text(row['State']) }, signal);
          return more && { ...listedOfPod(more, text(row['State'])), podId: id, isInfra: more.id === infra };
        }),
      ),
    );
    return rows.filter((row) => row !== undefined);
  };

  /** Undefined where only a listing by labels tells what there is. */
  const byPods = async (labels: Labels, signal: AbortSignal): Promise<readonly ListedContainer[] | undefined> => {
    if (labels[labelKeys.uid] === undefined) return undefined;
    const ids = [...sandboxes].flatMap(([id, found]) => (hasLabels(found, labels) ? [id] : []));
    if (ids.length === 0) return undefined;
    try {
      return (await Promise.all(ids.map((id) => ofPod(id, signal)))).flat();
    } catch (error) {
      // Gone, or a container of it is just going.
      if (!(error instanceof EngineError)) throw error;
      for (const id of ids) sandboxes.delete(id);
      return undefined;
    }
  };

  return {
    list: (labels, signal) =>
      branched(signal, async (own) => {
        const rows = (await byPods(labels, own)) ?? (await byLabels(labels, own));
        const all = await Promise.all(rows.map((one) => places.run(() => look(one, own))));
        for (const { one } of all) if (one.isInfra) sandboxes.set(one.podId, one.labels);
        return {
          sandboxes: all.flatMap(({ one, more }) => (one.isInfra ? [sandboxSeen(one, more)] : [])),
          containers: all.flatMap(({ one, more }) => (one.isInfra ? [] : [containerSeen(one, more)])),
        };
      }),
    made: (id, labels) => void sandboxes.set(id, labels),
    removed: (id) => void sandboxes.delete(id),
  };
}
