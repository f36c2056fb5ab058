import type { Lane } from '@virtual-kubelet/base';
import type { Dispatcher } from 'undici';
import type { Identity } from './identities.js';
import { createLanes } from './lanes.js';
import type { LaneOptions, Lanes } from './lanes.js';

/** Gives each request connections that were made with the identity it goes out with. */
export interface LaneKeeper {
  dispatcher(lane: Lane, identity: Identity): Dispatcher;
  /** Ends everything at once. */
  close(): Promise<void>;
}

/** Makes a {@link LaneKeeper}. After a change of identity old connections finish what they do and are not used again. */
export function laneKeeper(options: LaneOptions): LaneKeeper {
  const retired = new Set<Lanes>();
  let lanes: Lanes | undefined;

  const retire = (old: Lanes): void => {
    retired.add(old);
    void old.retire().finally(() => retired.delete(old));
  };

  return {
    dispatcher(lane, { authentication: { certificate }, authority }) {
      const known = lanes?.identity;
      if (lanes === undefined || known?.certificate !== certificate || known?.authority !== authority) {
        const old = lanes;
        lanes = createLanes(options, { certificate, authority });
        if (old !== undefined) retire(old);
      }
      return lanes.dispatcher(lane);
    },
    async close() {
      const open = lanes === undefined ? [...retired] : [lanes, ...retired];
      await Promise.all(open.map((each) => each.destroy()));
    },
  };
}
