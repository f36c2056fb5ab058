import type {
  Capabilities,
  CompleteFidelity,
  NodeIdentity,
  ProviderContext,
  ProviderDefinition,
  StandardSchema,
} from '@virtual-kubelet/provider';
import { defineProvider } from '@virtual-kubelet/provider';
import { adaptSimple } from './adapt-simple.js';
import type { SimpleProvider } from './simple-handler.js';

/** A provider of the simple shape as its package exports it. */
export interface SimpleDefinition<Config> {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** @default takes any configuration as it is */
  readonly configSchema?: StandardSchema<Config>;
  /** @default everything is taken to be honoured */
  readonly fidelity?: CompleteFidelity;
  /** What differs from {@link simpleCapabilities}. */
  readonly capabilities?: Partial<Capabilities>;
  /** Makes the provider of one node. */
  readonly create: (node: NodeIdentity, context: ProviderContext<Config>) => SimpleProvider | Promise<SimpleProvider>;
  /** Lets go of what `create` opened, by the deadline; pods are left alone. */
  readonly close?: (deadline: AbortSignal) => Promise<void>;
}

/** What is promised for a simple provider that says nothing else: it finds pods by name, and they end with the process. */
export const simpleCapabilities: Capabilities = {
  createIdempotency: 'permanent',
  terminalRetention: 'unlimited',
  durability: 'process',
  reads: 'consistent',
  status: 'whole',
  consumes: { env: true, volumes: true, tokens: true, pullSecrets: true },
};

/** Takes any value: for providers without configuration. */
export function anyConfig<Config>(): StandardSchema<Config> {
  return { '~standard': { version: 1, vendor: 'virtual-kubelet', validate: (value) => ({ value: value as Config }) } };
}

/**
 * A provider definition from the simple shape: whole Pods in, whole Pods and statuses out.
 *
 * ```ts
 * export default simpleProvider({ name: 'toy', summary: 'runs nothing', create: () => new ToyProvider() });
 * ```
 */
export function simpleProvider<Config = unknown>(definition: SimpleDefinition<Config>): ProviderDefinition<Config> {
  const { name, aliases, summary, configSchema = anyConfig<Config>(), fidelity = { spec: 'full' } } = definition;
  const capabilities: Capabilities = { ...simpleCapabilities, ...definition.capabilities };
  return defineProvider<Config>({
    contract: 1,
    name,
    ...(aliases ? { aliases } : {}),
    summary,
    configSchema,
    fidelity,
    capabilities,
    open: async (context) => ({
      forNode: async (node) =>
        adaptSimple(await definition.create(node, context), {
          node: node.name,
          env: capabilities.consumes.env,
          ...(context.cluster === undefined ? {} : { cluster: context.cluster }),
        }),
      close: async (deadline) => definition.close?.(deadline),
    }),
  });
}
