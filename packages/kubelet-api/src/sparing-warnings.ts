import type { Clock, Logger } from '@virtual-kubelet/base';

/** The same warning is said once in this time, milliseconds. */
const pause = 10_000;

/** Says a warning that anybody can cause, as often as they like, only now and then, with how often it was left out since. */
export function sparingWarnings(logger: Pick<Logger, 'warn'>, clock: Clock): Pick<Logger, 'warn'> {
  const said = new Map<string, { readonly at: number; leftOut: number }>();
  return {
    warn(message, fields) {
      const now = clock.monotonic();
      const before = said.get(message);
      if (before && now - before.at < pause) {
        before.leftOut += 1;
        return;
      }
      said.set(message, { at: now, leftOut: 0 });
      logger.warn(message, before && before.leftOut > 0 ? { ...fields, leftOut: before.leftOut } : fields);
    },
  };
}
