import type { ExecVariable } from '../cluster-config.js';

/** A command to run to its end. */
export interface CommandRequest {
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the environment of this process. */
  readonly env: readonly ExecVariable[];
  /** Whether a person may be asked: then standard input and standard error are those of this process. */
  readonly interactive: boolean;
  /** Ends the command; `run` then rejects with its reason. */
  readonly signal: AbortSignal;
}

/** What became of a command. */
export type CommandResult =
  /** It could not be started. */
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'ended';
      /** Null when a signal ended it. */
      readonly code: number | null;
      readonly stdout: string;
      /** The last part of it; empty when a person saw it. */
      readonly stderr: string;
    };

/** Runs commands for credential plugins. */
export interface CommandRunner {
  /** Whether standard input is a terminal. */
  readonly interactive: boolean;
  run(request: CommandRequest): Promise<CommandResult>;
}
