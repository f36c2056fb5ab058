import type { Clock, Logger, Random } from '@virtual-kubelet/base';
import { errorsOf } from '@virtual-kubelet/base';
import type { Capabilities, Provider } from './capabilities.js';
import { errors } from './errors.js';
import type { CompleteFidelity } from './fidelity.js';
import type { StandardSchema } from './standard-schema.js';

/** The contract's major version. A definition of another one is refused when it is loaded. */
export const contractVersion = 1;

/** What a provider gets when it is opened, once per process. */
export interface ProviderContext<Config> {
  /** UID of the cluster's `kube-system` namespace: the cluster's identity for ownership tags. Absent when it cannot be read. */
  readonly cluster?: string;
  /** Validated by the provider's schema. */
  readonly config: Config;
  /** Folder of the configuration file, for relative paths in it. */
  readonly configFolder?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Environment variables of the process, for platform credentials. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The virtual node a provider is asked to serve. */
export interface NodeIdentity {
  readonly name: string;
  readonly operatingSystem: 'linux' | 'windows';
  /** Address other parts of the cluster reach the node's kubelet API at, when known. */
  readonly internalIP?: string;
}

/** An opened provider: the platform's clients, pollers and quotas, shared by all nodes of the process. */
export interface ProviderSession {
  /** The provider of one node; called once for each node name. */
  forNode(node: NodeIdentity): Promise<Provider>;
  /** Lets go of connections and timers, by the deadline. Workloads are left alone. */
  close(deadline: AbortSignal): Promise<void>;
}

/** One finding of a provider's self-examination. */
export interface Diagnosis {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do when it is not ok. */
  readonly remedy?: string;
}

/** A provider as its package exports it. */
export interface ProviderDefinition<Config = unknown> {
  readonly contract: typeof contractVersion;
  /** As in `--provider`: lower case, DNS label. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** One line for `virtual-kubelet providers`. */
  readonly summary: string;
  /** Checks the provider's configuration file and section; any Standard Schema. */
  readonly configSchema: StandardSchema<Config>;
  /** How truly each field of a pod is honoured. */
  readonly fidelity: CompleteFidelity;
  /** May depend on the configuration. */
  readonly capabilities: Capabilities | ((config: Config) => Capabilities);
  /** Looks whether the platform can be used with this configuration; changes nothing. */
  diagnose?(context: ProviderContext<Config>, signal: AbortSignal): Promise<readonly Diagnosis[]>;
  open(context: ProviderContext<Config>): Promise<ProviderSession>;
}

const fail = errorsOf(errors);

/**
 * Checks a definition and gives it back typed.
 * @throws CodedError `VK_PROVIDER_CONTRACT` for another contract version, `VK_PROVIDER_NAME` for a name that cannot be used.
 */
export function defineProvider<Config>(definition: ProviderDefinition<Config>): ProviderDefinition<Config> {
  const version: number = definition.contract;
  if (version !== contractVersion) {
    throw fail('VK_PROVIDER_CONTRACT', {
      name: definition.name,
      version,
      supported: contractVersion,
    });
  }
  for (const name of [definition.name, ...(definition.aliases ?? [])]) {
    if (!/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) throw fail('VK_PROVIDER_NAME', { name });
  }
  return definition;
}

/** The capabilities under a configuration. */
export function capabilitiesOf<Config>(definition: ProviderDefinition<Config>, config: Config): Capabilities {
  const { capabilities } = definition;
  return typeof capabilities === 'function' ? capabilities(config) : capabilities;
}
