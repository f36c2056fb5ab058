/**
 * Test kit for provider authors: a suite that checks a provider against the contract ({@link describeProvider}), builders of
 * pods and calls, and a clock that stands still until a test moves it.
 *
 * It works with any test framework: the suite takes `describe` and `it` and brings its own assertions. Read
 * `suite/describe-provider.ts` first; the promises are in `suite/checks/`, the rules for observations in
 * `suite/observation-rules.ts`. The contract itself is in `@virtual-kubelet/provider`.
 */
export { ManualClock, seededRandom } from '@virtual-kubelet/base';
export { callContext, deletionOf, inputsOf, podOf, refOf, requestOf } from './builders.js';
export type { PodOptions } from './builders.js';
export { capabilityProblems, definitionProblems } from './suite/definition-rules.js';
export { checksFor, describeProvider, providerChecks, runCheck } from './suite/describe-provider.js';
export type { TestFramework } from './suite/describe-provider.js';
export { observationProblems, stepProblems } from './suite/observation-rules.js';
export { notPlain } from './suite/plain-data.js';
export { ContractError } from './suite/suite-options.js';
export type { ForeignWorkload, ProviderCheck, ProviderSuiteOptions, SuiteWorldSource } from './suite/suite-options.js';
export type { PodOutcome } from './playground/outcomes.js';
export { startPlayground } from './playground/start-playground.js';
export type { StartPlaygroundOptions, TestPlayground } from './playground/start-playground.js';
