import { applyScenarios } from './apply.js';
import { coreScenarios } from './core.js';
import { customResourceScenarios } from './custom-resources.js';
import { definitionScenarios } from './definitions.js';
import { deletionScenarios } from './deletion.js';
import { discoveryScenarios } from './discovery.js';
import { listScenarios } from './lists.js';
import { metadataScenarios } from './metadata.js';
import { otherScenarios } from './other-groups.js';
import { podStatusScenarios } from './pod-status.js';
import { podSubresourceScenarios } from './pod-subresources.js';
import { podScenarios } from './pods.js';
import { reviewScenarios } from './reviews.js';
import type { Scenario } from './scenario.js';
import { tableScenarios } from './tables.js';
import { watchScenarios } from './watches.js';
import { workloadScenarios } from './workloads.js';

/** Every scenario. */
export const scenarios: readonly Scenario[] = [
  ...metadataScenarios,
  ...deletionScenarios,
  ...listScenarios,
  ...watchScenarios,
  ...podScenarios,
  ...podStatusScenarios,
  ...podSubresourceScenarios,
  ...coreScenarios,
  ...reviewScenarios,
  ...workloadScenarios,
  ...otherScenarios,
  ...applyScenarios,
  ...discoveryScenarios,
  ...tableScenarios,
  ...definitionScenarios,
  ...customResourceScenarios,
];
