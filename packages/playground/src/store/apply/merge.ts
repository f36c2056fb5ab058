/** The object that applying a configuration makes: what it says is set, what it no longer says is taken away. */
import type { Json } from '../json.js';
import { field } from '../json.js';
import type { FieldSet } from './field-set.js';
import { below } from './field-set.js';
import type { Place } from './merge-shape.js';
import { elementName, elementsByName, isElementwise, isGranular } from './merge-shape.js';

/** Lays a configuration over an object. */
export function mergeConfiguration(live: Json, configuration: Json, place: Place): Json {
  return mergeObject(live, configuration, place);
}

function mergeValue(live: unknown, wanted: unknown, place: Place): unknown {
  if (isGranular(wanted, place) && isGranular(live, place)) return mergeObject(live, wanted, place);
  if (isElementwise(wanted, place) && isElementwise(live, place)) return mergeList(live, wanted, place);
  return wanted;
}

function mergeObject(live: Json, wanted: Json, place: Place): Json {
  const said = Object.entries(wanted).filter(([, value]) => value !== null && value !== undefined);
  const changed = said.map(([name, value]) => [name, mergeValue(field(live, name), value, place.field(name))] as const);
  return Object.fromEntries([...Object.entries(live), ...changed]);
}

/** Elements keep their order; new ones follow in that of the configuration. */
function mergeList(live: readonly unknown[], wanted: readonly unknown[], place: Place): readonly unknown[] {
  const asked = elementsByName(wanted, place);
  const known = new Set(live.map((element) => elementName(element, place)));
  const merged = live.map((element) => {
    const name = elementName(element, place);
    return asked.has(name) ? mergeValue(element, asked.get(name), place.element) : element;
  });
  return [...merged, ...[...asked].filter(([name]) => !known.has(name)).map(([, element]) => element)];
}

/** Takes fields away, except those that somebody keeps; an element goes with the last field that is kept in it. */
export function removeFields(object: Json, cut: Cut, place: Place): Json {
  return prune(object, cut, place) as Json;
}

/** Fields that go, and fields that somebody keeps. */
export interface Cut {
  readonly gone: FieldSet;
  readonly kept: FieldSet;
}

function prune(value: unknown, cut: Cut, place: Place): unknown {
  if (isGranular(value, place)) {
    const entries = Object.entries(value).flatMap(([name, one]) =>
      prunePart([name, one], cut, { name: `f:${name}`, place: place.field(name) }),
    );
    return Object.fromEntries(entries);
  }
  if (!isElementwise(value, place)) return value;
  return value.flatMap((element) =>
    prunePart(['', element], cut, {
      name: elementName(element, place),
      place: place.element,
      keys: place.mapKeys ?? [],
    }).map(([, one]) => one),
  );
}

interface PartPlace {
  readonly name: string;
  readonly place: Place;
  /** The fields that identify an element: they stay as long as it does. */
  readonly keys?: readonly string[];
}

type Entry = readonly [string, unknown];

function prunePart([key, value]: Entry, cut: Cut, part: PartPlace): readonly Entry[] {
  const goes = below(cut.gone, part.name);
  if (goes === undefined) return [[key, value]];
  const stays = below(cut.kept, part.name);
  if (goes.member && stays === undefined) return [];
  const gone = part.keys === undefined || stays === undefined ? goes.fields : withoutKeys(goes.fields, part.keys);
  const left = prune(value, { gone, kept: stays?.fields ?? {} }, part.place);
  return [[key, part.keys === undefined && isEmptied(value, left) ? null : left]];
}

/** A field that loses all that was in it is null, as upstream has it: what null means is then the form's to say. */
function isEmptied(before: unknown, after: unknown): boolean {
  const size = (value: unknown): number =>
    typeof value === 'object' && value !== null ? Object.keys(value).length : 1;
  return size(after) === 0 && size(before) > 0;
}

function withoutKeys(fields: FieldSet, keys: readonly string[]): FieldSet {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !keys.some((key) => name === `f:${key}`)));
}
