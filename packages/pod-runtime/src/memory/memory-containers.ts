import type { Clock } from '@virtual-kubelet/base';
import { deferred, untilAborted } from '@virtual-kubelet/base';
import type {
  BackendEvent,
  BackendView,
  ContainerSeen,
  ContainerSpec,
  Labels,
  SandboxSeen,
  SandboxSpec,
} from '../backend.js';

/** How a container ended. */
export interface MemoryEnd {
  readonly exitCode: number;
  readonly oomKilled?: boolean;
}

/** Sandboxes and containers as values, and word of each change. Nothing happens in them by itself. */
export interface MemoryContainers {
  readonly sandboxes: Map<string, SandboxSeen>;
  readonly containers: Map<string, ContainerSeen>;
  /** Adds a sandbox that is ready, with an address unless it is on the machine's network; gives its id. */
  addSandbox(spec: SandboxSpec): string;
  /** Adds a container that was not started; gives its id. */
  addContainer(spec: ContainerSpec): string;
  /** Ends a container that runs; any other stays as it is. */
  end(id: string, how: MemoryEnd): void;
  /** Tells those who follow changes that something with these labels changed. */
  changed(labels: Labels): void;
  /** What carries all of these labels. */
  view(labels: Labels): BackendView;
  /** Changes from now on of what carries all of these labels. @throws the signal's reason when it aborts */
  changes(labels: Labels, signal: AbortSignal): AsyncIterable<BackendEvent>;
}

function matches(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

/** Makes an empty one; times are the clock's. */
export function createMemoryContainers(clock: Clock): MemoryContainers {
  const sandboxes = new Map<string, SandboxSeen>();
  const containers = new Map<string, ContainerSeen>();
  const listeners = new Set<(event: BackendEvent) => void>();
  let serial = 0;
  const changed = (labels: Labels): void => listeners.forEach((listener) => listener({ labels }));
  return {
    sandboxes,
    containers,
    changed,
    addSandbox({ labels, hostNetwork }) {
      serial += 1;
      const id = `sandbox-${serial}`;
      const ips = hostNetwork ? [] : [`10.0.0.${serial}`];
      sandboxes.set(id, { id, labels, ready: true, createdAt: clock.wall(), ips });
      changed(labels);
      return id;
    },
    addContainer({ sandboxId, labels, image }) {
      serial += 1;
      const id = `container-${serial}`;
      const imageId = `id-of-${image}`;
      containers.set(id, { id, sandboxId, labels, state: 'created', createdAt: clock.wall(), image, imageId });
      return id;
    },
    end(id, how) {
      const seen = containers.get(id);
      if (seen?.state !== 'running') return;
      containers.set(id, { ...seen, state: 'exited', finishedAt: clock.wall(), ...how });
      changed(seen.labels);
    },
    view: (labels) => ({
      sandboxes: [...sandboxes.values()].filter((seen) => matches(seen.labels, labels)),
      containers: [...containers.values()].filter((seen) => matches(seen.labels, labels)),
    }),
    async *changes(labels, signal) {
      const queue: BackendEvent[] = [];
      let wake = deferred();
      const listener = (event: BackendEvent): void => {
        if (!matches(event.labels, labels)) return;
        queue.push(event);
        wake.resolve();
      };
      listeners.add(listener);
      try {
        for (;;) {
          const event = queue.shift();
          if (event) yield event;
          else {
            wake = deferred();
            await untilAborted(wake.promise, signal);
          }
        }
      } finally {
        listeners.delete(listener);
      }
    },
  };
}
