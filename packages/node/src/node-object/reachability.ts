/** Whether the provider answers, with hysteresis: one lost ping is no outage, one lucky ping no recovery. */

/** What one ping brought. */
export type PingResult = { readonly ok: true } | { readonly ok: false; readonly message: string };

/** The judgement after a series of pings. */
export interface Reachability {
  readonly verdict: 'unknown' | 'reachable' | 'unreachable';
  /** Monotonic milliseconds: when the first of the pings was sent that led to the verdict. */
  readonly since: number;
  /** Of an outage: what its first failed ping said. Later texts are not followed: each change would be a write. */
  readonly message: string;
  /** Pings in a row that spoke against the verdict. */
  readonly doubt?: { readonly pings: number; readonly since: number; readonly message: string };
}

/** How many pings in a row change the verdict. */
export interface ReachabilityLimits {
  /** @default 3 */
  readonly failures?: number;
  /** @default 2 */
  readonly successes?: number;
}

/** Before the first ping. */
export const unknownReachability: Reachability = { verdict: 'unknown', since: 0, message: '' };

/** One ping and when it was sent. */
export interface Ping {
  readonly result: PingResult;
  /** Monotonic milliseconds. */
  readonly at: number;
}

/** The verdict after one more ping. The first of all decides alone: there is nothing to hold on to yet. */
export function afterPing(
  state: Reachability,
  { result, at }: Ping,
  { failures = 3, successes = 2 }: ReachabilityLimits = {},
): Reachability {
  const verdict = result.ok ? 'reachable' : 'unreachable';
  const { verdict: old, since, message } = state;
  if (verdict === old) return { verdict, since, message };
  const first = state.doubt ?? { pings: 0, since: at, message: result.ok ? '' : result.message };
  const doubt = { ...first, pings: first.pings + 1 };
  const isDecided = old === 'unknown' || doubt.pings >= (result.ok ? successes : failures);
  if (isDecided) return { verdict, since: doubt.since, message: doubt.message };
  return { verdict: old, since, message, doubt };
}
