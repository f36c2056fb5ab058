/** When the platform has no room, with hysteresis: the taint neither flickers nor outlives its reason. */

/** The last that was said about the platform's room. */
export interface Shortage {
  /** What is short, or undefined where pods fit again. */
  readonly resource: string | undefined;
  /** What was short last and when that was said; monotonic milliseconds. */
  readonly last: { readonly resource: string; readonly at: number } | undefined;
}

/** How long a shortage counts, milliseconds. */
export interface ShortageLimits {
  /** The taint stays at least so long after the last report. @default 60,000 */
  readonly atLeast?: number;
  /**
   * Without another report it goes after this time. While the taint keeps new pods away nothing else may ever try again.
   * @default 300,000
   */
  readonly atMost?: number;
}

/** Nothing was ever short. */
export const noShortage: Shortage = { resource: undefined, last: undefined };

/** The state after a report; undefined says that pods fit again. */
export function afterReport(state: Shortage, resource: string | undefined, at: number): Shortage {
  return { resource, last: resource === undefined ? state.last : { resource, at } };
}

/** The resource to name in the taint now, or undefined for no taint. */
export function shortageAt(
  { resource, last }: Shortage,
  now: number,
  { atLeast = 60_000, atMost = 300_000 }: ShortageLimits = {},
): string | undefined {
  if (last === undefined) return undefined;
  const age = now - last.at;
  return age < (resource === undefined ? atLeast : Math.max(atMost, atLeast)) ? last.resource : undefined;
}
