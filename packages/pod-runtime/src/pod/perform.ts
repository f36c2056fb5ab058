/** Carries out the actions of a decision. Short ones are awaited, long ones begun and remembered as busy. */
import { messageOf } from '@virtual-kubelet/base';
import type { Container } from '@virtual-kubelet/kubernetes';
import { sandboxSpec } from '../spec/container-spec.js';
import type { Handler } from '../handler.js';
import { runHandler } from '../handler.js';
import { startFailure } from '../images/image-pull.js';
import type { PodAction } from './pod-action.js';
import type { PodEntry } from './pod-entry.js';
import { recordNow, setMark } from './pod-entry.js';
import { busyKey, readySandbox, specContainers, specOf } from './pod-situation.js';
import { startContainer, startMade } from './start-container.js';
import type { StartOptions } from './start-options.js';

/** What performing works with. */
export interface PerformOptions extends StartOptions {
  /** Notes that the engine may look different from now on. */
  readonly changed: (entry: PodEntry) => void;
  /** Look at the pod again. */
  readonly wake: (uid: string) => void;
  /** Everything of the pod is gone. */
  readonly forget: (uid: string) => void;
}

/** An action of one kind. */
type Doing<K extends PodAction['do']> = Extract<PodAction, { do: K }>;

function containerNamed(entry: PodEntry, name: string): Container | undefined {
  return specContainers(specOf(entry.record.pod)).find(({ container }) => container.name === name)?.container;
}

/** Begins a long action once; the pod is looked at again when it is over. */
function begin(
  options: PerformOptions,
  entry: PodEntry,
  long: { key: string; run: (signal: AbortSignal) => Promise<void> },
): void {
  const { key, run } = long;
  if (entry.busy.has(key)) return;
  const cancel = new AbortController();
  entry.busy.set(key, cancel);
  const signal = AbortSignal.any([cancel.signal, options.life]);
  const { uid } = entry.record.ref;
  run(signal)
    .catch((error: unknown) => {
      if (!signal.aborted)
        options.logger.warn('an action on a pod failed', { pod: uid, action: key, error: messageOf(error) });
    })
    .finally(() => {
      entry.busy.delete(key);
      options.changed(entry);
      options.wake(uid);
    })
    .catch(() => undefined);
}

async function save(options: PerformOptions, entry: PodEntry): Promise<void> {
  entry.record = recordNow(entry);
  await options.storage.save(entry.record);
}

async function createSandbox(options: PerformOptions, entry: PodEntry, action: Doing<'createSandbox'>): Promise<void> {
  const { backend, owner, clock, life } = options;
  const { inputs } = entry;
  if (!inputs) return;
  try {
    await backend.createSandbox(sandboxSpec({ ...entry.record, inputs }, owner, action.attempt), life);
    entry.failures.delete('');
  } catch (error) {
    if (life.aborted) return;
    const message = `Failed to create pod sandbox: ${messageOf(error)}`;
    entry.failures.set('', startFailure('FailedCreatePodSandBox', message, clock.monotonic()));
    options.notice({ ref: entry.record.ref, type: 'Warning', reason: 'FailedCreatePodSandBox', message });
  }
}

function address(options: PerformOptions, entry: PodEntry): string {
  return readySandbox(entry)?.ips[0] ?? options.hostIPs()[0] ?? '127.0.0.1';
}

async function hook(
  options: PerformOptions,
  entry: PodEntry,
  call: { container: Container; id: string; handler: Handler; signal: AbortSignal; timeout?: number },
): Promise<string | undefined> {
  const { container, id, handler, signal, timeout } = call;
  const { backend, clock, probes } = options;
  const { ok, note } = await runHandler(
    { backend, clock, client: probes },
    { container, containerId: id, host: address(options, entry) },
    { handler, signal, ...(timeout === undefined ? {} : { timeout }) },
  );
  return ok ? undefined : note;
}

async function postStart(
  options: PerformOptions,
  entry: PodEntry,
  call: { action: Doing<'postStart'>; signal: AbortSignal },
): Promise<void> {
  const { action, signal } = call;
  const container = containerNamed(entry, action.container);
  const handler = container?.lifecycle?.postStart;
  if (!container || !handler) return;
  const problem = await hook(options, entry, { container, id: action.id, handler, signal });
  if (signal.aborted) return;
  if (problem !== undefined)
    options.notice({
      ref: entry.record.ref,
      container: container.name,
      type: 'Warning',
      reason: 'FailedPostStartHook',
      message: `PostStartHook failed: ${problem}`,
    });
  if (setMark(entry, action.id, { postStart: problem === undefined ? 'done' : 'failed' })) await save(options, entry);
}

