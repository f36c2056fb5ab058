/** Inspections of containers, each made once and kept until something says that it may be untrue. */
import type { BackendEvent, Labels } from '@virtual-kubelet/pod-runtime';
import type { EngineClient } from './engine-client.js';
import { isGone } from './engine-client.js';
import { fields, text, texts } from './wire.js';

/** A container in a state it was listed in. */
interface Listed {
  readonly id: string;
  readonly state: string;
}

/** Remembers inspections by container and state. */
export interface Inspections<T> {
  /** The inspection of a container in this state; undefined when it is gone. */
  of(container: Listed, signal: AbortSignal): Promise<T | undefined>;
  /** A container as it is now, whatever is known. */
  now(id: string, signal: AbortSignal): Promise<T | undefined>;
  /** All that is known, by container. */
  known(): ReadonlyMap<string, T>;
  /** Forgets a container. */
  drop(id: string): void;
  /**
   * Labels of the containers that change, from a stream of the engine's events that has begun. Inspections of what
   * changed are forgotten, and with the beginning all of them: a container that ended and started again while nobody
   * listened is listed as before, with another process and another address.
   */
  changes(events: AsyncIterable<unknown>, wanted: Labels): AsyncIterable<BackendEvent>;
}

/** Events that change nothing about a container as it is listed; a command that is a probe makes two or three each time. */
const quietEvents = /^(exec|attach|resize|top|health_status)/;

/** Whether all of these labels are there. */
export function hasLabels(found: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => found[key] === value);
}

/** Makes one. @param read what is kept of the engine's answer */
export function inspections<T>(
  client: Pick<EngineClient, 'json'>,
  read: (answer: unknown) => T | Promise<T>,
): Inspections<T> {
  /** Without facts: an inspection that is under way. */
  const entries = new Map<string, { readonly state: string; readonly facts?: T }>();

  const now = async (id: string, signal: AbortSignal): Promise<T | undefined> => {
    try {
      return await read(await client.json({ path: `/containers/${id}/json`, signal }));
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  };

  return {
    async of({ id, state }, signal) {
      const before = entries.get(id);
      if (before?.state === state && before.facts !== undefined) return before.facts;
      const begun = { state };
      entries.set(id, begun);
      try {
        const facts = await now(id, signal);
        // Something that came meanwhile may have made it untrue; then it serves this once.
        if (facts !== undefined && entries.get(id) === begun) entries.set(id, { state, facts });
        return facts;
      } finally {
        if (entries.get(id) === begun) entries.delete(id);
      }
    },
    now,
    known: () =>
      new Map([...entries].flatMap(([id, { facts }]) => (facts === undefined ? [] : [[id, facts] as const]))),
    drop: (id) => void entries.delete(id),
    async *changes(events, wanted) {
      entries.clear();
      for await (const event of events) {
        const { Action, Actor } = fields(event);
        if (quietEvents.test(text(Action))) continue;
        entries.delete(text(fields(Actor)['ID']));
        const labels = texts(fields(Actor)['Attributes']);
        if (hasLabels(labels, wanted)) yield { labels };
      }
    },
  };
}
