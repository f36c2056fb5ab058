/** Whatever a server does to the watches of an informer, in the end both know the same objects. */
import { ManualClock, seededRandom, silentLogger } from '@virtual-kubelet/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createApiClient } from './api-client.js';
import type { Informer, InformerEvent } from './api.js';
import { createInformer } from './informer.js';
import { byUid, modelServer, things } from './model-server.test-kit.js';
import type { ModelServer, Thing } from './model-server.test-kit.js';
import { failure } from './scripted-transport.test-kit.js';

type Step =
  | { readonly do: 'put' | 'remove' | 'recreate'; readonly name: string }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'compact' | 'bookmark' | 'end' | 'break' | 'garbage' | 'resync' | 'heal' }
  | { readonly do: 'answer'; readonly status: number }
  | { readonly do: 'cut'; readonly share: number }
  | { readonly do: 'duplicates' | 'mute' | 'drop' | 'close' };

const name = fc.constantFrom('a', 'b', 'c', 'd');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('put' as const, 'remove' as const, 'recreate' as const), name }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 900, 5_000, 160_000) }),
  },
  fc.record({
    do: fc.constantFrom(
      ...([
        'compact',
        'bookmark',
        'end',
        'break',
        'garbage',
        'resync',
        'heal',
        'duplicates',
        'mute',
        'drop',
        'close',
      ] as const),
    ),
  }),
  fc.record({ do: fc.constant('answer' as const), status: fc.constantFrom(500, 503, 429, 410, 403, 504) }),
  fc.record({ do: fc.constant('cut' as const), share: fc.constantFrom(0, 0.2, 0.7) }),
);

const scenario = fc.record({
  seed: fc.integer(),
  streaming: fc.constantFrom('yes' as const, 'refused' as const, 'ignored' as const),
  steps: fc.array(step, { maxLength: 40 }),
});

const reasons: Readonly<Record<number, string>> = { 410: 'Expired', 403: 'Forbidden', 429: 'TooManyRequests' };

function heal({ faults }: ModelServer): void {
  faults.reply = () => undefined;
  faults.closeAtOnce = 0;
  faults.duplicates = false;
  faults.mute = false;
  faults.cut = 0;
}

async function perform(
  step: Step,
  server: ModelServer,
  parts: { clock: ManualClock; informer: Informer<Thing> },
): Promise<void> {
  const { faults } = server;
  switch (step.do) {
    case 'put':
      return void server.put(step.name, `text ${server.version}`);
    case 'remove':
      return server.remove(step.name);
    case 'recreate':
      server.remove(step.name);
      return void server.put(step.name, 'again');
    case 'wait':
      return parts.clock.advance(step.ms);
    case 'compact':
      return server.compact();
    case 'bookmark':
      return server.bookmark();
    case 'end':
      return server.close();
    case 'break':
      return server.close(new Error('cut'));
    case 'garbage':
      return server.say('{"type":"ADDED","object":{"met');
    case 'resync':
      return void parts.informer.resync();
    case 'heal':
      return heal(server);
    case 'answer':
      faults.reply = () => failure(step.status, reasons[step.status] ?? 'InternalError');
      return server.close();
    case 'drop':
      faults.reply = () => new Error('reset');
      return server.close(new Error('reset'));
    case 'cut':
      faults.cut = step.share;
      return;
    case 'duplicates':
      faults.duplicates = true;
      return;
    case 'mute':
      faults.mute = true;
      return;
    case 'close':
      faults.closeAtOnce = 7;
      return server.close();
  }
}

/** A second copy, made from nothing but what listeners are told; refuses what makes no sense. */
function mirror(): {
  readonly copy: Map<string, Thing>;
  readonly listen: (event: InformerEvent<Thing>) => void;
  readonly nonsense: string[];
} {
  const copy = new Map<string, Thing>();
  const nonsense: string[] = [];
  const listen = (event: InformerEvent<Thing>): void => {
    const { uid, name: called } = event.object.metadata;
    const known = copy.get(uid);
    if ((event.type === 'added') !== (known === undefined))
      nonsense.push(`${event.type} of ${known ? 'a known' : 'an unknown'} object`);
    if (event.type === 'updated' && known !== event.old) nonsense.push('an update of a state that nobody was told of');
    if (event.type === 'deleted') copy.delete(uid);
    else copy.set(uid, event.object);
    const namesakes = [...copy.values()].filter(({ metadata }) => metadata.name === called);
    if (namesakes.length > 1) nonsense.push('two objects of one name');
  };
  return { copy, listen, nonsense };
}

function sorted(objects: Iterable<Thing>): readonly Thing[] {
  return [...objects].toSorted(byUid);
}

test('an informer ends with the objects of the server, and its listeners with the same', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ seed, streaming, steps }) => {
      const clock = new ManualClock();
      const random = seededRandom(seed);
      const server = modelServer(seededRandom(seed + 1));
      server.faults.streaming = streaming;
      server.put('a', 'from the beginning');
      const { transport } = server;
      const client = createApiClient({ transport, clock, random });
      const informer = createInformer({
        resource: things,
        client,
        transport,
        clock,
        random,
        logger: silentLogger,
        freeze: true,
      });
      const { copy, listen, nonsense } = mirror();
      informer.subscribe(listen);
      const stop = new AbortController();
      informer.start(stop.signal);

      for (const each of steps) await perform(each, server, { clock, informer });
      heal(server);
      for (let minutes = 0; minutes < 7; minutes += 1) {
        await clock.advance(60_000);
        server.bookmark();
      }
      await clock.settle();

      expect(sorted(informer.list())).toEqual(server.visible());
      expect(sorted(copy.values())).toEqual(sorted(informer.list()));
      expect(nonsense).toEqual([]);
      expect(informer.problem).toBeUndefined();
      for (const thing of informer.list()) expect(informer.byName('ns', thing.metadata.name)).toBe(thing);
      expect(server.watches).toBe(1);
      stop.abort();
      await clock.settle();
      expect({ timers: clock.pending, watches: server.watches }).toEqual({ timers: 0, watches: 0 });
    }),
    { numRuns: 150 },
  );
});