async function preStop(
  options: PerformOptions,
  entry: PodEntry,
  call: { action: Doing<'preStop'>; signal: AbortSignal },
): Promise<void> {
  const { action, signal } = call;
  const container = containerNamed(entry, action.container);
  const handler = container?.lifecycle?.preStop;
  const stop = entry.marks.get(action.id)?.stop;
  if (container && handler && stop) {
    const timeout = Math.max(stop.since + stop.grace - options.clock.monotonic(), 1);
    const problem = await hook(options, entry, { container, id: action.id, handler, signal, timeout });
    if (problem !== undefined && !signal.aborted)
      options.notice({
        ref: entry.record.ref,
        container: container.name,
        type: 'Warning',
        reason: 'FailedPreStopHook',
        message: `PreStopHook failed: ${problem}`,
      });
  }
  const now = entry.marks.get(action.id)?.stop;
  if (now) setMark(entry, action.id, { stop: { ...now, preStop: 'done' } });
}

function beginStop(options: PerformOptions, entry: PodEntry, action: Doing<'beginStop'>): void {
  const stop = {
    since: options.clock.monotonic(),
    grace: action.grace,
    preStop: action.preStop ? 'running' : 'none',
  } as const;
  setMark(entry, action.id, { stop });
  const message =
    action.why === 'deleted' || action.why === 'finished' ? `Stopping container ${action.container}` : action.why;
  options.notice({ ref: entry.record.ref, container: action.container, type: 'Normal', reason: 'Killing', message });
}

async function signalRun(options: PerformOptions, entry: PodEntry, action: Doing<'signal'>): Promise<void> {
  const { clock, backend, life } = options;
  await backend.signalContainer(action.id, action.kill ? 'SIGKILL' : undefined, life);
  const stop = entry.marks.get(action.id)?.stop;
  if (!stop) return;
  const now = clock.monotonic();
  setMark(entry, action.id, {
    stop: { ...stop, signalledAt: stop.signalledAt ?? now, ...(action.kill ? { killedAt: now } : {}) },
  });
}

function startLong(options: PerformOptions, entry: PodEntry, action: Doing<'start'>): void {
  const container = containerNamed(entry, action.container);
  if (!container) return;
  begin(options, entry, {
    key: busyKey('start', action.container),
    run: (signal) => startContainer(options, { entry, container, action, signal }),
  });
}

/** Carries out one action. Resolves to whether the engine may look different now. */
export async function perform(options: PerformOptions, entry: PodEntry, action: PodAction): Promise<boolean> {
  const { backend, storage, life } = options;
  switch (action.do) {
    case 'start':
      startLong(options, entry, action);
      return false;
    case 'startCreated':
      begin(options, entry, { key: busyKey('start', action.container), run: () => startMade(options, entry, action) });
      return false;
    case 'postStart':
      begin(options, entry, {
        key: busyKey('postStart', action.id),
        run: (signal) => postStart(options, entry, { action, signal }),
      });
      return false;
    case 'preStop':
      begin(options, entry, {
        key: busyKey('preStop', action.id),
        run: (signal) => preStop(options, entry, { action, signal }),
      });
      return false;
    case 'createSandbox':
      await createSandbox(options, entry, action);
      return true;
    case 'stopSandbox':
      await backend.stopSandbox(action.id, life);
      return true;
    case 'removeSandbox':
      await backend.removeSandbox(action.id, life);
      return true;
    case 'beginStop':
      beginStop(options, entry, action);
      return true;
    case 'shortenStop': {
      const stop = entry.marks.get(action.id)?.stop;
      if (stop) setMark(entry, action.id, { stop: { ...stop, grace: action.grace } });
      return true;
    }
    case 'signal':
      await signalRun(options, entry, action);
      return true;
    case 'removeContainer':
      await backend.removeContainer(action.id, life);
      return true;
    case 'forget':
      await storage.remove(entry.record.ref.uid);
      options.forget(entry.record.ref.uid);
      return false;
  }
}
