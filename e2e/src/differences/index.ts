import { deletionScenarios } from './deletion.js';
import { metadataScenarios } from './metadata.js';
import type { Scenario } from './scenario.js';

/** Every scenario. */
export const scenarios: readonly Scenario[] = [...metadataScenarios, ...deletionScenarios];
