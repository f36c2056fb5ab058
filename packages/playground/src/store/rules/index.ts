/** Which rules hold for which resource. What is not listed follows the general rules alone. */
import type { KindRules } from './kind-rules.js';
import { configMapRules, secretRules } from './config.js';
import { eventRules } from './events.js';
import { leaseRules } from './leases.js';
import { namespaceRules } from './namespaces.js';
import { nodeRules } from './nodes.js';
import { podRules } from './pods.js';
import { serviceAccountRules } from './service-accounts.js';
import { serviceRules } from './services.js';

const table: ReadonlyMap<string, KindRules> = new Map([
  ['configmaps', configMapRules],
  ['coordination.k8s.io/leases', leaseRules],
  ['events', eventRules],
  ['namespaces', namespaceRules],
  ['nodes', nodeRules],
  ['pods', podRules],
  ['secrets', secretRules],
  ['serviceaccounts', serviceAccountRules],
  ['services', serviceRules],
]);

const generalRules: KindRules = {};

/** The rules of the resource kept under a name, such as `pods` or `apps/deployments`. */
export function rulesOf(storage: string): KindRules {
  return table.get(storage) ?? generalRules;
}
