/** Random JSON patches for a ConfigMap: mostly such that apply, sometimes not. */
import type { Choices } from './random.js';
import type { Json } from './server.js';

interface Targets {
  /** Values by JSON pointer. */
  readonly scalars: ReadonlyMap<string, unknown>;
  /** Where something may be put. */
  readonly places: readonly string[];
}

/** One to three operations. */
export function randomOperations(choices: Choices, before: Json): readonly Json[] {
  const scalars = new Map(scalarsIn(before, ''));
  const finalizers = [...scalars.keys()].some((pointer) => pointer.startsWith('/metadata/finalizers/'));
  const places = [
    '/data/e',
    '/data/a',
    '/data/__proto__',
    ...(finalizers ? ['/metadata/finalizers/0', '/metadata/finalizers/-'] : []),
  ];
  return Array.from({ length: 1 + choices.below(3) }, () => randomOperation(choices, { scalars, places }));
}

function scalarsIn(value: unknown, at: string): (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null) return [[at, value]];
  return Object.entries(value).flatMap(([key, inner]) =>
    scalarsIn(inner, `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

function randomOperation(choices: Choices, targets: Targets): Json {
  const op = choices.pick(['add', 'add', 'remove', 'replace', 'copy', 'move', 'test']);
  const known = choices.chance(0.9)
    ? [...targets.scalars.keys()]
    : ['/data/new', '/metadata/labels/new', '/data/new/x'];
  const from = choices.pick(known.length > 0 ? known : ['/data/new']);
  const to = choices.pick(targets.places);
  if (op === 'remove') return { op, path: from };
  if (op === 'test')
    return { op, path: from, value: choices.chance(0.8) ? (targets.scalars.get(from) ?? null) : 'other' };
  if (op === 'copy' || op === 'move') return { op, from, path: to };
  const path = op === 'add' ? to : from;
  const value = path.startsWith('/metadata/finalizers')
    ? `example.com/${choices.pick(['e', 'f', 'g'])}`
    : choices.pick(['x', 'y']);
  return { op, path, value };
}
