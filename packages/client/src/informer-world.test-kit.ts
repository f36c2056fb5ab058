/** What tests of informers share. */
import { ManualClock, metricRegistry, recordingLogger, seededRandom } from '@virtual-kubelet/base';
import type { LogLine } from '@virtual-kubelet/base';
import { expect } from 'vitest';
import { createApiClient } from './api-client.js';
import type { Informer, InformerEvent } from './api.js';
import { clientMetrics } from './client-metrics.js';
import { createInformer } from './informer.js';
import type { InformerOptions } from './informer.js';
import { byUid, modelServer, things } from './model-server.test-kit.js';
import type { ModelServer, Thing } from './model-server.test-kit.js';

/** An informer over a model server, on a clock that stands still. */
export interface World {
  readonly server: ModelServer;
  readonly clock: ManualClock;
  readonly informer: Informer<Thing>;
  /** `type name text` of every event told. */
  readonly told: string[];
  readonly lines: LogLine[];
  readonly stop: AbortController;
  readonly metrics: () => string;
  /** Lists and streamed lists that the server was asked for. */
  readonly lists: () => number;
}

/** `type name text` of an event. */
export function named(event: InformerEvent<Thing>): string {
  return `${event.type} ${event.object.metadata.name} ${event.object.spec.text}`;
}

/** Starts an informer over a server that was prepared. */
export function world(prepare: (server: ModelServer) => void, more: Partial<InformerOptions<Thing>> = {}): World {
  const clock = new ManualClock();
  const random = seededRandom(1);
  const server = modelServer(seededRandom(2));
  prepare(server);
  const lines: LogLine[] = [];
  const told: string[] = [];
  const stop = new AbortController();
  const { transport } = server;
  const registry = metricRegistry();
  const client = createApiClient({ transport, clock, random });
  const informer = createInformer({
    resource: things,
    client,
    transport,
    clock,
    random,
    logger: recordingLogger(lines),
    metrics: clientMetrics(registry),
    freeze: true,
    ...more,
  });
  informer.subscribe((event) => told.push(named(event)));
  informer.start(stop.signal);
  return {
    server,
    clock,
    informer,
    told,
    lines,
    stop,
    metrics: () => registry.render(),
    lists: () => server.requests.filter(({ path }) => !path.includes('resourceVersion=')).length,
  };
}

/** The informer has what the server has. */
export function expectCurrent({ informer, server }: World): void {
  expect(informer.list().toSorted(byUid)).toEqual(server.visible());
}

/** Objects a and b. */
export function two(server: ModelServer): void {
  server.put('a', '1');
  server.put('b', '1');
}
