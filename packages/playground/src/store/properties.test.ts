// What holds for the store whatever clients do, in whatever order: properties that informers and controllers build on.
import { seededRandom } from '@virtual-kubelet/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Answer, Json, OwnRequest, Store, Watch } from '../store.js';
import { createStore, ownRequest } from '../store.js';

/** What clients do here. Names are few, so that they meet. */
type Step =
  | { readonly do: 'create' | 'delete'; readonly name: string }
  | {
      readonly do: 'update';
      readonly name: string;
      readonly label: string;
      readonly from: 'read' | 'stale' | 'nothing';
    }
  | { readonly do: 'label'; readonly name: string; readonly label: string }
  | { readonly do: 'read'; readonly name: string }
  | { readonly do: 'watch'; readonly from: 'state' | 'list' | 'memory' | 'initial events'; readonly selects: boolean }
  | { readonly do: 'take'; readonly watch: number; readonly count: number }
  | { readonly do: 'page'; readonly limit: number }
  | { readonly do: 'compact' };

const name = fc.constantFrom('a', 'b', 'c');
const label = fc.constantFrom('x', 'y');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('create' as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), name }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('update' as const),
      name,
      label,
      from: fc.constantFrom('read' as const, 'stale' as const, 'nothing' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('label' as const), name, label }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('read' as const), name }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('watch' as const),
      from: fc.constantFrom('state' as const, 'list' as const, 'memory' as const, 'initial events' as const),
      selects: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('take' as const), watch: fc.nat(5), count: fc.integer({ min: 1, max: 4 }) }),
  },
  fc.record({ do: fc.constant('page' as const), limit: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('compact' as const) }),
);

