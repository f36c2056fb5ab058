/** Runs controllers on a server in this process: changes become keys, keys become plans, plans become requests. */
import type { Clock, Logger, Random, WorkQueue, WorkResult } from '@virtual-kubelet/base';
import { messageOf, workQueue } from '@virtual-kubelet/base';
import { isStatus } from '@virtual-kubelet/kubernetes';
import type { Status } from '@virtual-kubelet/kubernetes';
import type { PlaygroundServer } from '../server.js';
import type { StoreEvent } from '../store/history.js';
import type { StoredObject } from '../store/object.js';
import { keyOf } from '../store/object.js';
import type { OwnRequest } from '../store/own-requests.js';
import { createView } from './cluster-view.js';
import type { Controller } from './controller.js';
import type { Write } from './write.js';

/** Controllers that run. */
export interface RunningControllers {
  /** Resolves when nothing is due; what waits for a time does not count. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** What controllers run on. */
export interface RunOptions {
  readonly controllers: readonly Controller[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A refusal of the server, as an error that puts the key back for another try. */
class RefusedWrite extends Error {
  readonly status: Status;

  constructor(request: OwnRequest, status: Status) {
    const what = [request.resource, request.subresource].filter((part) => part !== undefined).join('/');
    super(`${request.verb} ${what}: ${status.message ?? status.reason ?? 'refused'}`);
    this.status = status;
  }
}

/** Keys handled in one go before input and output get their turn. */
const slice = 50;

/** Starts controllers: first they look at what is there, then at what changes. */
export function runControllers(server: PlaygroundServer, options: RunOptions): RunningControllers {
  const { controllers, clock, random, logger } = options;
  const { store } = server;
  const { state, settings } = store;
  const live = createView({
    state,
    served: () => store.served,
    now: () => clock.wall(),
    rootCertificate: settings.rootCertificate,
  });
  const byName = new Map(controllers.map((each) => [each.name, each]));
  let handled = 0;

  const queue: WorkQueue<string> = workQueue({
    handle,
    clock,
    random,
    workers: 1,
    retry: { first: 100, most: 60_000 },
    onFailure: ({ key, error, delay }) => logger.debug('controller tries again', { key, why: messageOf(error), delay }),
  });

  async function handle(key: string): Promise<WorkResult> {
    // Never inside the write that caused it: what is written is written before anybody reacts.
    await (handled++ % slice === slice - 1 ? clock.turn() : Promise.resolve());
    const space = key.indexOf(' ');
    const plan = byName.get(key.slice(0, space))?.reconcile(key.slice(space + 1), live.view);
    if (plan === undefined || server.isClosed) return;
    for (const write of plan.writes) perform(server, write);
    return plan.again === undefined ? undefined : { again: Math.max(plan.again, 1) };
  }

  const interested = interests(controllers);
  function take(event: StoreEvent): void {
    for (const controller of interested(event.storage))
      for (const key of controller.keysFor(event, live.view)) queue.add(`${controller.name} ${key}`);
  }

  const stopListening = state.subscribe((event) => {
    live.record(event);
    take(event);
  });
  const existing = present(server);
  // All of it is known before the first question about any of it.
  for (const event of existing) live.record(event);
  for (const event of existing) take(event);
  return {
    idle: () => queue.idle(),
    async stop() {
      stopListening();
      await queue.stop();
    },
  };
}

/** What is there, as if it came just now. */
function present({ store }: PlaygroundServer): readonly StoreEvent[] {
  return store.state.storages.flatMap((storage) =>
    store.state
      .collection(storage)
      .objects()
      .map((object) => added(storage, object)),
  );
}

function added(storage: string, object: StoredObject): StoreEvent {
  const { metadata } = object;
  return { type: 'ADDED', storage, key: keyOf(metadata), version: Number(metadata.resourceVersion), object };
}

function interests(controllers: readonly Controller[]): (storage: string) => readonly Controller[] {
  const known = new Map<string, readonly Controller[]>();
  return (storage) => {
    const found =
      known.get(storage) ?? controllers.filter(({ watches }) => watches === 'all' || watches.includes(storage));
    known.set(storage, found);
    return found;
  };
}

const manager = 'kube-controller-manager';

/** Makes a request and what follows from it. Throws for a refusal that is not tolerated. */
function perform(server: PlaygroundServer, write: Write): void {
  const { request } = write;
  const answer = server.request({ ...request, query: { fieldManager: manager, ...request.query } });
  if (answer.is !== 'object') return;
  if (answer.code < 300) {
    for (const next of write.done?.(answer.body as StoredObject) ?? []) perform(server, next);
    return;
  }
  const status: Status = isStatus(answer.body) ? answer.body : { reason: 'Unknown' };
  if (write.tolerates?.includes(status.reason ?? '') === true) return;
  for (const next of write.refused?.(status) ?? []) perform(server, next);
  throw new RefusedWrite(request, status);
}
