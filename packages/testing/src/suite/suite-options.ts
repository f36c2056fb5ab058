import type { Clock, Logger } from '@virtual-kubelet/base';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { ProviderDefinition } from '@virtual-kubelet/provider';

/** A workload on the platform that no virtual kubelet made. */
export interface ForeignWorkload {
  /** Whether it is still there and untouched. */
  exists(): Promise<boolean>;
  /** Takes it away after the check. */
  remove(): Promise<void>;
}

/** What the suite has to know of a provider. Everything is optional: what is given is checked more deeply. */
export interface ProviderSuiteOptions {
  /** As in the configuration file; goes through the definition's schema. @default {} */
  readonly config?: unknown;
  /** Folder of the configuration file. */
  readonly configFolder?: string;
  /** Environment variables for the provider. @default none */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /**
   * Makes the clock of one check. With a `ManualClock` time passes only as the suite lets it; providers with real
   * connections give the system's clock.
   * @default a new ManualClock
   */
  readonly clock?: () => Clock;
  /** @default silent */
  readonly logger?: Logger;
  /** Names of two virtual nodes the configuration knows. @default suite-node and suite-other-node */
  readonly nodes?: readonly [string, string];
  /** A pod that runs until it is stopped. The suite sets name and UID. @default one container with the pause image */
  readonly pod?: () => Pod;
  /** A pod that ends by itself soon, with the exit code its container ends with. */
  readonly shortPod?: { readonly pod: () => Pod; readonly exitCode: number };
  /** A pod whose creation takes minutes, to see whether it can be given up. */
  readonly slowPod?: () => Pod;
  /** A pod the platform will never take, beyond what the fidelity table refuses. */
  readonly refusedPod?: () => Pod;
  /** A pod that runs until it is stopped and has written this text before it counts as running. */
  readonly logs?: { readonly pod: () => Pod; readonly text: string };
  /** A command, what it writes and how it ends in a container of the ordinary pod. */
  readonly exec?: { readonly command: readonly string[]; readonly stdout: string; readonly exitCode: number };
  /** Puts something of a stranger on the platform. */
  readonly foreign?: () => Promise<ForeignWorkload>;
  /** Longest time until a pod runs, milliseconds. @default 60000 */
  readonly startWithin?: number;
  /** Longest time until a pod asked to go at once is gone, milliseconds. @default 60000 */
  readonly endWithin?: number;
  /** Pods created at the same time. @default 25 */
  readonly many?: number;
}

/** One promise of the contract and how it is checked. */
export interface ProviderCheck {
  /** Short and stable, for tools. */
  readonly id: string;
  /** What the provider does, as the end of a sentence. */
  readonly title: string;
  /** Whether there is something to check with these options. @default always */
  readonly applies?: (definition: ProviderDefinition, options: ProviderSuiteOptions) => boolean;
  readonly run: (world: SuiteWorldSource) => Promise<void>;
}

/** What a check opens its worlds from. */
export interface SuiteWorldSource {
  readonly definition: ProviderDefinition;
  readonly options: ProviderSuiteOptions;
  /** Names the check's pods. */
  readonly id: string;
}

/** A promise that was not kept. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
}

/** Throws a {@link ContractError} unless the condition holds. */
export function expectThat(condition: unknown, message: string): asserts condition {
  if (!condition) throw new ContractError(message);
}

/** Throws a {@link ContractError} with all problems, if there are any. */
export function expectNone(problems: readonly string[]): void {
  if (problems.length > 0) throw new ContractError(problems.join('\n'));
}