interface Meta {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A watch with what its reader has made of it. */
interface Follower {
  readonly watch: Watch;
  readonly selects: boolean;
  /** By name, the version seen. */
  readonly known: Map<string, string>;
  version: number;
  /** It was told to list again. */
  isLost: boolean;
}

/** What a list told. */
interface Listed {
  readonly version: number;
  readonly known: ReadonlyMap<string, string>;
}

function claim(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

class World {
  readonly store: Store;
  readonly followers: Follower[] = [];
  /** The last lists, with a selector and without. */
  readonly lists = new Map<boolean, Listed>();
  /** Versions that clients remember of objects, by name, oldest first. */
  readonly read = new Map<string, Meta[]>();
  #uuid = 0;
  readonly #random = seededRandom(1);

  constructor(historyLimit: number) {
    this.store = createStore({ historyLimit });
    this.ask({ verb: 'create', resource: 'namespaces', body: { metadata: { name: 'default' } } });
  }

  ask(request: Omit<OwnRequest, 'apiVersion'>): Answer {
    const context = { now: 0, uuid: () => `u${this.#uuid++}`, random: () => this.#random.next() };
    const before = this.store.state.version;
    const { answer, events } = ownRequest(this.store, { apiVersion: 'v1', ...request }, context);
    this.#checkVersions(before, events);
    const isRefused = answer.is === 'object' && answer.code >= 400;
    claim(!isRefused || events.length === 0, 'a refused request leaves nothing behind');
    return answer;
  }

  /** Versions count every write, one by one, and nothing else. */
  #checkVersions(before: number, events: readonly { readonly version: number; readonly object: Json }[]): void {
    const expected = events.map((_event, index) => before + 1 + index);
    const told = events.map(({ version, object }) => `${version} ${(object.metadata as Meta).resourceVersion}`);
    claim(told.join() === expected.map((version) => `${version} ${version}`).join(), `versions ${told.join()}`);
    claim(this.store.state.version === before + events.length, 'the version moves with writes only');
  }

  map(verb: OwnRequest['verb'], more: Partial<OwnRequest> = {}): { readonly code: number; readonly body: Json } {
    const answer = this.ask({ verb, resource: 'configmaps', namespace: 'default', ...more });
    if (answer.is !== 'object') throw new Error(answer.is);
    return { code: answer.code, body: answer.body as Json };
  }

  current(selects: boolean): ReadonlyMap<string, string> {
    const query: Readonly<Record<string, string>> = selects ? { labelSelector: 'l=x' } : {};
    const { items } = this.map('list', { query }).body as { items: readonly { readonly metadata: Meta }[] };
    return new Map(items.map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
  }
}

function perform(world: World, step: Step): void {
  switch (step.do) {
    case 'create':
      world.map('create', { body: { metadata: { name: step.name, labels: { l: 'x' } } } });
      return;
    case 'delete':
      world.map('delete', { name: step.name });
      return;
    case 'label':
      relabel(world, step);
      return;
    case 'read': {
      const { code, body } = world.map('get', { name: step.name });
      if (code === 200) world.read.set(step.name, [...(world.read.get(step.name) ?? []), body.metadata as Meta]);
      return;
    }
    case 'update':
      update(world, step);
      return;
    case 'watch':
      follow(world, step);
      return;
    case 'take': {
      const follower = world.followers[step.watch];
      if (follower !== undefined) take(follower, step.count);
      return;
    }
    case 'page':
      page(world, step.limit);
      return;
    case 'compact':
      world.store.state.compact(world.store.state.version - 1);
  }
}

/** A change to the same is no write: nobody hears of it. */
function relabel(world: World, { name, label }: Step & { readonly do: 'label' }): void {
  const before = world.map('get', { name }).body.metadata as Partial<Meta>;
  const { version } = world.store.state;
  world.map('patch', { name, patchType: 'merge', body: { metadata: { labels: { l: label } } } });
  const isSame = before.uid === undefined || before.labels?.['l'] === label;
  claim(world.store.state.version === (isSame ? version : version + 1), `${name} was labelled ${label}`);
}

/** An update wins exactly when nobody wrote since it read. */
function update(world: World, { name, label, from }: Step & { readonly do: 'update' }): void {
  const before = world.map('get', { name });
  const memories = world.read.get(name) ?? [];
  const memory = from === 'read' ? memories.at(-1) : from === 'stale' ? memories[0] : undefined;
  const version = memory === undefined ? {} : { resourceVersion: memory.resourceVersion, uid: memory.uid };
  const { code } = world.map('update', { name, body: { metadata: { name, labels: { l: label }, ...version } } });
  const { resourceVersion } = before.body.metadata as Partial<Meta>;
  const isCurrent = memory === undefined || memory.resourceVersion === resourceVersion;
  claim(code === (before.code === 404 ? 404 : isCurrent ? 200 : 409), `an update was answered ${code}`);
}

/** Opens a watch: from the state, from a list just made, or from one made before. */
function follow(world: World, { from, selects }: Step & { readonly do: 'watch' }): void {
  const { version } = world.store.state;
  const now = { version, known: world.current(selects) };
  const list = from === 'memory' ? (world.lists.get(selects) ?? now) : now;
  world.lists.set(selects, now);
  const startsWithState = from === 'state' || from === 'initial events';
  const selector: Readonly<Record<string, string>> = selects ? { labelSelector: 'l=x' } : {};
  const answer = world.ask({
    verb: 'watch',
    resource: 'configmaps',
    namespace: 'default',
    query: { ...selector, ...(from === 'initial events' ? initialEvents : {}), ...sinceList(list, startsWithState) },
  });
  const { floor } = world.store.state.collection('configmaps').history;
  const isTooOld = !startsWithState && list.version < floor;
  claim((answer.is === 'watch') === !isTooOld, `a watch from ${list.version}, known from ${floor}, is ${answer.is}`);
  if (answer.is !== 'watch') return;
  const known = new Map(startsWithState ? [] : list.known);
  world.followers.push({
    watch: answer.watch,
    selects,
    known,
    version: startsWithState ? 0 : list.version,
    isLost: false,
  });
}

const initialEvents = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: 'true' };

function sinceList({ version }: Listed, startsWithState: boolean): Readonly<Record<string, string>> {
  return { watch: 'true', ...(startsWithState ? {} : { resourceVersion: String(version) }) };
}

/** Takes messages; each must make sense to a reader that knows only what came before. */
function take(follower: Follower, count: number): number {
  const messages = follower.watch.take(count);
  claim(messages.length <= count, 'no more is given than was asked for');
  for (const { type, object } of messages) {
    claim(!follower.isLost, 'nothing comes after an error');
    if (type === 'ERROR') {
      claim(object.code === 410 && object.reason === 'Expired', 'the only error is that a reader is too slow');
      follower.isLost = true;
      continue;
    }
    const { name, resourceVersion } = object.metadata as Meta;
    const isInitial = follower.version === 0;
    claim(isInitial || Number(resourceVersion) >= follower.version, 'versions never fall');
    if (type === 'BOOKMARK') follower.version = Number(resourceVersion);
    else {
      claim(follower.known.has(name) === (type !== 'ADDED'), `${type} ${name} makes no sense to its reader`);
      if (type === 'DELETED') follower.known.delete(name);
      else follower.known.set(name, resourceVersion);
    }
  }
  return messages.length;
}

/** The pages of a list are one moment, whatever is written between them; or the token says that it is too old. */
function page(world: World, limit: number): void {
  const whole = [...world.current(false)];
  const seen: (readonly [string, string])[] = [];
  let next = '';
  do {
    const query: Readonly<Record<string, string>> = { limit: String(limit), continue: next };
    const { code, body } = world.map('list', { query });
    if (code === 410) return;
    const { items, metadata } = body as {
      readonly items: readonly { readonly metadata: Meta }[];
      readonly metadata: { readonly continue?: string };
    };
    claim(items.length <= limit, 'a page is no longer than its limit');
    seen.push(...items.map(({ metadata: { name, resourceVersion } }) => [name, resourceVersion] as const));
    next = metadata.continue ?? '';
    for (const name of ['a', 'b', 'c']) {
      const body = { metadata: { annotations: { at: String(world.store.state.version) } } };
      world.map('patch', { name, patchType: 'merge', body });
    }
  } while (next !== '');
  claim(seen.join() === whole.join(), `pages ${seen.join()} of ${whole.join()}`);
}

test('no interleaving loses, doubles or reorders anything, and no two writers win', () => {
  const steps = fc.array(step, { minLength: 1, maxLength: 60, size: 'max' });
  fc.assert(
    fc.property(steps, fc.constantFrom(3, 8, 1000), (todo, historyLimit) => {
      const world = new World(historyLimit);
      for (const each of todo) perform(world, each);
      for (const follower of world.followers) {
        while (take(follower, 3) > 0);
      }
      const kept = world.followers.filter(({ isLost }) => !isLost);
      expect(kept.map(({ known }) => known)).toEqual(kept.map(({ selects }) => world.current(selects)));
    }),
    { numRuns: 200 },
  );
});

test('a watch that keeps up is never told to list again', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (todo) => {
      const world = new World(3);
      for (const each of todo) {
        // Pages are written between without anybody reading; what starts in the past is too late already.
        if (each.do === 'compact' || each.do === 'page') continue;
        perform(world, each);
        for (const follower of world.followers) while (take(follower, 3) > 0);
      }
      expect(world.followers.filter(({ isLost }) => isLost)).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test('of writers that read the same version exactly one wins, however many and in whatever way they write', () => {
  const way = fc.constantFrom('update' as const, 'patch' as const, 'delete' as const);
  fc.assert(
    fc.property(fc.array(way, { minLength: 2, maxLength: 8 }), (ways) => {
      const world = new World(1000);
      const made = world.map('create', { body: { metadata: { name: 'a' } } });
      const { resourceVersion } = made.body.metadata as Meta;
      const codes = ways.map((verb, index) => {
        const metadata = { name: 'a', resourceVersion, labels: { l: `v${index}` } };
        if (verb === 'delete')
          return world.map('delete', { name: 'a', body: { preconditions: { resourceVersion } } }).code;
        const more: Partial<OwnRequest> = verb === 'patch' ? { patchType: 'merge' } : {};
        return world.map(verb, { name: 'a', ...more, body: { metadata } }).code;
      });
      const [first, ...others] = codes;
      expect(first).toBe(200);
      expect(others.every((code) => code === (ways[0] === 'delete' ? 404 : 409))).toBe(true);
    }),
  );
});
