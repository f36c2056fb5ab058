/** Conditions of statuses: one of each type, whose transition time moves only with its status. */
import { formatTime } from '@virtual-kubelet/kubernetes';

/** What conditions of most kinds have in common. */
export interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** The condition of a type. */
export function conditionOf<T extends Condition>(conditions: readonly T[] | undefined, type: string): T | undefined {
  return conditions?.find((one) => one.type === type);
}

/** Conditions with one set. Where status, reason and message are as they were nothing changes. */
export function withCondition<T extends Condition>(
  conditions: readonly T[] | undefined,
  next: T,
  now: number,
): readonly T[] {
  const before = conditionOf(conditions, next.type ?? '');
  const isSame =
    before !== undefined &&
    before.status === next.status &&
    before.reason === next.reason &&
    before.message === next.message;
  if (isSame) return conditions ?? [];
  const kept = before?.status === next.status ? before?.lastTransitionTime : undefined;
  const lastTransitionTime = kept ?? formatTime(now);
  const set = { ...next, lastTransitionTime };
  if (before === undefined) return [...(conditions ?? []), set];
  return (conditions ?? []).map((one) => (one.type === next.type ? set : one));
}

/** Conditions without one. */
export function withoutCondition<T extends Condition>(
  conditions: readonly T[] | undefined,
  type: string,
): readonly T[] {
  return (conditions ?? []).filter((one) => one.type !== type);
}
