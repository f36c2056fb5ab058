import { resources } from '@virtual-kubelet/client';
import type { Bench, Place } from '../../bench.js';
import type { Row } from '../../scenario.js';
import type { Server } from '../../subjects/server.js';
import { columns } from '../columns.js';

/** The bench, on another server. */
export function benchAt(bench: Bench, { cluster, place }: Server): Bench {
  return { ...bench, cluster, place };
}

/** Measures in a place of its own, whose Node exists without an agent: pods of unknown nodes are removed. */
export async function atPlace<T>(
  { name, cluster, place: open }: Server,
  measure: (place: Place) => Promise<T>,
): Promise<T> {
  const place = await open(name);
  await cluster.client.create(resources.nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: place.node } });
  try {
    return await measure(place);
  } finally {
    await place.clear();
  }
}

/** Something measured at each server, one after the other. */
export async function atEach<T>(
  bench: Pick<Bench, 'report'>,
  servers: readonly Server[],
  measure: (server: Server) => Promise<T>,
): Promise<ReadonlyMap<Server['name'], T>> {
  const results = new Map<Server['name'], T>();
  for (const server of servers) {
    bench.report(server.name);
    results.set(server.name, await measure(server));
  }
  return results;
}

/** A row without its values. */
export type RowHead = Pick<Row, 'id' | 'what' | 'unit'>;

/** One value of each server as a row. */
export function rowOf<T>(head: RowHead, results: ReadonlyMap<Server['name'], T>, take: (result: T) => number): Row {
  return { ...head, values: columns(results, take) };
}
