import { errorsOf } from '@virtual-kubelet/base';
import type { ProviderDefinition } from '@virtual-kubelet/provider';
import { errors } from '../errors.js';
import { loadProvider, moduleOf } from './provider-module.js';

const fail = errorsOf(errors);

/** A provider by its name. Those the command contains are loaded when they are used. */
export interface KnownProvider {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  /** @param name the name or alias it was asked for by. @default its name */
  readonly load: (name?: string) => Promise<ProviderDefinition>;
}

/** A definition with its configuration type forgotten; its own schema checks what it is given. */
function untyped<Config>(definition: ProviderDefinition<Config>): ProviderDefinition {
  return definition as unknown as ProviderDefinition;
}

/** Every provider of this program, sorted by name. */
export const knownProviders: readonly KnownProvider[] = [
  {
    name: 'container',
    aliases: ['docker', 'podman'],
    summary: 'real processes on a container engine of this machine: Podman or Docker',
    async load(name) {
      const { container, docker, podman } = await import('@virtual-kubelet/container');
      // An alias asks for that engine and no other.
      return untyped([docker, podman].find((each) => each.name === name) ?? container);
    },
  },
  {
    name: 'mock',
    aliases: [],
    summary: 'pretends to run pods: for demonstrations, tests and simulation',
    load: async () => untyped((await import('@virtual-kubelet/mock')).mock),
  },
];

/**
 * Finds a provider by name or alias, or loads one that is no part of this program.
 * @param name also a path or the name of a package: see {@link moduleOf}
 * @throws CodedError `VK_PROVIDER_MISSING`, `VK_PROVIDER_UNKNOWN`, and those of {@link loadProvider}
 */
export async function findProvider(name: string | undefined): Promise<KnownProvider> {
  const known = knownProviders.map((each) => each.name).join(', ');
  if (!name) throw fail('VK_PROVIDER_MISSING', { known });
  const found = knownProviders.find((each) => each.name === name || each.aliases.includes(name));
  if (found) return { ...found, load: (as = name) => found.load(as) };
  const file = moduleOf(name);
  if (file === undefined) throw fail('VK_PROVIDER_UNKNOWN', { name, known });
  const definition = await loadProvider(name, file);
  const { summary, aliases = [] } = definition;
  return { name: definition.name, aliases, summary, load: async () => definition };
}
