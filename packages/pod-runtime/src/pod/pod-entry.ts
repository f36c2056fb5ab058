import type { PodHappening, PodInputs, PodObservation } from '@virtual-kubelet/provider';
import type { BackendView } from '../backend.js';
import type { PodContainer, PodSandbox } from '../labels.js';
import { podContainer, podSandbox } from '../labels.js';
import type { KeptMark, PodRecord } from './pod-record.js';
import type { ContainerMark, PodSituation, StartFailure } from './pod-situation.js';

/** What a process holds of one pod. Everything but the record and what the engine shows may be lost. */
export interface PodEntry {
  record: PodRecord;
  /** What the pod takes from the cluster; absent after a restart until the node hands it over. */
  inputs?: PodInputs;
  sandboxes: readonly PodSandbox[];
  containers: readonly PodContainer[];
  /** The engine has been asked at least once. */
  seen: boolean;
  /** Serial numbers of the look the view is from, and of the last action that changed something: older looks lie. */
  viewedAt: number;
  changedAt: number;
  readonly marks: Map<string, ContainerMark>;
  readonly failures: Map<string, StartFailure>;
  /** Images that are being pulled, by container name: how far they have come, as last told. */
  readonly pulling: Map<string, string>;
  /** Long actions under way, by key, with what ends them. */
  readonly busy: Map<string, AbortController>;
  /** As last reported. */
  observation?: PodObservation;
  /** What happened lately, oldest first. */
  happened: readonly PodHappening[];
  /** The actions of the last look, as text: the same ones again had no effect. */
  lastActions: string;
  /** Containers that ran when this process first looked. */
  readonly adopted: boolean;
}

function kept({ postStart, startup, ready }: ContainerMark): KeptMark {
  return {
    ...(postStart === undefined ? {} : { postStart }),
    ...(startup === undefined ? {} : { startup }),
    ...(ready === undefined ? {} : { ready }),
  };
}

/** A pod as its record tells. */
export function entryOf(record: PodRecord, adopted: boolean): PodEntry {
  return {
    record,
    sandboxes: [],
    containers: [],
    seen: false,
    viewedAt: 0,
    changedAt: 0,
    marks: new Map(Object.entries(record.marks)),
    failures: new Map(),
    pulling: new Map(),
    busy: new Map(),
    happened: [],
    lastActions: '',
    adopted,
  };
}

/**
 * Takes in what the engine shows; marks of containers that are gone go too.
 * @param began serial number of the look; one that began before the last change, or before a look taken in, is dropped
 * @returns false when the look began before the last change, so that another one is needed
 */
export function takeView(entry: PodEntry, view: BackendView, began: number): boolean {
  if (began <= entry.changedAt) return false;
  if (began < entry.viewedAt) return true;
  entry.viewedAt = began;
  entry.sandboxes = view.sandboxes.map(podSandbox);
  entry.containers = view.containers.map(podContainer);
  entry.seen = true;
  const ids = new Set(entry.containers.map(({ id }) => id));
  for (const id of [...entry.marks.keys()]) if (!ids.has(id)) entry.marks.delete(id);
  return true;
}

/** Changes what is known of a run; true when something changed that has to outlive the process. */
export function setMark(entry: PodEntry, id: string, change: Partial<ContainerMark>): boolean {
  const before = entry.marks.get(id) ?? {};
  const after = { ...before, ...change };
  entry.marks.set(id, after);
  return JSON.stringify(kept(before)) !== JSON.stringify(kept(after));
}

/** The record with the marks of now. */
export function recordNow(entry: PodEntry): PodRecord {
  const marks: Record<string, KeptMark> = {};
  for (const [id, mark] of entry.marks) {
    const keep = kept(mark);
    if (Object.keys(keep).length > 0) marks[id] = keep;
  }
  return { ...entry.record, marks };
}

/** What the pod is decided on. Times in milliseconds. */
export function situationOf(entry: PodEntry, time: { readonly wall: number; readonly now: number }): PodSituation {
  const { record, sandboxes, containers, marks, failures, pulling, busy } = entry;
  return {
    ref: record.ref,
    pod: record.pod,
    sandboxes,
    containers,
    marks,
    failures,
    pulling,
    busy: new Set(busy.keys()),
    isHanded: entry.inputs !== undefined,
    ...time,
    ...(record.eviction ? { eviction: record.eviction } : {}),
    ...(record.deletion ? { deletion: { grace: record.deletion.graceSeconds * 1_000 } } : {}),
  };
}
