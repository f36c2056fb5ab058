import { describe, expect, it } from 'vitest';
import type { Capabilities, Provider, ProviderDefinition } from './index.js';
import { abilities, abilitiesOf, capabilitiesOf, defineProvider } from './index.js';

const capabilities: Capabilities = {
  createIdempotency: 'permanent',
  terminalRetention: 'unlimited',
  durability: 'process',
  reads: 'consistent',
  consumes: { env: true, volumes: false, tokens: false, pullSecrets: false },
};

function definition(more: Partial<ProviderDefinition<{ fast: boolean }>> = {}): ProviderDefinition<{ fast: boolean }> {
  return {
    contract: 1,
    name: 'toy',
    summary: 's',
    configSchema: { '~standard': { version: 1, vendor: 'test', validate: () => ({ value: { fast: true } }) } },
    fidelity: { spec: 'full' },
    capabilities,
    open: () => Promise.reject(new Error('not opened here')),
    ...more,
  };
}

describe('a provider definition', () => {
  it('is taken when it is of this version of the contract', () => {
    expect(defineProvider(definition({ aliases: ['toy2'] })).name).toBe('toy');
  });

  it('of another version is refused', () => {
    expect(() => defineProvider(definition({ contract: 2 as never }))).toThrow(
      expect.objectContaining({ code: 'VK_PROVIDER_CONTRACT' }),
    );
  });

  it.each(['', 'Toy', '-toy', 'toy-', 'to_y', 'x'.repeat(64)])('named "%s" is refused', (name) => {
    expect(() => defineProvider(definition({ name }))).toThrow(expect.objectContaining({ code: 'VK_PROVIDER_NAME' }));
    expect(() => defineProvider(definition({ aliases: [name] }))).toThrow(
      expect.objectContaining({ code: 'VK_PROVIDER_NAME' }),
    );
  });

  it('may promise more or less by its configuration', () => {
    const varying = definition({
      capabilities: ({ fast }) => ({ ...capabilities, reads: fast ? 'eventual' : 'consistent' }),
    });
    expect(capabilitiesOf(varying, { fast: true }).reads).toBe('eventual');
    expect(capabilitiesOf(definition(), { fast: true })).toBe(capabilities);
  });
});

describe('the abilities of a provider', () => {
  it('are the methods it has, each with what users get and what happens without it', () => {
    const provider = { exec: async () => ({ exitCode: 0 }), ping: async () => undefined } as unknown as Provider;
    expect(abilitiesOf(provider).map(({ method }) => method)).toEqual(['ping', 'exec']);
    expect(abilities.every(({ title, otherwise }) => title !== '' && otherwise !== '')).toBe(true);
  });
});
