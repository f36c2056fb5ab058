/** Room for streams: a bounded number for all users, and for each of them. */
export interface StreamSlots {
  /** Takes a slot and gives the way to free it; undefined when there is none. */
  take(user: string): (() => void) | undefined;
  readonly taken: number;
}

/** Makes the slots of one node. */
export function streamSlots(limits: { readonly streams: number; readonly streamsOfUser: number }): StreamSlots {
  const byUser = new Map<string, number>();
  let taken = 0;
  return {
    take(user) {
      const own = byUser.get(user) ?? 0;
      if (taken >= limits.streams || own >= limits.streamsOfUser) return undefined;
      taken += 1;
      byUser.set(user, own + 1);
      let freed = false;
      return () => {
        if (freed) return;
        freed = true;
        taken -= 1;
        const left = (byUser.get(user) ?? 1) - 1;
        if (left === 0) byUser.delete(user);
        else byUser.set(user, left);
      };
    },
    get taken() {
      return taken;
    },
  };
}
