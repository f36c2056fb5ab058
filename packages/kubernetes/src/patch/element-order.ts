/**
 * The order of merged lists in strategic merge patches: elements of the patch in the order the patch wants,
 * the others in the order they had, interleaved by where they were.
 */

/** Identifies an element: the value of its merge key, or the element itself where it is a scalar. */
export type KeyOf = (element: unknown) => unknown;

/** What {@link orderElements} needs beside the elements. */
export interface ElementOrder {
  /** Elements whose place the patch decides, in that order. */
  readonly wanted: readonly unknown[];
  /** The list before the patch. */
  readonly before: readonly unknown[];
  readonly keyOf: KeyOf;
}

/** Orders the elements of a merged list. */
export function orderElements(elements: readonly unknown[], order: ElementOrder): readonly unknown[] {
  const wanted = positions(order.wanted, order.keyOf);
  const before = positions(order.before, order.keyOf);
  const isWanted = (element: unknown): boolean => wanted.has(order.keyOf(element));
  const patched = sorted(elements.filter(isWanted), wanted, order.keyOf);
  const others = sorted(
    elements.filter((element) => !isWanted(element)),
    before,
    order.keyOf,
  );
  return interleave(others, patched, { before, keyOf: order.keyOf });
}

function positions(list: readonly unknown[], keyOf: KeyOf): ReadonlyMap<unknown, number> {
  const found = new Map<unknown, number>();
  list.forEach((element, index) => {
    if (!found.has(keyOf(element))) found.set(keyOf(element), index);
  });
  return found;
}

/** Elements without a position move towards the front past everything, as the API server's sort makes them. */
function sorted(elements: readonly unknown[], order: ReadonlyMap<unknown, number>, keyOf: KeyOf): unknown[] {
  const result: unknown[] = [];
  for (const element of elements) {
    const own = order.get(keyOf(element));
    let at = result.length;
    for (; at > 0; at--) {
      const other = order.get(keyOf(result[at - 1]));
      if (own !== undefined && other !== undefined && own >= other) break;
    }
    result.splice(at, 0, element);
  }
  return result;
}

/** An element that was there goes before a patched one only where it was before it. */
function interleave(
  others: readonly unknown[],
  patched: readonly unknown[],
  { before, keyOf }: { readonly before: ReadonlyMap<unknown, number>; readonly keyOf: KeyOf },
): readonly unknown[] {
  const result: unknown[] = [];
  const rest = [...others];
  for (const element of patched) {
    const place = before.get(keyOf(element)) ?? -1;
    while (rest.length > 0 && (before.get(keyOf(rest[0])) ?? place) < place) result.push(rest.shift());
    result.push(element);
  }
  return [...result, ...rest];
}
