/** Places in objects of the API's own types, from the table of how patches merge them. */
import type { MergeField } from '@virtual-kubelet/kubernetes/internal';
import { mergeFieldOf } from '@virtual-kubelet/kubernetes/internal';
import type { Place } from './merge-shape.js';

const known = new Map<string | undefined, Place>();

/** The place of an object of a type; of one whose type nobody knows, where none is named. */
export function typePlace(type: string | undefined): Place {
  const found = known.get(type);
  if (found !== undefined) return found;
  const made = placeOf(type, {});
  known.set(type, made);
  return made;
}

/** What keys default to where an element leaves them out. */
const keyDefaults: ReadonlyMap<string, unknown> = new Map([['protocol', 'TCP']]);

/** @param type of the value where it is an object, of its elements where it is a list or map of objects. */
function placeOf(type: string | undefined, facts: MergeField): Place {
  const fields = new Map<string, Place>();
  const { listType, mapKeys, shape } = facts;
  return {
    isAtomic: facts.atomic === true,
    ...(listType === undefined ? {} : { listType }),
    ...(mapKeys === undefined ? {} : { mapKeys }),
    keyDefault: (name) => keyDefaults.get(name),
    get element() {
      return typePlace(type);
    },
    field(name) {
      if (shape === 'map') return typePlace(type);
      const own = mergeFieldOf(type, name);
      if (own === undefined) return typePlace(undefined);
      const place = fields.get(name) ?? placeOf(own.type, own);
      fields.set(name, place);
      return place;
    },
  };
}
