import { messageOf } from '@virtual-kubelet/base';
import type { Clock, Logger } from '@virtual-kubelet/base';
import type { ExecPlugin } from '../cluster-config.js';
import { samePair } from './client-certificate.js';
import type { CommandRunner } from './command.js';
import type { Authentication, Credentials } from './credentials.js';
import type { ExecCluster, ExecCredential } from './exec-credential.js';
import { runExecPlugin } from './exec-run.js';

/** A credential plugin, and what is needed to run it. */
export interface ExecOptions {
  readonly plugin: ExecPlugin;
  readonly commands: CommandRunner;
  /** Asked only when the plugin wants to know. */
  readonly cluster: () => Promise<ExecCluster>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What the last good run gave. Times are wall-clock milliseconds, because the plugin's are. */
interface Held {
  readonly authentication: Authentication;
  readonly renewAt: number;
  readonly expires: number;
}

/** A new run begins this long before the expiry, milliseconds; earlier than a fifth of the lifetime never. */
const lead = 60_000;
/** Least time between two runs, milliseconds: a plugin that fails or gives what the server refuses is not run in a loop. */
const pause = 5_000;

function same(a: Authentication, b: Authentication): boolean {
  if (a.authorization?.reveal() !== b.authorization?.reveal()) return false;
  if (a.certificate === undefined || b.certificate === undefined) return a.certificate === b.certificate;
  return samePair(a.certificate, b.certificate);
}

function held(credential: ExecCredential, now: number, before: Held | undefined): Held {
  const { authentication, expires = Infinity } = credential;
  const renewAt = expires - Math.min(lead, Math.max(expires - now, 0) / 5);
  const kept =
    before !== undefined && same(before.authentication, authentication) ? before.authentication : authentication;
  return { authentication: kept, renewAt, expires };
}

/**
 * Credentials that a command prints. Shortly before they expire the command runs again behind the scenes, so that no
 * request waits for it unless there is nothing valid left.
 */
export function execCredentials(options: ExecOptions): Credentials {
  const { clock, logger, plugin } = options;
  const closing = new AbortController();
  let last: Held | undefined;
  let failure: { readonly thrown: unknown } | undefined;
  let endedAt = -Infinity;
  let running: Promise<Authentication> | undefined;

  const attempt = async (): Promise<Authentication> => {
    try {
      const credential = await runExecPlugin({ ...options, signal: closing.signal });
      last = held(credential, clock.wall(), last);
      failure = undefined;
      return last.authentication;
    } catch (thrown) {
      failure = { thrown };
      const error = messageOf(thrown);
      if (last) logger.warn('credential plugin failed', { command: plugin.command, error });
      throw thrown;
    } finally {
      endedAt = clock.monotonic();
    }
  };
  const resting = (): boolean => clock.monotonic() - endedAt < pause;
  const run = async (): Promise<Authentication> => {
    closing.signal.throwIfAborted();
    if (running === undefined && resting()) {
      if (failure !== undefined) throw failure.thrown;
      if (last !== undefined) return last.authentication;
    }
    running ??= attempt().finally(() => {
      running = undefined;
    });
    return running;
  };

  return {
    async current() {
      const now = clock.wall();
      if (last === undefined || now >= last.expires) return run();
      if (now >= last.renewAt) void run().catch(() => undefined);
      return last.authentication;
    },
    async unauthorized(used) {
      if (last !== undefined && last.authentication !== used) return true;
      return (await run().catch(() => used)) !== used;
    },
    close: () => closing.abort(),
  };
}
