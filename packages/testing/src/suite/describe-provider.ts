import type { ProviderDefinition } from '@virtual-kubelet/provider';
import { lifeChecks } from './checks/life-checks.js';
import { promiseChecks } from './checks/promise-checks.js';
import { streamChecks } from './checks/stream-checks.js';
import { viewChecks } from './checks/view-checks.js';
import type { ProviderCheck, ProviderSuiteOptions } from './suite-options.js';

/** The basic level of the contract: what every provider keeps, and how the commonest streams begin and end. */
export const providerChecks: readonly ProviderCheck[] = [
  ...promiseChecks,
  ...lifeChecks,
  ...viewChecks,
  ...streamChecks,
];

/** The two functions of a test framework the suite needs; those of vitest, jest and `node:test` fit. */
export interface TestFramework {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}

/** Checks that have something to check with these options. */
export function checksFor<Config>(
  definition: ProviderDefinition<Config>,
  options: ProviderSuiteOptions = {},
): readonly ProviderCheck[] {
  const any = definition as unknown as ProviderDefinition;
  return providerChecks.filter(({ applies }) => applies === undefined || applies(any, options));
}

/** Runs one check; rejects with a `ContractError` that says what the provider does wrong. */
export function runCheck<Config>(
  check: ProviderCheck,
  definition: ProviderDefinition<Config>,
  options: ProviderSuiteOptions = {},
): Promise<void> {
  return check.run({ definition: definition as unknown as ProviderDefinition, options, id: check.id });
}

/**
 * Registers the contract suite for a provider as tests of whatever framework is handed in.
 *
 * ```ts
 * import { describe, it } from 'vitest'; // or from 'node:test'
 * describeProvider(myProvider, { describe, it, config: { region: 'eu' } });
 * ```
 */
export function describeProvider<Config>(
  definition: ProviderDefinition<Config>,
  options: ProviderSuiteOptions & TestFramework,
): void {
  options.describe(`provider ${definition.name}`, () => {
    for (const check of checksFor(definition, options)) {
      options.it(check.title, () => runCheck(check, definition, options));
    }
  });
}
